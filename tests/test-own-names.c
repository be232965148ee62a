/* SPDX-License-Identifier: MIT
 *
 * A program that has guest pages and devices of its own, under the names that the headers have for
 * theirs, and that says so with the macros in types.h.
 */
#define PHYSMEM_NO_TARGET_PAGE
#define PHYSMEM_NO_DEVICE_STATE
#define PHYSMEM_IO_OF_CURRENT_CONTEXT

#include "ram-support.h"

#define TARGET_PAGE_BITS 10
#define TARGET_PAGE_SIZE (1 << TARGET_PAGE_BITS)
#define TARGET_PAGE_MASK ~(TARGET_PAGE_SIZE - 1)

/* Another tag than the headers' type has, and another size. */
typedef struct OwnDevice {
    PhysmemDevice parent_obj;
    MemoryRegion ram;
    int irq;
} DeviceState;

#define TYPE_DEVICE "own-device"
#define DEVICE(obj) ((DeviceState *)object_dynamic_cast(OBJECT(obj), TYPE_DEVICE))

static const TypeInfo device_info = {
    .name = TYPE_DEVICE,
    .parent = "device",
    .instance_size = sizeof(DeviceState),
};
static const TypeInfo stranger_info = {
    .name = "own-stranger",
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Object),
};

static DeviceState *own_device_new(const char *id)
{
    DeviceState *dev = DEVICE(object_new(TYPE_DEVICE));

    device_set_id(&dev->parent_obj, id);
    return dev;
}

/* The owner is a device of the program's own type. Its RAM gets its id from it, as with the
 * headers' device. */
static void devices(Machine *m, gconstpointer data)
{
    DeviceState *a = own_device_new("a"), *b = own_device_new("b");

    (void)m, (void)data;
    memory_region_init_ram(&a->ram, OBJECT(a), "ram", 0x1000, NULL);
    g_assert_cmpstr(qemu_ram_get_idstr(a->ram.ram_block), ==, "a/ram");
    memory_region_init_ram_nomigrate(&b->ram, OBJECT(b), "ram", 0x1000, NULL);
    vmstate_register_ram(&b->ram, b);
    g_assert_cmpstr(qemu_ram_get_idstr(b->ram.ram_block), ==, "b/ram");
    vmstate_unregister_ram(&b->ram, b);
    device_set_id(&b->parent_obj, "c");
    g_assert_cmpstr(device_get_id(&b->parent_obj), ==, "c");
    qemu_ram_set_idstr(b->ram.ram_block, "vram", b);
    g_assert_cmpstr(qemu_ram_get_idstr(b->ram.ram_block), ==, "c/vram");
    qemu_ram_unset_idstr(b->ram.ram_block);
    device_set_id(&b->parent_obj, NULL);
    vmstate_register_ram(&b->ram, b);
    g_assert_cmpstr(qemu_ram_get_idstr(b->ram.ram_block), ==, "ram");
    object_unref(a);
    object_unref(b);
}

/* The compiler cannot check that the argument is a device, so the library does. */
static void strangers(Machine *m, gconstpointer data)
{
    Object *stranger = object_new("own-stranger");
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);

    (void)data;
    vmstate_register_ram(ram, stranger);
    expect_message(m, "misuse", "'ram'", "own-stranger", "device", NULL);
    g_assert_cmpstr(qemu_ram_get_idstr(ram->ram_block), ==, "");
    g_assert_false(qemu_ram_is_migratable(ram->ram_block));
    object_unref(stranger);
}

static void guest_pages(void)
{
    g_assert_cmpint(TARGET_PAGE_SIZE, ==, 1024);
    g_assert_cmpint(5000 & TARGET_PAGE_MASK, ==, 4096);
    g_assert_cmpint(qemu_target_page_bits(), ==, 12); /* the context's; any number will do */
}

static void io_of_the_current_context(Machine *m, gconstpointer data)
{
    (void)data;
    g_assert_true(&address_space_io == memory_context_io(m->ctx));
    memory_context_set_current(NULL);
    g_assert_true(&address_space_io == memory_context_io(memory_context_default()));
    memory_context_set_current(m->ctx);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    type_register_static(&device_info);
    type_register_static(&stranger_info);
    TEST("/own-names/devices", devices);
    misuse_test_add("/own-names/strangers", strangers);
    g_test_add_func("/own-names/guest-pages", guest_pages);
    TEST("/own-names/io-of-the-current-context", io_of_the_current_context);
    return g_test_run();
}
