/* SPDX-License-Identifier: MIT
 *
 * How a tree becomes a flat view (specification 6.1), and the rule for the root (R2).
 */
#include "support.h"

static void disabled_contributes_nothing(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *a = io_new(m, "a", 0x10);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(root, 0, io_new(m, "under", 0x20));
    memory_region_set_enabled(a, false);
    memory_region_add_subregion_overlap(root, 0, a, 1);
    assert_map(as, "0-1f under@0");
}

static void clipped_not_moved(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *box = box_new(m, "box", 0x20);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(box, 0x10, io_new(m, "io", 0x100));
    memory_region_add_subregion(box, 0x20, io_new(m, "beyond", 0x100));
    memory_region_add_subregion(root, 0x100, box);
    assert_map(as, "110-11f io@0");
    memory_region_set_address(box, 0xfe8);
    assert_map(as, "ff8-fff io@0");
}

static void clipped_at_the_end(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(root, 0 - 0x10ull, io_new(m, "io", 0x100));
    assert_map(as, "fffffffffffffff0-ffffffffffffffff io@0");
}

static void alias_shows_target(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *ram = ram_new(m, "ram", 0x4000);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(root, 0x8000, window_new(m, "window", ram, 0x1000, 0x2000));
    assert_map(as, "8000-9fff ram@1000");
    memory_region_add_subregion(root, 0, ram); /* the target's own address does not matter */
    memory_region_set_address(ram, 0x2000);
    assert_map(as, "2000-5fff ram@0, 8000-9fff ram@1000");
}

static void alias_beyond_target(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *io = io_new(m, "io", 0x20);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(root, 0x100, window_new(m, "window", io, 0x18, 0x100));
    assert_map(as, "100-107 io@18");
    memory_region_add_subregion(root, 0x200, window_new(m, "past", io, 0x20, 0x100));
    assert_map(as, "100-107 io@18");
}

static void alias_base_negative(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *whole = io_new(m, "whole", UINT64_MAX);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(root, 0, window_new(m, "top", whole, 0 - 0x100ull, 0x80));
    memory_region_add_subregion(root, 0x1000, window_new(m, "last", whole, 0 - 0x10ull, 0x80));
    assert_map(as, "0-7f whole@ffffffffffffff00, 1000-100f whole@fffffffffffffff0");
}

static void alias_of_alias(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *box = box_new(m, "box", 0x1000);
    MemoryRegion *inner = window_new(m, "inner", box, 0x100, 0x100);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(box, 0x120, io_new(m, "io", 0x20));
    memory_region_add_subregion(root, 0x4000, window_new(m, "outer", inner, 0x28, 0x80));
    assert_map(as, "4000-4017 io@8");
}

static void placed_is_never_overwritten(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    for (int i = 0; i < 4; i++) {
        g_autofree char *name = g_strdup_printf("n%d", i);
        memory_region_add_subregion_overlap(root, 0x20 * (unsigned)i, io_new(m, name, 0x10), 10);
    }
    memory_region_add_subregion(root, 0x8, io_new(m, "big", 0x68));
    assert_map(as, "0-f n0@0, 10-1f big@8, 20-2f n1@0, 30-3f big@28, 40-4f n2@0, "
                   "50-5f big@48, 60-6f n3@0");
}

static void attributes_are_inherited(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *box = box_new(m, "box", 0x2000);
    MemoryRegion *ram = ram_new(m, "ram", 0x1000), *own = ram_new(m, "own", 0x1000);
    MemoryRegion *window = window_new(m, "window", ram, 0, 0x1000);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(box, 0, ram);
    memory_region_add_subregion(box, 0x1000, own);
    memory_region_add_subregion(root, 0, box);
    memory_region_add_subregion(root, 0x8000, window);
    memory_region_set_nonvolatile(box, true);
    memory_region_set_readonly(own, true);
    assert_sections(as, "0-fff ram@0 nv, 1000-1fff own@0 ro nv, 8000-8fff ram@0");
    memory_region_set_readonly(window, true);
    assert_sections(as, "0-fff ram@0 nv, 1000-1fff own@0 ro nv, 8000-8fff ram@0 ro");
    memory_region_set_nonvolatile(box, false);
    assert_sections(as, "0-fff ram@0, 1000-1fff own@0 ro, 8000-8fff ram@0 ro");
}

