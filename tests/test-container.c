/* SPDX-License-Identifier: MIT
 *
 * Containers, priorities, and edits of a region's place (specification 6); queries (6.2).
 */
#include "support.h"

/* A space with an empty root of 64 KiB. */
typedef struct Stage {
    MemoryRegion *root;
    AddressSpace *as;
} Stage;

static Stage stage_new(Machine *m)
{
    Stage s = { .root = box_new(m, "root", 0x10000) };
    s.as = space_new(m, s.root, "as");
    return s;
}

static void place_can_be_asked(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *io = io_new(m, "io", 0x10);

    (void)data;
    g_assert_null(memory_region_container(io));
    memory_region_add_subregion_overlap(s.root, 0x120, io, -3);
    g_assert_true(memory_region_container(io) == s.root);
    g_assert_cmphex(memory_region_address(io), ==, 0x120);
    g_assert_cmpint(memory_region_priority(io), ==, -3);
    memory_region_del_subregion(s.root, io);
    g_assert_null(memory_region_container(io));
}

/* ---- Walking over a container ------------------------------------------------------------ */

/* Writes down the names of the subregions that it visits. Stops at 'stop'; tries to remove
 * 'remove'. */
typedef struct Tour {
    GString *text;
    const MemoryRegion *stop;
    MemoryRegion *remove;
} Tour;

static int visit(MemoryRegion *subregion, void *opaque)
{
    Tour *tour = opaque;

    g_string_append_printf(tour->text, "%s ", memory_region_name(subregion));
    if (tour->remove) {
        memory_region_del_subregion(memory_region_container(tour->remove), tour->remove);
    }
    return subregion == tour->stop ? 7 : 0;
}

static void assert_tour(MemoryRegion *mr, Tour tour, int result, const char *want)
{
    tour.text = g_string_new(NULL);
    g_assert_cmpint(memory_region_for_each_subregion(mr, visit, &tour), ==, result);
    g_assert_cmpstr(tour.text->str, ==, want);
    g_string_free(tour.text, TRUE);
}

/* The walk visits direct subregions, also those that are not visible, oldest first. A subregion
 * that is moved becomes the newest. */
static void walk(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000), *a = io_new(m, "a", 0x10);
    MemoryRegion *inner = box_new(m, "inner", 0x100), *c = io_new(m, "c", 0x10);

    (void)data;
    assert_tour(box, (Tour){ 0 }, 0, "");
    memory_region_add_subregion(box, 0x800, a);
    memory_region_add_subregion_overlap(box, 0, inner, 5);
    memory_region_add_subregion(inner, 0, io_new(m, "below", 0x10));
    memory_region_add_subregion(box, 0x2000, c);
    memory_region_set_enabled(a, false);
    assert_tour(box, (Tour){ 0 }, 0, "a inner c ");
    assert_tour(box, (Tour){ .stop = inner }, 7, "a inner ");
    memory_region_set_address(a, 0x10);
    assert_tour(box, (Tour){ 0 }, 0, "inner c a ");
    memory_region_del_subregion(box, c);
    assert_tour(box, (Tour){ 0 }, 0, "inner a ");
    assert_tour(a, (Tour){ 0 }, 0, "");
}

/* A space that begins inside a transaction takes the tree back to its committed state and forward
 * again. Regions that did not move keep their order. */
static void walk_after_a_new_space(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000), *a = io_new(m, "a", 0x10);
    MemoryRegion *b = io_new(m, "b", 0x10);

    (void)data;
    memory_region_add_subregion(box, 0, a);
    memory_region_add_subregion(box, 0x10, b);
    memory_region_add_subregion(box, 0x20, io_new(m, "c", 0x10));
    memory_region_transaction_begin();
    memory_region_set_size(a, 0x20);
    memory_region_set_enabled(b, false);
    space_new(m, box, "new");
    memory_region_transaction_commit();
    assert_tour(box, (Tour){ 0 }, 0, "a b c ");
}

/* Edits from the callback of a walk are refused. */
static void walk_without_edits(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000), *a = io_new(m, "a", 0x10);

    (void)data;
    memory_region_add_subregion(box, 0, a);
    memory_region_add_subregion(box, 0x10, io_new(m, "b", 0x10));
    assert_tour(box, (Tour){ .stop = a, .remove = a }, 7, "a ");
    expect_message(m, "misuse", "memory_region_del_subregion", "walk", NULL);
    g_assert_true(memory_region_container(a) == box);
    memory_region_del_subregion(box, a);
    assert_tour(box, (Tour){ 0 }, 0, "b ");
}

