/* SPDX-License-Identifier: MIT
 *
 * Address spaces, views and sections (specification 8; R19, R21).
 */
#include <string.h>

#include "support.h"

static void view_on_return(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);

    (void)data;
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    assert_map(space_new(m, root, "as"), "0-f io@0");
}

/* R19: a space shows the committed state, also while a transaction is open. */
static void view_inside_transaction(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *io = io_new(m, "io", 0x10);
    AddressSpace *as, *fresh;

    (void)data;
    memory_region_add_subregion(root, 0, io);
    as = space_new(m, root, "as");
    memory_region_transaction_begin();
    memory_region_set_address(io, 0x20);
    fresh = space_new(m, root, "fresh");
    assert_map(as, "0-f io@0");
    assert_map(fresh, "0-f io@0");
    memory_region_transaction_commit();
    assert_map(as, "20-2f io@0");
    assert_map(fresh, "20-2f io@0");
}

static void unknown_root_inside_transaction(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as;

    (void)data;
    memory_region_add_subregion(root, 0, io_new(m, "a", 0x10));
    memory_region_transaction_begin();
    as = space_new(m, root, "as");
    memory_region_add_subregion(root, 0x20, io_new(m, "b", 0x10));
    memory_region_transaction_commit();
    assert_map(as, "0-f a@0, 20-2f b@0");
}

static bool finds_readonly(MemoryRegion *root)
{
    MemoryRegionSection s = memory_region_find(root, 0, 1);

    g_assert_nonnull(s.mr);
    memory_region_unref(s.mr);
    return s.readonly;
}

/* The transaction changed the root before the space was made. */
static void edited_root_inside_transaction(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x4000), *ram = ram_new(m, "ram", 0x1000);
    MemoryRegion *a = io_new(m, "a", 0x1000), *b = io_new(m, "b", 0x1000);
    AddressSpace *as;

    (void)data;
    memory_region_add_subregion(root, 0, ram);
    memory_region_add_subregion(root, 0x1000, a);
    memory_region_transaction_begin();
    memory_region_set_readonly(ram, true);
    memory_region_set_size(a, 0x800);
    memory_region_set_enabled(a, false);
    memory_region_add_subregion_overlap(root, 0x1000, b, 3);
    as = space_new(m, root, "as");
    assert_map(as, "0-fff ram@0, 1000-1fff a@0");
    g_assert_false(finds_readonly(root));
    memory_region_transaction_commit();
    assert_map(as, "0-fff ram@0, 1000-1fff b@0");
    g_assert_true(finds_readonly(root));
}

/* Moving the root inside a disabled container needs no commit, but the space does. */
static void moved_root_inside_transaction(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x4000), *off = box_new(m, "off", 0x10000);
    AddressSpace *as;

    (void)data;
    memory_region_set_enabled(off, false);
    memory_region_add_subregion(off, 0, root);
    memory_region_add_subregion(root, 0x100, io_new(m, "io", 0x10));
    memory_region_transaction_begin();
    memory_region_set_address(root, 0x1000);
    as = space_new(m, root, "as");
    assert_map(as, "100-10f io@0");
    memory_region_transaction_commit();
    assert_map(as, "1100-110f io@0");
}

static void name_is_copied(Machine *m, gconstpointer data)
{
    char name[] = "first";
    AddressSpace *as = space_new(m, box_new(m, "root", 1), name);

    (void)data;
    strcpy(name, "other");
    g_assert_cmpstr(as->name, ==, "first");
    g_assert_cmpstr(space_new(m, box_new(m, "root", 1), NULL)->name, ==, "anonymous");
}

static void one_root_many_spaces(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *outer = box_new(m, "outer", 0x10000);
    AddressSpace *a = space_new(m, root, "a"), *b = space_new(m, root, "b");
    AddressSpace *c = space_new(m, outer, "c");

    (void)data;
    memory_region_add_subregion(outer, 0x4000, root);
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    assert_map(c, "4000-400f io@0");
    assert_map(a, "4000-400f io@0"); /* displaced by the root's address in its container */
    assert_map(b, "4000-400f io@0");
}

static void destroy_tells_nothing_to_others(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *a = space_new(m, root, "a"), *b = space_new(m, root, "b");

    (void)data;
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    spy_on(m, "s", 0, a);
    space_drop(m, b);
    g_assert_null(strstr(m->trace->str, "del"));
    g_string_truncate(m->trace, 0);
    assert_map(a, "0-f io@0");
}

static void remove_listeners(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    spy_on(m, "high", 9, as);
    spy_on(m, "low", 1, as);
    address_space_remove_listeners(as);
    assert_trace(m, "low:begin low:del(0-f io@0) low:commit "
                    "high:begin high:del(0-f io@0) high:commit");
    address_space_remove_listeners(as);
    assert_trace(m, "");
}

/* ---- Views ------------------------------------------------------------------------------ */

static bool stop_at_second(Int128 start, Int128 size, const MemoryRegion *mr, hwaddr offset,
                           void *opaque)
{
    (void)start, (void)size, (void)mr, (void)offset;
    return ++*(int *)opaque == 2;
}