/* Two windows side by side onto one stretch of RAM. */
static MemoryRegion *seam_new(Machine *m, MemoryRegion *root, MemoryRegion *ram)
{
    MemoryRegion *right = window_new(m, "right", ram, 0x1000, 0x1000);

    memory_region_add_subregion(root, 0, window_new(m, "left", ram, 0, 0x1000));
    memory_region_add_subregion(root, 0x1000, right);
    return right;
}

static void neighbours_merge(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *ram = ram_new(m, "ram", 0x4000);
    MemoryRegion *right = seam_new(m, root, ram);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    assert_sections(as, "0-1fff ram@0");
    memory_region_set_readonly(right, true);
    assert_sections(as, "0-fff ram@0, 1000-1fff ram@1000 ro");
    memory_region_set_readonly(right, false);
    memory_region_set_nonvolatile(right, true);
    assert_sections(as, "0-fff ram@0, 1000-1fff ram@1000 nv");
    memory_region_set_nonvolatile(right, false);
    assert_sections(as, "0-1fff ram@0");
    memory_region_set_alias_offset(right, 0x2000);
    assert_sections(as, "0-fff ram@0, 1000-1fff ram@2000");
    memory_region_set_alias_offset(right, 0x1000);
    memory_region_set_address(right, 0x1800);
    assert_sections(as, "0-fff ram@0, 1800-27ff ram@1000");
}

/* The offsets of the two are consecutive only modulo 2^64. */
static void end_and_beginning_stay_apart(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *io = io_new(m, "io", UINT64_MAX);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, window_new(m, "end", io, HWADDR_MAX - 0xf, 0x10));
    memory_region_add_subregion(root, 0x10, window_new(m, "beginning", io, 0, 0x10));
    assert_map(as, "0-f io@fffffffffffffff0, 10-1f io@0");
}

static void whole_range(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *io = io_new(m, "io", UINT64_MAX);
    AddressSpace *as = space_new(m, root, NULL);

    (void)data;
    memory_region_add_subregion(root, 0, io);
    assert_map(as, "0-ffffffffffffffff io@0");
    memory_region_add_subregion_overlap(root, 1ull << 63, io_new(m, "mid", 1), 1);
    assert_map(as, "0-7fffffffffffffff io@0, 8000000000000000-8000000000000000 mid@0, "
                   "8000000000000001-ffffffffffffffff io@8000000000000001");
}

/* D4: the number of ranges is not limited. */
static void many_ranges(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX);
    AddressSpace *as = space_new(m, root, NULL);
    MemoryRegionSection s;

    (void)data;
    memory_region_transaction_begin();
    for (unsigned i = 0; i < 6000; i++) {
        memory_region_add_subregion(root, 0x2000ull * i, io_new(m, "io", 0x1000));
    }
    memory_region_transaction_commit();
    g_assert_cmpuint(address_space_to_flatview(as)->ranges, ==, 6000);
    s = memory_region_find(root, 0x2000ull * 5999 - 1, 2);
    g_assert_cmphex(s.offset_within_address_space, ==, 0x2000ull * 5999);
    memory_region_unref(s.mr);
}

/* ---- Spaces that resolve to one region -------------------------------------------------- */

static bool same_view(AddressSpace *a, AddressSpace *b)
{
    return address_space_to_flatview(a) == address_space_to_flatview(b);
}

static void views_are_shared(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000), *outer = box_new(m, "outer", 0x1000);
    MemoryRegion *window = window_new(m, "window", box, 0, 0x1000);
    AddressSpace *as = space_new(m, box, NULL), *twin = space_new(m, box, NULL);
    AddressSpace *by_window = space_new(m, window, NULL), *by_outer;

    (void)data;
    memory_region_add_subregion(box, 0, io_new(m, "a", 0x10));
    memory_region_add_subregion(box, 0x20, io_new(m, "b", 0x10));
    memory_region_add_subregion(outer, 0, box);
    by_outer = space_new(m, outer, NULL);
    g_assert_true(same_view(as, twin));
    g_assert_true(same_view(as, by_window));
    g_assert_true(same_view(as, by_outer));
    memory_region_set_size(window, 0x28); /* no longer the whole target */
    g_assert_false(same_view(as, by_window));
    assert_map(by_window, "0-f a@0, 20-27 b@0");
    memory_region_set_size(window, 0x1000);
    g_assert_true(same_view(as, by_window));
    memory_region_set_alias_offset(window, 0x20); /* nor from its beginning */
    assert_map(by_window, "0-f b@0");
    memory_region_set_alias_offset(window, 0);
    g_assert_true(same_view(as, by_window));
}

