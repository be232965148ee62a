/* SPDX-License-Identifier: MIT
 *
 * The life of a region: constructors, names, owners, references, the end (specification 3).
 */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

static const char *component(MemoryRegion *mr)
{
    return object_get_canonical_path_component(OBJECT(mr));
}

/* An owner that counts how many instances exist. */
typedef struct Owner {
    DeviceState parent_obj;
    MemoryRegion ram;
    MemoryRegion box;
} Owner;

static int owners_alive;

static void owner_init(Object *obj)
{
    (void)obj;
    owners_alive++;
}

static void owner_finalize(Object *obj)
{
    (void)obj;
    owners_alive--;
}

static Owner *owner_new(void)
{
    Owner *o = (Owner *)object_new("test-owner");

    memory_region_init_ram_nomigrate(&o->ram, OBJECT(o), "ram", 0x1000, NULL);
    memory_region_init(&o->box, OBJECT(o), "box", 0x1000);
    return o;
}

static void register_owner(void)
{
    static const TypeInfo info = {
        .name = "test-owner",
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(Owner),
        .instance_init = owner_init,
        .instance_finalize = owner_finalize,
    };
    type_register_static(&info);
}

/* ---- Constructors ------------------------------------------------------------------------- */

static void defaults(Machine *m, gconstpointer data)
{
    MemoryRegion *all[] = { box_new(m, "box", 0x100), io_new(m, "io", 0x100),
                            ram_new(m, "ram", 0x1000), romd_new(m, "romd", 0x1000), NULL };
    MemoryRegion *root = box_new(m, "root", UINT64_MAX);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    for (unsigned i = 0; all[i]; i++) {
        g_assert_false(memory_region_is_mapped(all[i]));
        g_assert_false(memory_region_is_rom(all[i]));
        g_assert_false(memory_region_is_nonvolatile(all[i]));
        g_assert_cmpuint(memory_region_get_dirty_log_mask(all[i]), ==, 0);
    }
    g_assert_true(memory_region_is_romd(all[3]));
    memory_region_add_subregion(root, 0x1000, all[2]);
    assert_sections(as, "1000-1fff ram@0");
}

static void priority_zero(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    MemoryRegion *a = io_new(m, "a", 0x10), *b = io_new(m, "b", 0x10), *c = io_new(m, "c", 0x10);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion_overlap(root, 0, a, 1);
    memory_region_add_subregion(root, 0, b);
    assert_map(as, "0-f a@0");
    memory_region_del_subregion(root, a);
    memory_region_add_subregion_overlap(root, 0, c, -1);
    assert_map(as, "0-f b@0");
}

static void ops_reject(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    AddressSpace *as;
    uint8_t byte = 0x55;

    (void)data;
    g_ptr_array_add(m->regions, mr);
    memory_region_init_io(mr, NULL, NULL, NULL, "reservation", 0x100);
    as = space_new(m, mr, "as");
    g_assert_cmpuint(address_space_read(as, 0, MEMTXATTRS_UNSPECIFIED, &byte, 1), ==,
                     MEMTX_DECODE_ERROR);
    g_assert_cmpuint(address_space_write(as, 0, MEMTXATTRS_UNSPECIFIED, &byte, 1), ==,
                     MEMTX_DECODE_ERROR);
}

static void size_whole(Machine *m, gconstpointer data)
{
    MemoryRegion *whole = io_new(m, "whole", UINT64_MAX);
    MemoryRegion *less = io_new(m, "less", UINT64_MAX - 1);

    (void)data;
    g_assert_cmphex(memory_region_size(whole), ==, UINT64_MAX);
    g_assert_cmphex(memory_region_size(less), ==, UINT64_MAX - 1);
    assert_map(space_new(m, whole, NULL), "0-ffffffffffffffff whole@0");
    assert_map(space_new(m, less, NULL), "0-fffffffffffffffd less@0");
}

static void size_zero(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *none = box_new(m, "none", 0);
    MemoryRegion *io = io_new(m, "io", 0x100);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(none, 0, io);
    memory_region_add_subregion(root, 0, none);
    g_assert_cmpuint(memory_region_size(none), ==, 0);
    assert_map(as, "");
    memory_region_set_size(none, 1);
    assert_map(as, "0-0 io@0");
}

/* ---- Names ------------------------------------------------------------------------------ */

static void name_copied(Machine *m, gconstpointer data)
{
    char name[] = "first";
    MemoryRegion *mr = box_new(m, name, 1);

    (void)data;
    strcpy(name, "other");
    g_assert_cmpstr(memory_region_name(mr), ==, "first");
}

static void name_escaped(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = box_new(m, "a/b[c]\\d", 1);

    (void)data;
    g_assert_cmpstr(memory_region_name(mr), ==, "a/b[c]\\d");
    g_assert_cmpstr(component(mr), ==, "a\\x2fb\\x5bc\\x5d\\x5cd[0]");
}

static void name_none(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    (void)m, (void)data;
    memory_region_init(mr, NULL, NULL, 1);
    g_assert_null(memory_region_name(mr));
    g_assert_null(component(mr));
    object_unref(OBJECT(mr)); /* the creator's reference */
    memory_drain();
    g_free(mr);
}