static void walk_over_no_region(Machine *m, gconstpointer data)
{
    MemoryRegion blank = { .size = 0 };

    (void)data;
    assert_tour(&blank, (Tour){ 0 }, 0, "");
    expect_message(m, "misuse", "memory_region_for_each_subregion", NULL);
}

/* ---- Priority --------------------------------------------------------------------------- */

static void higher_wins(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_subregion_overlap(s.root, 0x10, io_new(m, "high", 0x10), 1);
    memory_region_add_subregion_overlap(s.root, 0, io_new(m, "low", 0x30), -1);
    memory_region_add_subregion(s.root, 0x18, io_new(m, "zero", 0x10));
    assert_map(s.as, "0-f low@0, 10-1f high@0, 20-27 zero@8, 28-2f low@28");
}

static void last_wins(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_subregion_overlap(s.root, 0, io_new(m, "a", 0x20), 5);
    memory_region_add_subregion_overlap(s.root, 0x10, io_new(m, "b", 0x20), 5);
    memory_region_add_subregion_overlap(s.root, 0x8, io_new(m, "c", 0x10), 5);
    assert_map(s.as, "0-7 a@0, 8-17 c@0, 18-2f b@8");
}

static void siblings_only(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *low = box_new(m, "low", 0x100), *high = box_new(m, "high", 0x100);

    (void)data;
    memory_region_add_subregion_overlap(low, 0, io_new(m, "loud", 0x10), 1000);
    memory_region_add_subregion_overlap(high, 0, io_new(m, "quiet", 0x10), -1000);
    memory_region_add_subregion_overlap(s.root, 0, low, 1);
    memory_region_add_subregion_overlap(s.root, 0, high, 2);
    assert_map(s.as, "0-f quiet@0");
}

static void overlap_is_no_error(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_subregion(s.root, 0, io_new(m, "a", 0x20));
    memory_region_add_subregion(s.root, 0x10, io_new(m, "b", 0x20));
    assert_map(s.as, "0-f a@0, 10-2f b@0");
}

static void leaf_is_beneath(Machine *m, gconstpointer data)
{
    MemoryRegion *leaf = io_new(m, "leaf", 0x100);
    AddressSpace *as = space_new(m, leaf, NULL);

    (void)data;
    memory_region_add_subregion_overlap(leaf, 0x10, io_new(m, "sub", 0x10), INT32_MIN);
    assert_map(as, "0-f leaf@0, 10-1f sub@0, 20-ff leaf@20");
}

static void holes_let_through(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *box = box_new(m, "box", 0x40), *half = box_new(m, "half", 0x20);
    MemoryRegion *window = window_new(m, "window", half, 0, 0x20);

    (void)data;
    memory_region_add_subregion(s.root, 0, io_new(m, "under", 0x100));
    memory_region_add_subregion(box, 0x10, io_new(m, "a", 0x10));
    memory_region_add_subregion(half, 0x8, io_new(m, "b", 0x8));
    memory_region_add_subregion_overlap(s.root, 0, box, 1);
    memory_region_add_subregion_overlap(s.root, 0x80, window, 1);
    assert_map(s.as, "0-f under@0, 10-1f a@0, 20-87 under@20, 88-8f b@0, 90-ff under@90");
}

static void del_keeps_place(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *io = io_new(m, "io", 0x10);

    (void)data;
    memory_region_add_subregion_overlap(s.root, 0x100, io, 7);
    memory_region_del_subregion(s.root, io);
    assert_map(s.as, "");
    assert_map(space_new(m, io, NULL), "100-10f io@0");
}

/* ---- Enabling --------------------------------------------------------------------------- */

static void disabled_hides_inside(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *box = box_new(m, "box", 0x100);

    (void)data;
    memory_region_add_subregion(box, 0, io_new(m, "io", 0x10));
    memory_region_add_subregion(s.root, 0, box);
    memory_region_set_enabled(box, false);
    assert_map(s.as, "");
    memory_region_set_enabled(box, true);
    assert_map(s.as, "0-f io@0");
}

