/* SPDX-License-Identifier: MIT
 *
 * Owners, and the end of their regions (specification 3, 6; D6): an owner can end although its
 * regions contain each other, nothing keeps a region that is gone, and unmap drops the reference
 * that map took. The sanitizers check much of it.
 */
#include <physmem/error.h>
#include <stdlib.h>

#include "crew.h"
#include "reader.h"

#define ANY MEMTXATTRS_UNSPECIFIED

enum { PAGE = 0x1000 };

/* ---- Owners ----------------------------------------------------------------------------- */

/* A device whose regions contain and show each other. */
typedef struct Device {
    DeviceState parent_obj;
    MemoryRegion box, io, ram, window, window_of_window;
} Device;

static int devices;

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)addr;
    (void)size;
    return ((Device *)opaque)->io.addr; /* the field of a living device */
}

static void device_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)val;
    (void)size;
}

static const MemoryRegionOps device_ops = { .read = device_read, .write = device_write };

static void device_init(Object *obj)
{
    Device *d = (Device *)obj;

    memory_region_init(&d->box, obj, "box", 4 * PAGE);
    memory_region_init_io(&d->io, obj, &device_ops, d, "io", PAGE);
    memory_region_init_ram_nomigrate(&d->ram, obj, "ram", PAGE, &error_abort);
    memory_region_init_alias(&d->window, obj, "window", &d->ram, 0, PAGE);
    memory_region_init_alias(&d->window_of_window, obj, "window2", &d->window, 0x800, 0x800);
    memory_region_add_subregion(&d->box, 0, &d->io);
    memory_region_add_subregion(&d->box, PAGE, &d->ram);
    memory_region_add_subregion(&d->box, 2 * PAGE, &d->window);
    memory_region_add_subregion(&d->box, 3 * PAGE, &d->window_of_window);
    g_atomic_int_inc(&devices);
}

static void device_finalize(Object *obj)
{
    (void)obj;
    g_atomic_int_add(&devices, -1);
}

static const TypeInfo device_info = {
    .name = "test-lifetime-device",
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(Device),
    .instance_init = device_init,
    .instance_finalize = device_finalize,
};

static Device *device(void)
{
    return (Device *)object_new("test-lifetime-device");
}

/* A region without a name is in no tree, but ends with its owner. It may become a child. */
static void owner_of_the_nameless_goes(Machine *m, gconstpointer data)
{
    DeviceState *dev = device_new("dev");
    MemoryRegion *stays = g_new0(MemoryRegion, 2), *becomes_child = &stays[1];

    (void)m;
    (void)data;
    memory_region_init(stays, OBJECT(dev), NULL, PAGE);
    memory_region_init(becomes_child, OBJECT(dev), NULL, PAGE);
    g_assert_null(object_get_canonical_path_component(OBJECT(stays)));
    g_assert_null(OBJECT(stays)->parent);
    object_property_add_child(OBJECT(dev), "child", OBJECT(becomes_child));
    g_assert_cmpstr(object_get_canonical_path_component(OBJECT(becomes_child)), ==, "child");
    object_unref(becomes_child);
    object_unref(dev);
    memory_drain();
    g_free(stays);
}

static void entangled_owner_goes(Machine *m, gconstpointer data)
{
    Device *d = device();

    (void)m;
    (void)data;
    g_assert_cmpint(devices, ==, 1);
    object_unref(d);
    g_assert_cmpint(devices, ==, 0);
}

/* A region without a name is not a child of its owner. It ends with the owner all the same, or
 * when its creator drops the reference. */
static void unnamed_region_goes(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 16 * PAGE);
    DeviceState *dev = device_new("dev");
    g_autofree MemoryRegion *box = g_new(MemoryRegion, 1), *early = g_new(MemoryRegion, 1);
    g_autofree MemoryRegion *adopted = g_new(MemoryRegion, 1);

    (void)data;
    memory_region_init(box, OBJECT(dev), NULL, PAGE);
    memory_region_init(early, OBJECT(dev), NULL, PAGE);
    memory_region_init(adopted, OBJECT(dev), NULL, PAGE);
    g_assert_null(OBJECT(box)->parent);
    g_assert_null(memory_region_name(box));
    object_property_add_child(OBJECT(dev), "adopted", OBJECT(adopted));
    object_unref(OBJECT(adopted));
    object_unref(OBJECT(early));
    memset(early, 0x5a, sizeof(*early));
    memory_region_add_subregion(root, 0, box);
    memory_region_del_subregion(root, box);
    memory_drain();
    object_unref(dev);
}