static void empty_views_are_shared(Machine *m, gconstpointer data)
{
    MemoryRegion *off = box_new(m, "off", 0x1000), *hidden = io_new(m, "hidden", 0x10);
    MemoryRegion *none = box_new(m, "none", 0x1000);
    AddressSpace *a = space_new(m, off, NULL), *b = space_new(m, none, NULL);

    (void)data;
    memory_region_add_subregion(off, 0, io_new(m, "io", 0x10));
    memory_region_set_enabled(off, false);
    memory_region_set_enabled(hidden, false);
    memory_region_add_subregion(none, 0, hidden);
    assert_map(a, "");
    g_assert_true(same_view(a, b));
}

/* R2: a region at the top is skipped only if no attribute is lost. */
static void root_keeps_attributes(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);
    MemoryRegion *window = window_new(m, "window", ram, 0, 0x1000);
    MemoryRegion *outer = box_new(m, "outer", 0x1000);
    AddressSpace *as = space_new(m, ram, NULL), *ro = space_new(m, window, NULL);
    AddressSpace *nv = space_new(m, outer, NULL);

    (void)data;
    memory_region_set_readonly(window, true);
    memory_region_add_subregion(outer, 0, ram);
    memory_region_set_nonvolatile(outer, true);
    assert_sections(as, "0-fff ram@0");
    assert_sections(ro, "0-fff ram@0 ro");
    assert_sections(nv, "0-fff ram@0 nv");
}

static void root_ignores_targets_address(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x10000), *ram = ram_new(m, "ram", 0x1000);
    MemoryRegion *window = window_new(m, "window", ram, 0, 0x1000);
    AddressSpace *as = space_new(m, window, NULL);

    (void)data;
    memory_region_add_subregion(box, 0x4000, ram);
    assert_map(as, "0-fff ram@0");
    memory_region_set_address(ram, 0x8000);
    assert_map(as, "0-fff ram@0");
}

static void quirk_loses_them(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x10000), *ram = ram_new(m, "ram", 0x1000);
    MemoryRegion *window = window_new(m, "window", ram, 0, 0x1000);
    AddressSpace *as = space_new(m, window, NULL);

    (void)data;
    memory_region_set_readonly(window, true);
    memory_region_add_subregion(box, 0x4000, ram);
    memory_region_set_enabled(window, false);
    memory_region_set_enabled(window, true);
    assert_sections(as, "4000-4fff ram@0");
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions original = { .quirks = MEMORY_QUIRK_COLLAPSED_ROOT };

    g_test_init(&argc, &argv, NULL);
    TEST("/render/6.1/rule-1/disabled", disabled_contributes_nothing);
    TEST("/render/6.1/rule-2/clipped", clipped_not_moved);
    TEST("/render/6.1/rule-2/end", clipped_at_the_end);
    TEST("/render/4/rule-3/alias", alias_shows_target);
    TEST("/render/6.1/rule-3/beyond-target", alias_beyond_target);
    TEST("/render/6.1/rule-3/negative-base", alias_base_negative);
    TEST("/render/6.1/rule-3/alias-of-alias", alias_of_alias);
    TEST("/render/6.1/rule-5/never-overwritten", placed_is_never_overwritten);
    TEST("/render/6.1/rule-6/attributes", attributes_are_inherited);
    TEST("/render/6.1/rule-7/merge", neighbours_merge);
    TEST("/render/6.1/rule-7/no-wrap", end_and_beginning_stay_apart);
    TEST("/render/6.1/whole-range", whole_range);
    TEST("/render/D4/many-ranges", many_ranges);
    TEST("/render/6.1/shared-views", views_are_shared);
    TEST("/render/6.1/shared-empty-view", empty_views_are_shared);
    TEST("/render/R2/attributes", root_keeps_attributes);
    TEST("/render/R2/targets-address", root_ignores_targets_address);
    TEST_WITH("/render/R2/quirk", quirk_loses_them, &original);
    return g_test_run();
}
