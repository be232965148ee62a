/* SPDX-License-Identifier: MIT
 *
 * Policies: how a container treats subregions of equal priority that overlap, and ranges that are
 * kept apart (specification 25).
 */
#include <physmem/error.h>

#include "support.h"

typedef struct Stage {
    MemoryRegion *root, *a, *b;
    AddressSpace *as;
} Stage;

/* "a" is at 0x1000 to 0x1fff of a root with that policy. "b", of the same size, is in no
 * container. */
static Stage stage_new(Machine *m, MemoryOverlapPolicy policy)
{
    Stage s = { .root = box_new(m, "root", 0x10000) };
    s.as = space_new(m, s.root, "as");
    s.a = io_new(m, "a", 0x1000);
    s.b = io_new(m, "b", 0x1000);
    memory_region_set_overlap_policy(s.root, policy);
    memory_region_add_subregion(s.root, 0x1000, s.a);
    return s;
}

static void assert_silent(Machine *m)
{
    g_assert_cmpstr(m->messages->str, ==, "");
}

/* ---- Overlap ---------------------------------------------------------------------------- */

static void allowed_at_first(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, io_new(m, "a", 0x1000));
    memory_region_add_subregion(root, 0x800, io_new(m, "b", 0x1000));
    assert_map(as, "0-7ff a@0, 800-17ff b@0");
    assert_silent(m);
}

static void warned_of(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, MEMORY_OVERLAP_WARN);

    (void)data;
    memory_region_add_subregion(s.root, 0x1800, s.b);
    expect_message(m, "warning", "'a'", "'b'", "'root'", "0x1800 to 0x1fff", NULL);
    assert_map(s.as, "1000-17ff a@0, 1800-27ff b@0");
    memory_region_set_address(s.b, 0x800);
    expect_message(m, "warning", "'a'", "'b'", "0x1000 to 0x17ff", NULL);
    memory_region_set_address(s.b, 0x2000);
    assert_silent(m);
    memory_region_set_size(s.a, 0x1001);
    expect_message(m, "warning", "'a'", "'b'", "0x2000 to 0x2000", NULL);
    memory_region_set_enabled(s.b, false);
    memory_region_set_enabled(s.b, true);
    expect_message(m, "warning", "'a'", "'b'", "0x2000 to 0x2000", NULL);
}

static void refused_to_add(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, MEMORY_OVERLAP_REFUSE);

    (void)data;
    memory_region_add_subregion(s.root, 0x1fff, s.b);
    expect_message(m, "error", "'a'", "'b'", "'root'", "0x1fff to 0x1fff", "refused", NULL);
    g_assert_null(memory_region_container(s.b));
    assert_map(s.as, "1000-1fff a@0");
    memory_region_add_subregion(s.root, 0x2000, s.b);
    assert_silent(m);
    assert_map(s.as, "1000-1fff a@0, 2000-2fff b@0");
}

/* A refused subregion is not referenced: its owner ends with its last reference. */
static void refusal_takes_no_reference(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, MEMORY_OVERLAP_REFUSE);
    Object *owner = object_new(TYPE_DEVICE);
    MemoryRegion mr;

    (void)data;
    memory_region_init_io(&mr, owner, &plain_ops, NULL, "owned", 0x1000);
    memory_region_add_subregion(s.root, 0x1000, &mr);
    expect_message(m, "error", "'owned'", "'a'", NULL);
    object_unref(owner); /* otherwise the tear-down finds the region */
}

static void refused_to_change(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, MEMORY_OVERLAP_REFUSE);

    (void)data;
    memory_region_add_subregion(s.root, 0x4000, s.b);
    memory_region_set_address(s.b, 0x1001);
    expect_message(m, "error", "'a'", "'b'", "0x1001 to 0x1fff", NULL);
    g_assert_cmphex(memory_region_address(s.b), ==, 0x4000);
    memory_region_set_size(s.a, 0x3001);
    expect_message(m, "error", "'a'", "'b'", "0x4000 to 0x4000", NULL);
    g_assert_cmphex(memory_region_size(s.a), ==, 0x1000);
    memory_region_set_enabled(s.b, false);
    memory_region_set_address(s.b, 0x1000); /* it is disabled, so it overlaps nothing */
    assert_silent(m);
    memory_region_set_enabled(s.b, true);
    expect_message(m, "error", "'a'", "'b'", "0x1000 to 0x1fff", NULL);
    assert_map(s.as, "1000-1fff a@0");
}

static void count_resized(const char *id, uint64_t length, void *host)
{
    (void)id, (void)length;
    (*(uint8_t *)host)++;
}

/* RAM that cannot show its new size keeps its old one, and the caller gets an error. */
static void refused_to_grow(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, MEMORY_OVERLAP_REFUSE);
    MemoryRegion ram;
    Error *err = NULL;

    (void)data;
    memory_region_init_resizeable_ram(&ram, NULL, "ram", 0x1000, 0x4000, count_resized,
                                      &error_abort);
    memory_region_add_subregion(s.root, 0, &ram);
    memory_region_ram_resize(&ram, 0x2000, &err);
    expect_message(m, "error", "'ram'", "'a'", "0x1000 to 0x1fff", NULL);
    g_assert_nonnull(err);
    error_free(err);
    g_assert_cmphex(memory_region_size(&ram), ==, 0x1000);
    g_assert_cmphex(qemu_ram_get_used_length(ram.ram_block), ==, 0x1000);
    memory_region_ram_resize(&ram, 0x800, &error_abort);
    g_assert_cmphex(memory_region_size(&ram), ==, 0x800);
    g_assert_cmpuint(*(uint8_t *)memory_region_get_ram_ptr(&ram), ==, 1);
    memory_region_del_subregion(s.root, &ram);
    memory_drain();
    object_unparent(OBJECT(&ram));
}