/* A space reaches another device's RAM through this device's window; its view references only the
 * RAM. So the device may end in the transaction that removes its window. */
static void owner_goes_on_a_way(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 16 * PAGE), *io = io_new(m, "io", PAGE);
    AddressSpace *as = space_new(m, root, "as");
    g_autofree MemoryRegion *window = g_new0(MemoryRegion, 1);
    DeviceState *dev = device_new("dev");

    (void)data;
    memory_region_init_alias(window, OBJECT(dev), "window", io, 0, PAGE);
    memory_region_add_subregion(root, 0, window);
    assert_map(as, "0-fff io@0");
    memory_region_transaction_begin();
    memory_region_del_subregion(root, window);
    object_unref(dev);
    memory_region_transaction_commit();
    assert_map(as, "");
    memory_drain();
}

static void drop_device(Spy *s, const char *what, MemoryRegionSection *section)
{
    (void)section;
    if (s->opaque && g_str_equal(what, "commit")) {
        object_unref(s->opaque);
        s->opaque = NULL;
        g_assert_cmpint(devices, ==, 0);
    }
}

/* A listener may drop the last reference on a device that is not in the map: that is not an edit
 * of the map. */
static void owner_goes_in_a_callback(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 16 * PAGE);
    AddressSpace *as = space_new(m, root, "as");
    Spy *s = spy_on(m, "s", 0, as);

    (void)data;
    s->opaque = device();
    g_string_truncate(m->trace, 0);
    s->hook = drop_device;
    memory_region_add_subregion(root, 0, io_new(m, "io", PAGE));
    g_assert_cmpint(devices, ==, 0);
    assert_map(as, "0-fff io@0");
    assert_trace(m, "s:begin s:add(0-fff io@0) s:commit");
}

/* A container outside keeps the owner alive, and so do views until their readers have left. */
static void shown_owner_goes_later(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, "as");
    Device *d = device();
    Reader reader;

    (void)data;
    memory_region_add_subregion(root, 0, &d->box);
    assert_map(as, "0-fff io@0, 1000-1fff ram@0, 2000-2fff ram@0, 3000-37ff ram@800");
    object_unref(d);
    memory_drain();
    g_assert_cmpint(devices, ==, 1);
    reader_start(&reader);
    memory_region_del_subregion(root, &d->box);
    g_assert_cmpint(g_atomic_int_get(&devices), ==, 1);
    reader_end(&reader);
    memory_drain();
    g_assert_cmpint(devices, ==, 0);
}

/* A window holds no reference on what it shows. When that ends, it shows nothing from then on. */
static void target_goes_before_its_window(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    MemoryRegion *io = io_new(m, "io", 0x100);
    MemoryRegion *window = window_new(m, "window", io, 0, 0x80);
    AddressSpace *as = space_new(m, root, "as");
    uint8_t byte = 0x5a;

    (void)data;
    memory_region_add_subregion(root, 0x1000, window_new(m, "of", window, 0x10, 0x20));
    spy_on(m, "s", 0, as);
    object_unparent(OBJECT(io));
    assert_trace(m, "s:begin s:del(1000-101f io@10) s:commit");
    assert_map(as, "");
    g_assert_cmphex(address_space_read(as, 0x1000, ANY, &byte, 1), ==, MEMTX_DECODE_ERROR);
    memory_drain();
    g_assert_true(g_ptr_array_remove(m->regions, io));
}

/* A space on an owner's own region holds the owner, so it is ended with the device, not in its
 * finalizer. */
static void owner_goes_after_its_space(Machine *m, gconstpointer data)
{
    Device *d = device();
    AddressSpace *as = g_new0(AddressSpace, 1);

    (void)m;
    (void)data;
    address_space_init(as, &d->box, "bus");
    object_unref(d);
    memory_drain();
    g_assert_cmpint(devices, ==, 1);
    address_space_destroy(as);
    memory_drain();
    g_assert_cmpint(devices, ==, 0);
    g_free(as);
}

static gpointer read_all(gpointer data)
{
    Crew *c = data;

    while (crew_goes_on(c)) {
        for (hwaddr at = 0; at < 4 * PAGE; at += 0x400) {
            address_space_ldl_le(c->as, at, ANY, NULL);
        }
    }
    return NULL;
}