static void disabled_alias_target(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);

    (void)data;
    memory_region_add_subregion(s.root, 0, window_new(m, "window", ram, 0, 0x1000));
    assert_map(s.as, "0-fff ram@0");
    memory_region_set_enabled(ram, false);
    assert_map(s.as, "");
    memory_region_set_enabled(ram, true);
    assert_map(s.as, "0-fff ram@0");
}

static void disabled_root(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_subregion(s.root, 0, io_new(m, "io", 0x10));
    memory_region_set_enabled(s.root, false);
    assert_map(s.as, "");
    memory_region_set_enabled(s.root, true);
    assert_map(s.as, "0-f io@0");
}

static void count_flush(void *opaque)
{
    ++*(unsigned *)opaque;
}

/* Without a transaction, whose begin would flush, too. */
static void same_value_no_commit(Machine *m, gconstpointer data)
{
    unsigned flushed = 0;
    MemoryContextHooks hooks = { .flush_coalesced_mmio = count_flush, .opaque = &flushed };
    Stage s = stage_new(m);
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);
    MemoryRegion *window = window_new(m, "window", ram, 0x10, 0x100);

    (void)data;
    memory_region_add_subregion(s.root, 0x100, window);
    spy_on(m, "s", 0, s.as);
    memory_context_set_hooks(m->ctx, &hooks);
    memory_region_set_enabled(window, true);
    memory_region_set_size(window, 0x100);
    memory_region_set_address(window, 0x100);
    memory_region_set_alias_offset(window, 0x10);
    memory_region_set_readonly(window, false);
    memory_region_set_nonvolatile(window, false);
    g_assert_cmpuint(flushed, ==, 0);
    memory_context_set_hooks(m->ctx, NULL);
    assert_trace(m, "");
}

/* ---- Attributes (4.1) ------------------------------------------------------------------- */

/* Attributes of a container hold for what is in it. A listener hears a change as a removal and an
 * addition. */
static void attributes_of_a_container(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *box = box_new(m, "box", 0x1000), *romd = romd_new(m, "r", 0x1000);

    (void)data;
    memory_region_add_subregion(box, 0, romd);
    memory_region_add_subregion(s.root, 0, box);
    spy_start(spy_new(m, "s", 0), s.as);
    g_string_truncate(m->trace, 0);
    memory_region_set_readonly(box, true);
    assert_trace(m, "s:begin s:del(0-fff r@0) s:add(0-fff r@0 ro) s:commit");
    memory_region_set_nonvolatile(box, true);
    assert_trace(m, "s:begin s:del(0-fff r@0 ro) s:add(0-fff r@0 ro nv) s:commit");
    g_assert_false(memory_region_is_nonvolatile(romd)); /* returns only the region's own flag */
    memory_region_rom_device_set_romd(romd, false);
    assert_trace(m, "s:begin s:del(0-fff r@0 ro nv) s:add(0-fff r@0 ro nv) s:commit");
    memory_region_set_readonly(box, true);
    memory_region_set_nonvolatile(box, true);
    memory_region_rom_device_set_romd(romd, false);
    assert_trace(m, "");
}

/* ---- Moving and resizing ---------------------------------------------------------------- */

static void move_makes_newest(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *a = io_new(m, "a", 0x20), *b = io_new(m, "b", 0x20);

    (void)data;
    memory_region_add_subregion(s.root, 0, a);
    memory_region_add_subregion(s.root, 0x10, b);
    assert_map(s.as, "0-f a@0, 10-2f b@0");
    memory_region_set_address(a, 8);
    assert_map(s.as, "8-27 a@0, 28-2f b@18");
}

static void move_to_same_place_keeps_rank(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *a = io_new(m, "a", 0x20);

    (void)data;
    memory_region_add_subregion(s.root, 0, a);
    memory_region_add_subregion(s.root, 0x10, io_new(m, "b", 0x20));
    memory_region_set_address(a, 0);
    assert_map(s.as, "0-f a@0, 10-2f b@0");
}

static void move_is_one_commit(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *a = io_new(m, "a", 0x10);

    (void)data;
    memory_region_add_subregion(s.root, 0, a);
    spy_on(m, "s", 0, s.as);
    memory_region_set_address(a, 0x100);
    assert_trace(m, "s:begin s:del(0-f a@0) s:add(100-10f a@0) s:commit");
}

static void move_outside_is_stored(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *a = io_new(m, "a", 0x10);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_region_set_address(a, 0x100);
    assert_trace(m, "");
    assert_map(space_new(m, a, NULL), "100-10f a@0");
}

