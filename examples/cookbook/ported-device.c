/* SPDX-License-Identifier: MIT
 *
 * A device in the style of the original interface: a type of the object model, callbacks that are
 * wider than the registers, and exact addresses. A guest reads its registers three times, each time
 * with other quirks.
 */
#include <stdio.h>

#include <physmem/physmem.h>

#define TYPE_SENSOR "sensor"

typedef struct SensorState {
    DeviceState parent_obj;
    MemoryRegion iomem;
    uint32_t regs[4];
} SensorState;

DECLARE_INSTANCE_CHECKER(SensorState, SENSOR, TYPE_SENSOR)

static uint64_t sensor_read(void *opaque, hwaddr addr, unsigned size)
{
    SensorState *s = opaque;

    (void)size;
    switch (addr) {
    case 0x0:
        return s->regs[0];
    case 0x4:
        return s->regs[1];
    case 0x8:
        return s->regs[2];
    case 0xc:
        return s->regs[3];
    default:
        return 0;
    }
}

static void sensor_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    SensorState *s = opaque;

    (void)size;
    if (addr < sizeof(s->regs) && addr % 4 == 0) {
        s->regs[addr / 4] = data;
    }
}

static const MemoryRegionOps sensor_ops = {
    .read = sensor_read,
    .write = sensor_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .impl.min_access_size = 8,
    .impl.max_access_size = 8,
};

static void sensor_init(Object *obj)
{
    SensorState *s = SENSOR(obj);

    memory_region_init_io(&s->iomem, obj, &sensor_ops, s, "sensor", sizeof(s->regs));
    for (unsigned i = 0; i < 4; i++) {
        s->regs[i] = 0x11111111 * (i + 1);
    }
}

static const TypeInfo sensor_info = {
    .name = TYPE_SENSOR,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(SensorState),
    .instance_init = sensor_init,
};

/* ---- What takes the place of the original's board and of its device tree ---- */

static void try_quirks(const char *name, unsigned quirks)
{
    SensorState *s = SENSOR(object_new(TYPE_SENSOR));

    memory_region_set_quirks(&s->iomem, quirks);
    memory_region_add_subregion(get_system_memory(), 0x1000, &s->iomem);
    printf("%-18s", name);
    for (hwaddr addr = 0x1000; addr < 0x1010; addr += 4) {
        printf(" %08x", (unsigned)address_space_ldl_le(&address_space_memory, addr,
                                                       MEMTXATTRS_UNSPECIFIED, NULL));
    }
    printf("\n");
    memory_region_del_subregion(get_system_memory(), &s->iomem);
    object_unref(s);
}

int main(void)
{
    type_register_static(&sensor_info);
    try_quirks("none:", 0);
    try_quirks("impl unaligned:", MEMORY_QUIRK_IMPL_UNALIGNED);
    try_quirks("and overrun:", MEMORY_QUIRK_IMPL_UNALIGNED | MEMORY_QUIRK_REGION_OVERRUN);
    return 0;
}