static void owners_go_under_readers(Machine *m, gconstpointer data)
{
    Crew crew = { .machine = m };
    MemoryRegion *root = box_new(m, "root", 0x10000);

    (void)data;
    crew.as = space_new(m, root, "as");
    crew_start(&crew, read_all, &crew);
    crew_start(&crew, read_all, &crew);
    for (Clock k = clock_start(); clock_runs(&k);) {
        Device *d = device();
        memory_region_add_subregion(root, 0, &d->box);
        g_thread_yield();
        memory_region_del_subregion(root, &d->box);
        object_unref(d);
    }
    crew_end(&crew);
    memory_drain();
    g_assert_cmpint(devices, ==, 0);
}

/* ---- Maps of memory that several regions have ------------------------------------------- */

/* Regions of two devices with the same memory of the program. */
typedef struct Twin {
    Object *owner;
    MemoryRegion mr;
    hwaddr addr;
} Twin;

static void twin_init(Twin *t, MemoryRegion *root, hwaddr addr, const char *name, void *memory)
{
    t->owner = object_new(TYPE_DEVICE);
    t->addr = addr;
    memory_region_init_ram_ptr(&t->mr, t->owner, name, PAGE, memory);
    memory_region_add_subregion(root, addr, &t->mr);
}

static void *twin_map(Twin *t, AddressSpace *as, hwaddr at, hwaddr want)
{
    hwaddr len = want;
    void *p = address_space_map(as, t->addr + at, &len, true, ANY);

    g_assert_nonnull(p);
    g_assert_cmphex(len, ==, want);
    return p;
}

static unsigned refs(const Twin *t)
{
    return t->owner->ref;
}

/* Each unmap drops the reference on its own region, in any order. */
static void unmap_finds_its_region(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, "as");
    uint8_t *memory = aligned_alloc(PAGE, 2 * PAGE);
    Twin a, b;

    (void)data;
    twin_init(&a, root, 0, "a", memory);
    void *early = twin_map(&a, as, 0x10, 8); /* mapped when a was alone */
    twin_init(&b, root, 0x4000, "b", memory);
    memory_drain();
    unsigned a_refs = refs(&a), b_refs = refs(&b);
    void *pb = twin_map(&b, as, 0x10, 8), *pa = twin_map(&a, as, 0x20, 8);
    void *longer = twin_map(&a, as, 0x10, 16);
    g_assert_true(pb == early && longer == early);
    g_assert_cmpuint(refs(&a), ==, a_refs + 2);
    g_assert_cmpuint(refs(&b), ==, b_refs + 1);
    address_space_unmap(as, pb, 8, true, 0);
    g_assert_cmpuint(refs(&b), ==, b_refs);
    address_space_unmap(as, pa, 8, true, 0);
    address_space_unmap(as, longer, 16, true, 0);
    g_assert_cmpuint(refs(&a), ==, a_refs);
    address_space_unmap(as, early, 8, true, 0);
    g_assert_cmpuint(refs(&a), ==, a_refs - 1);
    for (Twin *t = &a; t; t = t == &a ? &b : NULL) {
        memory_region_del_subregion(root, &t->mr);
        g_assert_true(memory_region_wait_unused(&t->mr, &error_abort));
        object_unref(t->owner);
    }
    memory_drain();
    free(memory);
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    type_register_static(&device_info);
    TEST("/lifetime/3/owner-of-the-nameless-goes", owner_of_the_nameless_goes);
    TEST("/lifetime/D6/entangled-owner", entangled_owner_goes);
    TEST("/lifetime/3/unnamed", unnamed_region_goes);
    TEST("/lifetime/3/owner-in-a-callback", owner_goes_in_a_callback);
    TEST("/lifetime/3/owner-on-a-way", owner_goes_on_a_way);
    TEST("/lifetime/3/shown-owner", shown_owner_goes_later);
    TEST("/lifetime/D6/target-and-window", target_goes_before_its_window);
    TEST("/lifetime/3/owner-and-space", owner_goes_after_its_space);
    TEST("/lifetime/3/owners-under-readers", owners_go_under_readers);
    TEST("/lifetime/12/unmap-finds-its-region", unmap_finds_its_region);
    return g_test_run();
}