static void name_index(Machine *m, gconstpointer data)
{
    MemoryRegion *a = box_new(m, "x", 1), *b = box_new(m, "x", 1), *c = box_new(m, "x", 1);

    (void)data;
    g_assert_cmpstr(component(a), ==, "x[0]");
    g_assert_cmpstr(component(b), ==, "x[1]");
    g_assert_cmpstr(component(c), ==, "x[2]");
    region_drop(m, b);
    g_assert_cmpstr(component(box_new(m, "x", 1)), ==, "x[1]");
    g_assert_cmpstr(component(box_new(m, "x", 1)), ==, "x[3]");
}

static void name_many(Machine *m, gconstpointer data)
{
    MemoryRegion *last = NULL;

    (void)data;
    for (int i = 0; i < 5000; i++) {
        last = box_new(m, "many", 1);
    }
    g_assert_cmpstr(component(last), ==, "many[4999]");
}

static void name_per_owner(Machine *m, gconstpointer data)
{
    DeviceState *a = device_new("a"), *b = device_new("b");
    MemoryRegion *x = g_new0(MemoryRegion, 2), *y = x + 1;

    (void)m, (void)data;
    memory_region_init(x, OBJECT(a), "regs", 1);
    memory_region_init(y, OBJECT(b), "regs", 1);
    g_assert_cmpstr(component(x), ==, "regs[0]");
    g_assert_cmpstr(component(y), ==, "regs[0]");
    object_unref(a);
    object_unref(b);
    memory_drain();
    g_free(x);
}

/* ---- Owners and references -------------------------------------------------------------- */

static void owner_given(Machine *m, gconstpointer data)
{
    DeviceState *dev = device_new("dev");
    MemoryRegion *named = g_new0(MemoryRegion, 2), *unnamed = named + 1;

    (void)data;
    memory_region_init(named, OBJECT(dev), "named", 1);
    memory_region_init(unnamed, OBJECT(dev), NULL, 1);
    g_assert_true(memory_region_owner(named) == OBJECT(dev));
    g_assert_true(memory_region_owner(unnamed) == OBJECT(dev));
    g_assert_null(memory_region_owner(box_new(m, "free", 1)));
    object_unref(OBJECT(unnamed));
    object_unref(dev);
    memory_drain();
    g_free(named);
}

static void reference_is_the_owners(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    uint32_t before = OBJECT(o)->ref;

    (void)m, (void)data;
    memory_region_ref(&o->ram);
    g_assert_cmpuint(OBJECT(o)->ref, ==, before + 1);
    memory_region_unref(&o->ram);
    g_assert_cmpuint(OBJECT(o)->ref, ==, before);
    object_unref(o);
}

static void reference_on_nothing(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = box_new(m, "free", 1);
    uint32_t before = OBJECT(mr)->ref;

    (void)data;
    memory_region_ref(NULL);
    memory_region_unref(NULL);
    memory_region_ref(mr);
    g_assert_cmpuint(OBJECT(mr)->ref, ==, before);
    memory_region_unref(mr);
    memory_region_unref(mr);
    g_assert_cmpuint(OBJECT(mr)->ref, ==, before);
}

static void unref_ends_owner(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    void *host = memory_region_get_ram_ptr(&o->ram);

    (void)m, (void)data;
    g_assert_true(memory_region_from_host(host, NULL) == &o->ram);
    memory_region_ref(&o->ram);
    object_unref(o);
    g_assert_cmpint(owners_alive, ==, 1);
    memory_region_unref(&o->ram);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
    g_assert_null(memory_region_from_host(host, NULL));
}

static void unparent_ends_region(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    void *host = memory_region_get_ram_ptr(&o->ram);

    (void)m, (void)data;
    object_unparent(OBJECT(&o->ram));
    memory_drain();
    g_assert_null(memory_region_from_host(host, NULL));
    g_assert_cmpint(owners_alive, ==, 1);
    object_unref(o);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
}

/* ---- Who holds a reference -------------------------------------------------------------- */

static void held_while_shown(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(root, 0, &o->ram);
    object_unref(o);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 1);
    assert_map(as, "0-fff ram@0");
    memory_region_del_subregion(root, &o->ram);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
}

static void held_by_container(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    MemoryRegion *box = box_new(m, "unseen", 0x10000);

    (void)data;
    memory_region_add_subregion(box, 0, &o->ram);
    object_unref(o);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 1);
    memory_region_del_subregion(box, &o->ram);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
}

static void held_by_space(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    AddressSpace *as = space_new(m, &o->box, NULL);

    (void)data;
    object_unref(o);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 1);
    space_drop(m, as);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
}

static void held_by_find(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    MemoryRegion *root = box_new(m, "root", 0x10000);
    MemoryRegionSection s;

    (void)data;
    space_new(m, root, NULL);
    memory_region_add_subregion(root, 0, &o->ram);
    s = memory_region_find(root, 0, 1);
    g_assert_true(s.mr == &o->ram);
    memory_region_del_subregion(root, &o->ram);
    object_unref(o);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 1);
    memory_region_unref(s.mr);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
}