static void for_each_stops(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as = space_new(m, root, "as");
    int calls = 0;

    (void)data;
    for (unsigned i = 0; i < 5; i++) {
        memory_region_add_subregion(root, i * 0x100, io_new(m, "io", 0x10));
    }
    memory_read_lock();
    flatview_for_each_range(address_space_to_flatview(as), stop_at_second, &calls);
    memory_read_unlock();
    g_assert_cmpint(calls, ==, 2);
}

static bool is_whole(Int128 start, Int128 size, const MemoryRegion *mr, hwaddr offset,
                     void *opaque)
{
    (void)mr;
    *(bool *)opaque = !int128_nz(start) && int128_eq(size, int128_2_64()) && offset == 0;
    return false;
}

static void for_each_whole(Machine *m, gconstpointer data)
{
    AddressSpace *as = space_new(m, io_new(m, "io", UINT64_MAX), "as");
    bool whole = false;

    (void)data;
    flatview_for_each_range(address_space_get_flatview(as), is_whole, &whole);
    flatview_unref(address_space_to_flatview(as));
    g_assert_true(whole);
}

static void append_start(GString *out, FlatView *fv);

static void view_outlives_change(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, root, "as");
    g_autoptr(GString) text = g_string_new(NULL);
    FlatView *fv;

    (void)data;
    memory_region_add_subregion(root, 0x40, io);
    fv = address_space_get_flatview(as);
    memory_region_del_subregion(root, io);
    memory_drain();
    assert_map(as, "");
    append_start(text, fv);
    g_assert_cmpstr(text->str, ==, "40");
    flatview_unref(fv);
}

static bool start_to_text(Int128 start, Int128 size, const MemoryRegion *mr, hwaddr offset,
                          void *opaque)
{
    (void)size, (void)mr, (void)offset;
    g_string_append_printf(opaque, "%" PRIx64, int128_getlo(start));
    return false;
}

static void append_start(GString *out, FlatView *fv)
{
    flatview_for_each_range(fv, start_to_text, out);
}

/* ---- Sections --------------------------------------------------------------------------- */

static void section_equality(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    MemoryRegionSection a, b;

    (void)data;
    space_new(m, root, "as");
    memory_region_add_subregion(root, 0x10, ram_new(m, "ram", 0x100));
    a = memory_region_find(root, 0x20, 0x10);
    b = a;
    g_assert_true(MemoryRegionSection_eq(&a, &b));
    int128_addto(&b.size, int128_one());
    g_assert_false(MemoryRegionSection_eq(&a, &b));
    b = a;
    b.offset_within_region++;
    g_assert_false(MemoryRegionSection_eq(&a, &b));
    b = a;
    b.offset_within_address_space++;
    g_assert_false(MemoryRegionSection_eq(&a, &b));
    b = a;
    b.readonly = !a.readonly;
    g_assert_false(MemoryRegionSection_eq(&a, &b));
    b = a;
    b.nonvolatile = !a.nonvolatile;
    g_assert_false(MemoryRegionSection_eq(&a, &b));
    b = a;
    b.fv = NULL;
    g_assert_false(MemoryRegionSection_eq(&a, &b));
    memory_region_unref(a.mr);
}

static void section_copy(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *io = io_new(m, "io", 0x10);
    g_autoptr(GString) text = g_string_new(NULL);
    MemoryRegionSection *copy, found;

    (void)data;
    space_new(m, root, "as");
    memory_region_add_subregion(root, 0x10, io);
    found = memory_region_find(root, 0, 0x100);
    copy = memory_region_section_new_copy(&found);
    memory_region_unref(found.mr);
    memory_region_del_subregion(root, io);
    memory_drain();
    append_start(text, copy->fv); /* the copy keeps the view */
    g_assert_cmpstr(text->str, ==, "10");
    g_assert_true(copy->mr == io);
    memory_region_section_free_copy(copy);
}

static void section_copy_of_nothing(Machine *m, gconstpointer data)
{
    MemoryRegionSection none = { .size = 0 };
    MemoryRegionSection *copy = memory_region_section_new_copy(&none);

    (void)m, (void)data;
    g_assert_null(copy->mr);
    g_assert_null(copy->fv);
    memory_region_section_free_copy(copy);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/space/8/view-on-return", view_on_return);
    TEST("/space/R19/inside-transaction", view_inside_transaction);
    TEST("/space/R19/unknown-root", unknown_root_inside_transaction);
    TEST("/space/R19/edited-root", edited_root_inside_transaction);
    TEST("/space/R19/moved-root", moved_root_inside_transaction);
    TEST("/space/8/name", name_is_copied);
    TEST("/space/8/one-root-many-spaces", one_root_many_spaces);
    TEST("/space/8/destroy", destroy_tells_nothing_to_others);
    TEST("/space/8/remove-listeners", remove_listeners);
    TEST("/space/8/for-each/stops", for_each_stops);
    TEST("/space/8/for-each/whole", for_each_whole);
    TEST("/space/8/view-outlives-change", view_outlives_change);
    TEST("/space/8/section/equality", section_equality);
    TEST("/space/8/section/copy", section_copy);
    TEST("/space/8/section/copy-of-nothing", section_copy_of_nothing);
    return g_test_run();
}