/* R23: a root has an address, also if it is in no container, or in one that is disabled. */
static void root_is_displaced(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *box = box_new(m, "box", 0x1000);

    (void)data;
    memory_region_add_subregion(s.root, 0, io_new(m, "io", 0x10));
    memory_region_set_address(s.root, 0x40);
    assert_map(s.as, "40-4f io@0");
    memory_region_set_enabled(box, false);
    memory_region_add_subregion(box, 0x80, s.root);
    assert_map(s.as, "80-8f io@0");
    memory_region_set_address(s.root, 0x20);
    assert_map(s.as, "20-2f io@0");
    memory_region_del_subregion(box, s.root);
    assert_map(s.as, "20-2f io@0");
}

static void size_keeps_ram(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *ram = ram_new(m, "ram", 0x2000);
    uint8_t *host = memory_region_get_ram_ptr(ram);

    (void)data;
    memory_region_add_subregion(s.root, 0, ram);
    host[0x1800] = 0x5a;
    memory_region_set_size(ram, 0x1000);
    assert_map(s.as, "0-fff ram@0");
    g_assert_cmphex(memory_region_size(ram), ==, 0x1000);
    g_assert_cmphex(qemu_ram_get_used_length(qemu_ram_block_from_host(host, false,
                                                                      &(ram_addr_t){ 0 })),
                    ==, 0x2000);
    memory_region_set_size(ram, 0x2000);
    assert_map(s.as, "0-1fff ram@0");
    g_assert_cmphex(address_space_ldub(s.as, 0x1800, MEMTXATTRS_UNSPECIFIED, NULL), ==, 0x5a);
}

static void size_whole(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, io, NULL);

    (void)data;
    memory_region_set_size(io, UINT64_MAX);
    assert_map(as, "0-ffffffffffffffff io@0");
    g_assert_cmphex(memory_region_size(io), ==, UINT64_MAX);
    memory_region_set_size(io, 0);
    assert_map(as, "");
}

static void alias_offset(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *ram = ram_new(m, "ram", 0x4000);
    MemoryRegion *window = window_new(m, "window", ram, 0, 0x1000);

    (void)data;
    memory_region_add_subregion(s.root, 0x8000, window);
    spy_on(m, "s", 0, s.as);
    memory_region_set_alias_offset(window, 0x1000);
    assert_trace(m, "s:begin s:del(8000-8fff ram@0) s:add(8000-8fff ram@1000) s:commit");
}

/* ---- Queries ---------------------------------------------------------------------------- */

static void mapped_in_container(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x100), *io = io_new(m, "io", 0x10);

    (void)data;
    g_assert_false(memory_region_is_mapped(io));
    memory_region_add_subregion(box, 0, io);
    g_assert_true(memory_region_is_mapped(io));
    g_assert_false(memory_region_is_mapped(box));
    memory_region_del_subregion(box, io);
    g_assert_false(memory_region_is_mapped(io));
}

static void mapped_by_alias(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x100), *io = io_new(m, "io", 0x10);
    MemoryRegion *inner = window_new(m, "inner", io, 0, 0x10);
    MemoryRegion *outer = window_new(m, "outer", inner, 0, 0x10);

    (void)data;
    g_assert_false(memory_region_is_mapped(io));
    memory_region_add_subregion(box, 0, outer);
    g_assert_true(memory_region_is_mapped(outer));
    g_assert_true(memory_region_is_mapped(inner));
    g_assert_true(memory_region_is_mapped(io));
    memory_region_del_subregion(box, outer);
    g_assert_false(memory_region_is_mapped(io));
}

static void assert_found(MemoryRegion *mr, hwaddr addr, uint64_t size, const char *want)
{
    MemoryRegionSection s = memory_region_find(mr, addr, size);
    g_autofree char *text = !s.mr ? g_strdup("")
                                  : g_strdup_printf("%" PRIx64 "+%" PRIx64 " %s@%" PRIx64,
                                                    s.offset_within_address_space,
                                                    int128_getlo(s.size), memory_region_name(s.mr),
                                                    s.offset_within_region);

    g_assert_cmpstr(text, ==, want);
    if (!s.mr) {
        g_assert_false(int128_nz(s.size));
    }
    memory_region_unref(s.mr);
}