/* The policy ignores regions of another priority, disabled or empty ones, and those in other
 * containers. */
static void others_may_overlap(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, MEMORY_OVERLAP_REFUSE);
    MemoryRegion *box = box_new(m, "box", 0x1000), *empty = io_new(m, "empty", 0);

    (void)data;
    memory_region_add_subregion_overlap(s.root, 0x1000, box, 1);
    memory_region_add_subregion(box, 0, s.b);
    memory_region_add_subregion(box, 0x800, io_new(m, "c", 0x10)); /* the box allows it */
    memory_region_add_subregion(s.root, 0x1800, empty);
    assert_silent(m);
    assert_map(s.as, "1000-17ff b@0, 1800-180f c@0, 1810-1fff b@810");
}

/* An overlap is found among many regions, at both ends of the space, and after long regions of
 * other priorities. */
static void found_among_many(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX);
    MemoryRegion *late = io_new(m, "late", UINT64_MAX);

    (void)data;
    memory_region_set_overlap_policy(root, MEMORY_OVERLAP_REFUSE);
    for (unsigned i = 0; i < 200; i++) {
        memory_region_add_subregion_overlap(root, i * 0x1000, io_new(m, "n", 0x800), 7);
        memory_region_add_subregion_overlap(root, i * 0x1000, io_new(m, "long", 0x800000),
                                            (int)i - 300);
    }
    assert_silent(m);
    for (unsigned i = 0; i < 200; i++) {
        MemoryRegion *probe = io_new(m, "probe", 1);
        memory_region_add_subregion_overlap(root, i * 0x1000 + 0x7ff, probe, 7);
        expect_message(m, "error", "'probe'", "'n'", NULL);
        memory_region_add_subregion_overlap(root, i * 0x1000 + 0x800, probe, 7);
        assert_silent(m);
    }
    memory_region_add_subregion_overlap(root, 0xfffffffffffff000, late, 9);
    memory_region_add_subregion_overlap(root, 0xffffffffffffffff, io_new(m, "top", 1), 9);
    expect_message(m, "error", "'top'", "'late'", "0xffffffffffffffff", NULL);
}

/* ---- Ranges that are kept apart --------------------------------------------------------- */

/* Two windows of 0x1000 bytes side by side, onto one region. */
static AddressSpace *windows_new(Machine *m, MemoryRegion **target, MemoryRegion **root)
{
    memory_context_set_verify(m->ctx, true);
    *root = box_new(m, "root", 0x10000);
    *target = io_new(m, "io", 0x2000);
    memory_region_add_subregion(*root, 0x1000, window_new(m, "w1", *target, 0, 0x1000));
    memory_region_add_subregion(*root, 0x2000, window_new(m, "w2", *target, 0x1000, 0x1000));
    return space_new(m, *root, "as");
}

static void kept_apart(Machine *m, gconstpointer data)
{
    MemoryRegion *io, *root;
    AddressSpace *as = windows_new(m, &io, &root);

    (void)data;
    assert_map(as, "1000-2fff io@0");
    memory_region_set_unmergeable(io, true);
    assert_map(as, "1000-1fff io@0, 2000-2fff io@1000");
    memory_region_set_unmergeable(io, false);
    assert_map(as, "1000-2fff io@0");
}

/* A commit that renders a part of a range joins it again as it was. */
static void kept_apart_but_whole(Machine *m, gconstpointer data)
{
    MemoryRegion *io, *root, *overlay = ram_new(m, "over", 0x1000);
    AddressSpace *as = windows_new(m, &io, &root);

    (void)data;
    memory_region_set_unmergeable(io, true);
    for (hwaddr at = 0; at < 0x4000; at += 0x400) {
        memory_region_add_subregion_overlap(root, at, overlay, 1);
        memory_region_del_subregion(root, overlay);
        assert_map(as, "1000-1fff io@0, 2000-2fff io@1000");
    }
    memory_region_add_subregion_overlap(root, 0x1800, overlay, 1);
    assert_map(as, "1000-17ff io@0, 1800-27ff over@0, 2800-2fff io@1800");
}

/* Listeners hear of the change as a removal and an addition, and sections have the flag. */
static void told_to_listeners(Machine *m, gconstpointer data)
{
    MemoryRegion *io, *root;
    AddressSpace *as = windows_new(m, &io, &root);

    (void)data;
    spy_on(m, "s", 0, as);
    memory_region_set_unmergeable(io, true);
    assert_trace(m, "s:begin s:del(1000-2fff io@0) s:add(1000-1fff io@0) s:add(2000-2fff io@1000) "
                    "s:commit");
    MemoryRegionSection on = memory_region_find(root, 0x1000, 1), off = on;
    g_assert_true(on.unmergeable);
    g_assert_true(MemoryRegionSection_eq(&on, &off));
    off.unmergeable = false;
    g_assert_false(MemoryRegionSection_eq(&on, &off));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/policy/overlap/allowed-at-first", allowed_at_first);
    TEST("/policy/overlap/warned-of", warned_of);
    TEST("/policy/overlap/refused-to-add", refused_to_add);
    TEST("/policy/overlap/refusal-takes-no-reference", refusal_takes_no_reference);
    TEST("/policy/overlap/refused-to-change", refused_to_change);
    TEST("/policy/overlap/refused-to-grow", refused_to_grow);
    TEST("/policy/overlap/others-may", others_may_overlap);
    TEST("/policy/overlap/found-among-many", found_among_many);
    TEST("/policy/25/unmergeable/kept-apart", kept_apart);
    TEST("/policy/25/unmergeable/whole", kept_apart_but_whole);
    TEST("/policy/25/unmergeable/told", told_to_listeners);
    return g_test_run();
}
