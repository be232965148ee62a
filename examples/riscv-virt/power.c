/* SPDX-License-Identifier: MIT
 *
 * The test and power device: one write-only register.
 */
#include "power.h"

static uint64_t power_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)size;
    return 0;
}

static void power_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Power *power = opaque;
    uint16_t what = (uint16_t)data;

    (void)size;
    if (addr == 0 && (what == POWER_OFF || what == POWER_FAIL || what == POWER_RESET)) {
        power->func(power->func_opaque, what, (uint16_t)(data >> 16));
    }
}

static const MemoryRegionOps power_ops = {
    .read = power_read,
    .write = power_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 2, .max_access_size = 4 },
    .impl = { .min_access_size = 2, .max_access_size = 4 },
};

void power_init(Power *power, PowerFunc *func, void *opaque)
{
    *power = (Power){ .func = func, .func_opaque = opaque };
    memory_region_init_io(&power->region, NULL, &power_ops, power, "power", POWER_SIZE);
}