static void find_climbs(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *outer = box_new(m, "outer", 0x1000), *inner = box_new(m, "inner", 0x100);

    (void)data;
    memory_region_add_subregion(inner, 0x10, io_new(m, "io", 0x10));
    memory_region_add_subregion(outer, 0x200, inner);
    memory_region_add_subregion(s.root, 0x4000, outer);
    assert_found(inner, 0x10, 4, "4210+4 io@0");
    assert_found(s.root, 0x4210, 4, "4210+4 io@0");
}

static void find_without_space(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *lonely = box_new(m, "lonely", 0x1000), *io = io_new(m, "io", 0x10);

    (void)data;
    memory_region_add_subregion(lonely, 0, io);
    assert_found(io, 0, 4, "");
    memory_region_add_subregion(s.root, 0, window_new(m, "window", lonely, 0, 0x1000));
    assert_found(io, 0, 4, ""); /* the search does not follow aliases upwards */
    assert_found(s.root, 0, 4, "0+4 io@0");
}

static void find_takes_first_space(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    AddressSpace *second = space_new(m, s.root, "second");
    MemoryRegionSection found;

    (void)data;
    memory_region_add_subregion(s.root, 0, io_new(m, "io", 0x10));
    memory_region_set_address(s.root, 0);
    found = memory_region_find(s.root, 0, 1);
    g_assert_nonnull(found.fv);
    g_assert_true(found.fv == address_space_to_flatview(s.as));
    memory_region_unref(found.mr);
    space_drop(m, s.as);
    found = memory_region_find(s.root, 0, 1);
    g_assert_true(found.fv == address_space_to_flatview(second));
    memory_region_unref(found.mr);
}

static void find_what_is_visible(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *io = io_new(m, "io", 0x40);

    (void)data;
    memory_region_add_subregion(s.root, 0x100, io);
    assert_found(io, 0, 0x10, "100+10 io@0");
    memory_region_add_subregion_overlap(s.root, 0x100, io_new(m, "cover", 0x10), 1);
    assert_found(io, 0, 0x40, "100+10 cover@0");
    assert_found(io, 0x8, 0x40, "108+8 cover@8");
    assert_found(io, 0x10, 0x100, "110+30 io@10");
}

static void find_lowest_and_cut(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_subregion(s.root, 0x100, io_new(m, "a", 0x10));
    memory_region_add_subregion(s.root, 0x200, io_new(m, "b", 0x10));
    assert_found(s.root, 0, 0x1000, "100+10 a@0");
    assert_found(s.root, 0x108, 0x1000, "108+8 a@8");
    assert_found(s.root, 0x110, 0xf0, "");
    assert_found(s.root, 0x110, 0xf1, "200+1 b@0");
}

static void find_nothing(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_subregion(s.root, 0, io_new(m, "a", 0x10));
    assert_found(s.root, 0, 0, ""); /* R21: nothing is found for a size of 0 */
    assert_found(s.root, 0x10, 0x10, "");
}

static bool note_start(Int128 start, Int128 size, const MemoryRegion *mr, hwaddr offset,
                       void *opaque)
{
    (void)size, (void)mr, (void)offset;
    *(uint64_t *)opaque = int128_getlo(start);
    return true;
}

/* R21: the view that find returns is only valid in the caller's read section. */
static gpointer move_to_80(gpointer io)
{
    memory_region_set_address(io, 0x80);
    return NULL;
}

static void find_in_read_section(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *io = io_new(m, "io", 0x10);
    MemoryRegionSection found;
    uint64_t start = 0;

    (void)data;
    memory_region_add_subregion(s.root, 0x40, io);
    memory_read_lock();
    found = memory_region_find(s.root, 0, 0x100);
    g_thread_join(g_thread_new("edit", move_to_80, io));
    flatview_for_each_range(found.fv, note_start, &start);
    g_assert_cmphex(start, ==, 0x40);
    g_assert_true(found.fv != address_space_to_flatview(s.as));
    memory_read_unlock();
    memory_region_unref(found.mr);
}

static void find_whole(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", UINT64_MAX);
    MemoryRegionSection s;

    (void)data;
    space_new(m, io, NULL);
    s = memory_region_find(io, 0, UINT64_MAX);
    g_assert_true(int128_eq(s.size, int128_make64(UINT64_MAX)));
    memory_region_unref(s.mr);
}