static void held_by_copy(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    MemoryRegion *root = box_new(m, "root", 0x10000);
    MemoryRegionSection s, *copy;

    (void)data;
    space_new(m, root, NULL);
    memory_region_add_subregion(root, 0, &o->ram);
    s = memory_region_find(root, 0, 1);
    copy = memory_region_section_new_copy(&s);
    g_assert_true(MemoryRegionSection_eq(copy, &s));
    memory_region_unref(s.mr);
    memory_region_del_subregion(root, &o->ram);
    object_unref(o);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 1);
    memory_region_section_free_copy(copy);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
}

static void not_held_by_alias(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();
    uint32_t before = OBJECT(o)->ref;
    MemoryRegion *window = window_new(m, "window", &o->ram, 0, 0x1000);

    (void)data;
    g_assert_cmpuint(OBJECT(o)->ref, ==, before);
    region_drop(m, window);
    object_unref(o);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
}

/* D6: a device whose regions contain each other does not keep itself alive. */
static void no_cycle_in_owner(Machine *m, gconstpointer data)
{
    Owner *o = owner_new();

    (void)m, (void)data;
    memory_region_add_subregion(&o->box, 0, &o->ram);
    object_unref(o);
    memory_drain();
    g_assert_cmpint(owners_alive, ==, 0);
}

/* ---- Destruction ------------------------------------------------------------------------ */

static void end_lets_children_go(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *box = g_new0(MemoryRegion, 1);
    MemoryRegion *a = io_new(m, "a", 0x10), *b = io_new(m, "b", 0x10);
    MemoryRegion *window;
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_init(box, NULL, "box", 0x1000);
    memory_region_add_subregion(box, 0, a);
    memory_region_add_subregion(box, 0x20, b);
    window = window_new(m, "window", box, 0, 0x1000);
    memory_region_add_subregion(root, 0, window);
    assert_map(as, "0-f a@0, 20-2f b@0");
    memory_region_del_subregion(root, window);
    region_drop(m, window);
    object_unparent(OBJECT(box));
    memory_drain();
    g_free(box);
    memory_region_add_subregion(root, 0x100, a);
    memory_region_add_subregion(root, 0x200, b);
    assert_map(as, "100-10f a@0, 200-20f b@0");
}

/* Other threads may ask for the size while an attribute is edited, without a lock. So the edit must
 * not write the size, not even the same one. Here the size lies in a page that cannot be written,
 * and the flags lie in the page after it. */
static void edits_write_what_they_change(Machine *m, gconstpointer data)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const int prot = PROT_READ | PROT_WRITE;
    uint8_t *pages = mmap(NULL, 2 * page, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MemoryRegion *mr = (MemoryRegion *)(pages + page - offsetof(MemoryRegion, priority));

    (void)m;
    (void)data;
    g_assert_true(pages != MAP_FAILED);
    g_assert_cmpuint((uintptr_t)mr % _Alignof(MemoryRegion), ==, 0);
    memory_region_init_io(mr, NULL, NULL, NULL, NULL, 0x1000);
    g_assert_cmpint(mprotect(pages, page, PROT_READ), ==, 0);
    memory_region_set_nonvolatile(mr, true);
    memory_region_set_readonly(mr, true);
    memory_region_set_enabled(mr, false);
    g_assert_cmpint(mprotect(pages, page, prot), ==, 0);
    g_assert_true(memory_region_is_nonvolatile(mr));
    g_assert_true(memory_region_wait_unused(mr, NULL));
    munmap(pages, 2 * page);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    register_owner();
    TEST("/region/3/defaults", defaults);
    TEST("/region/3/defaults/priority", priority_zero);
    TEST("/region/3/defaults/ops", ops_reject);
    TEST("/region/3/size/whole", size_whole);
    TEST("/region/3/size/zero", size_zero);
    TEST("/region/3/name/copied", name_copied);
    TEST("/region/3/name/escaped", name_escaped);
    TEST("/region/3/name/none", name_none);
    TEST("/region/3/name/first-free-index", name_index);
    TEST("/region/D16/name/many", name_many);
    TEST("/region/3/name/per-owner", name_per_owner);
    TEST("/region/3/owner", owner_given);
    TEST("/region/3/ref/is-the-owners", reference_is_the_owners);
    TEST("/region/3/ref/null-and-ownerless", reference_on_nothing);
    TEST("/region/3/ref/last-ends-owner", unref_ends_owner);
    TEST("/region/3/unparent", unparent_ends_region);
    TEST("/region/3/held/view", held_while_shown);
    TEST("/region/3/held/container", held_by_container);
    TEST("/region/3/held/space", held_by_space);
    TEST("/region/3/held/find", held_by_find);
    TEST("/region/3/held/section-copy", held_by_copy);
    TEST("/region/3/held/not-by-alias", not_held_by_alias);
    TEST("/region/D6/one-owner", no_cycle_in_owner);
    TEST("/region/3/destruction/children", end_lets_children_go);
    TEST("/region/edits-write-what-they-change", edits_write_what_they_change);
    return g_test_run();
}