static void find_committed_only(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *io = io_new(m, "io", 0x10);

    (void)data;
    memory_region_add_subregion(s.root, 0, io);
    memory_region_transaction_begin();
    memory_region_set_enabled(io, false);
    assert_found(s.root, 0, 4, "0+4 io@0");
    memory_region_transaction_commit();
    assert_found(s.root, 0, 4, "");
}

static void find_attributes(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *box = box_new(m, "box", 0x1000);
    MemoryRegionSection found;

    (void)data;
    memory_region_set_readonly(box, true);
    memory_region_set_nonvolatile(box, true);
    memory_region_add_subregion(box, 0, ram_new(m, "ram", 0x1000));
    memory_region_add_subregion(s.root, 0, box);
    found = memory_region_find(s.root, 0, 1);
    g_assert_true(found.readonly);
    g_assert_true(found.nonvolatile);
    memory_region_unref(found.mr);
}

static void present(Machine *m, gconstpointer data)
{
    MemoryRegion *leaf = io_new(m, "leaf", 0x1000);
    DeviceState *dev = device_new("dev");
    MemoryRegion *sub = g_new0(MemoryRegion, 1);
    uint32_t refs;

    (void)data;
    memory_region_init_io(sub, OBJECT(dev), &plain_ops, NULL, "sub", 0x10);
    space_new(m, leaf, NULL);
    memory_region_add_subregion(leaf, 0x100, sub);
    refs = OBJECT(dev)->ref;
    g_assert_true(memory_region_present(leaf, 0x100));
    g_assert_true(memory_region_present(leaf, 0x10f));
    g_assert_false(memory_region_present(leaf, 0xff));   /* the region itself does not count */
    g_assert_false(memory_region_present(leaf, 0x1000)); /* nothing is there */
    g_assert_cmpuint(OBJECT(dev)->ref, ==, refs);
    memory_region_del_subregion(leaf, sub);
    memory_drain();
    object_unref(dev);
    memory_drain();
    g_free(sub);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/container/3/place", place_can_be_asked);
    TEST("/container/6/priority/higher-wins", higher_wins);
    TEST("/container/6/priority/last-added-wins", last_wins);
    TEST("/container/6/priority/siblings-only", siblings_only);
    TEST("/container/6/overlap", overlap_is_no_error);
    TEST("/container/6/leaf-is-beneath", leaf_is_beneath);
    TEST("/container/6/holes", holes_let_through);
    TEST("/container/6/del-keeps-place", del_keeps_place);
    TEST("/container/6/enabled/inside", disabled_hides_inside);
    TEST("/container/4/alias/disabled-target", disabled_alias_target);
    TEST("/container/6/enabled/root", disabled_root);
    TEST("/container/6/same-value", same_value_no_commit);
    TEST("/container/4.1/attributes", attributes_of_a_container);
    TEST("/container/6/move/newest", move_makes_newest);
    TEST("/container/6/move/same-place", move_to_same_place_keeps_rank);
    TEST("/container/6/move/one-commit", move_is_one_commit);
    TEST("/container/6/move/outside", move_outside_is_stored);
    TEST("/container/R23/root-is-displaced", root_is_displaced);
    TEST("/container/6/size/ram", size_keeps_ram);
    TEST("/container/6/size/whole", size_whole);
    TEST("/container/6/alias-offset", alias_offset);
    TEST("/container/6.2/mapped", mapped_in_container);
    TEST("/container/D14/mapped-by-alias", mapped_by_alias);
    TEST("/container/6.2/find/climbs", find_climbs);
    TEST("/container/6.2/find/no-space", find_without_space);
    TEST("/container/6.2/find/first-space", find_takes_first_space);
    TEST("/container/6.2/find/visible", find_what_is_visible);
    TEST("/container/6.2/find/lowest-and-cut", find_lowest_and_cut);
    TEST("/container/R21/find/nothing", find_nothing);
    TEST("/container/R21/find/in-read-section", find_in_read_section);
    TEST("/container/6.2/find/whole", find_whole);
    TEST("/container/6.2/find/committed-only", find_committed_only);
    TEST("/container/6.2/find/attributes", find_attributes);
    TEST("/container/6.2/present", present);
    TEST("/container/walk", walk);
    TEST("/container/walk/after-a-new-space", walk_after_a_new_space);
    misuse_test_add("/container/walk-without-edits", walk_without_edits);
    misuse_test_add("/container/walk-over-no-region", walk_over_no_region);
    return g_test_run();
}
