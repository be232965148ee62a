/* SPDX-License-Identifier: MIT
 *
 * Dirty pages: which clients log, what marks and clears pages, snapshots, resizing, code
 * (specification 5, 17.1, 17.2; R7, R10). By RAM address: test-dirty-address.c. Global logging and
 * listeners: test-dirty-global.c. Threads: test-dirty-threads.c.
 */
#include "dirty-support.h"
#include "probe.h"
#include "ram-support.h"

/* ---- Masks (17.1) ----------------------------------------------------------------------- */

static void masks(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 4);
    MemoryRegion *plain = ram_new(m, "plain", PAGE), *io = io_new(m, "io", PAGE);

    (void)data;
    memory_context_set_hooks(m->ctx, &(MemoryContextHooks){ .translates_code = true });
    g_assert_cmphex(memory_region_get_dirty_log_mask(s.ram), ==, CODE);
    g_assert_cmphex(memory_region_get_dirty_log_mask(io), ==, 0);
    memory_global_dirty_log_start();
    g_assert_cmphex(memory_region_get_dirty_log_mask(s.ram), ==, MIGRATION | CODE);
    g_assert_cmphex(memory_region_get_dirty_log_mask(plain), ==, CODE);
    g_assert_cmphex(memory_region_get_dirty_log_mask(io), ==, 0);
    memory_region_set_log(plain, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(io, true, DIRTY_MEMORY_VGA);
    g_assert_cmphex(memory_region_get_dirty_log_mask(plain), ==, VGA | CODE);
    g_assert_cmphex(memory_region_get_dirty_log_mask(io), ==, VGA);
    g_assert_true(memory_region_is_logging(plain, DIRTY_MEMORY_VGA));
    g_assert_false(memory_region_is_logging(plain, DIRTY_MEMORY_MIGRATION));
    memory_global_dirty_log_stop();
    memory_context_set_hooks(m->ctx, NULL);
    g_assert_cmphex(memory_region_get_dirty_log_mask(s.ram), ==, 0);
}

/* A space that begins inside a transaction sees the tree as it was before; the log mask stays as
 * it is now. */
static void mask_is_of_now(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 4);
    MemoryRegion *root = box_new(m, "other", 0x10000);

    (void)data;
    memory_region_add_subregion(root, 0, window_new(m, "window", s.ram, 0, PAGE));
    clean_all(s.ram);
    memory_region_transaction_begin();
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    AddressSpace *as = space_new(m, root, "made inside");
    g_assert_cmphex(memory_region_get_dirty_log_mask(s.ram), ==, VGA);
    address_space_stb(as, 0, 1, ANY, NULL);
    memory_region_transaction_commit();
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "0");
}

static void count(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "vram", PAGE);

    (void)data;
    for (unsigned i = 0; i < 255; i++) {
        memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    }
    for (unsigned i = 0; i < 255; i++) {
        g_assert_true(memory_region_is_logging(mr, DIRTY_MEMORY_VGA));
        memory_region_set_log(mr, false, DIRTY_MEMORY_VGA);
    }
    g_assert_false(memory_region_is_logging(mr, DIRTY_MEMORY_VGA));
}

/* A region's logging can only be switched for the display. */
static void other_clients(gconstpointer data)
{
    if (g_test_subprocess()) {
        Machine m = { NULL };
        machine_setup(&m, NULL);
        memory_region_set_log(ram_new(&m, "ram", PAGE), true, GPOINTER_TO_UINT(data));
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*memory_region_set_log*");
}

static void add_other_clients(void)
{
    for (unsigned client = DIRTY_MEMORY_VGA + 1; client <= DIRTY_MEMORY_NUM; client++) {
        g_autofree char *path = g_strdup_printf("/dirty/17.1/other-clients/%u", client);
        g_test_add_data_func(path, GUINT_TO_POINTER(client), other_clients);
    }
}

/* ---- What marks (17.2) ------------------------------------------------------------------ */

static void new_ram_is_dirty(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", 5 * PAGE - 8);
    MemoryRegion *large = flags_new(m, "large", gibibytes(64), RAM_NORESERVE);

    (void)data;
    for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
        g_assert_true(memory_region_get_dirty(mr, 0, 1, c));
        g_assert_true(cpu_physical_memory_all_dirty(memory_region_get_ram_addr(mr), 5 * PAGE, c));
        g_assert_true(cpu_physical_memory_all_dirty(memory_region_get_ram_addr(large),
                                                    gibibytes(64), c));
        assert_dirty(mr, c, "0-4");
    }
}

/* A way to write some of the bytes from PAGE - 4 to PAGE + 3 of the space. The offset in the
 * region is larger by SHIFT. */
typedef struct Way {
    const char *name;
    void (*write)(AddressSpace *as);
    const char *marks;
} Way;

static void write_block(AddressSpace *as)
{
    uint8_t buf[8] = { 1 };
    address_space_write(as, PAGE - 4, ANY, buf, sizeof(buf));
}

static void write_rom(AddressSpace *as)
{
    uint8_t buf[8] = { 1 };
    address_space_write_rom(as, PAGE - 4, ANY, buf, sizeof(buf));
}

static void write_set(AddressSpace *as)
{
    address_space_set(as, PAGE - 4, 1, 8, ANY);
}

static void write_long(AddressSpace *as)
{
    g_autofree uint8_t *buf = g_malloc0(3 * PAGE);
    address_space_write(as, PAGE + 1, ANY, buf, 3 * PAGE);
}

static void write_nothing(AddressSpace *as)
{
    address_space_write(as, PAGE, ANY, "", 0);
}

static void store_byte(AddressSpace *as)
{
    address_space_stb(as, PAGE - 1, 1, ANY, NULL);
}

static void store_word(AddressSpace *as)
{
    address_space_stl_be(as, PAGE, 1, ANY, NULL);
}

static void store_over_pages(AddressSpace *as)
{
    address_space_stq_le(as, PAGE - 4, 1, ANY, NULL);
}

static void rw(AddressSpace *as)
{
    uint8_t byte = 1;
    address_space_rw(as, PAGE, ANY, &byte, 1, true);
}

static void read_block(AddressSpace *as)
{
    uint8_t buf[8];
    address_space_read(as, PAGE - 4, ANY, buf, sizeof(buf));
}

static void map_and_unmap(AddressSpace *as, hwaddr len, bool is_write, hwaddr access_len)
{
    hwaddr got = len;
    void *host = address_space_map(as, PAGE - 4, &got, is_write, ANY);
    g_assert_cmphex(got, ==, len);
    address_space_unmap(as, host, got, is_write, access_len);
}

static void map_all(AddressSpace *as)
{
    map_and_unmap(as, PAGE + 5, true, PAGE + 5);
}

static void map_part(AddressSpace *as)
{
    map_and_unmap(as, PAGE + 5, true, 4);
}

static void map_part_and_byte(AddressSpace *as)
{
    map_and_unmap(as, PAGE + 5, true, 5);
}

static void map_and_leave(AddressSpace *as)
{
    map_and_unmap(as, PAGE + 5, true, 0);
}

static void map_to_read(AddressSpace *as)
{
    map_and_unmap(as, PAGE + 5, false, PAGE + 5);
}

static const Way ways[] = {
    { "write", write_block, "0-1" },
    { "write-long", write_long, "1-4" },
    { "write-nothing", write_nothing, "" },
    { "write-rom", write_rom, "0-1" },
    { "set", write_set, "0-1" },
    { "rw", rw, "1" },
    { "store-1", store_byte, "0" },
    { "store-4", store_word, "1" },
    { "store-over-pages", store_over_pages, "0-1" },
    { "read", read_block, "" },
    { "unmap", map_all, "0-2" },
    { "unmap-part", map_part, "0" },
    { "unmap-part-and-byte", map_part_and_byte, "0-1" },
    { "unmap-of-nothing", map_and_leave, "" },
    { "unmap-of-reader", map_to_read, "" },
};

/* Every write marks for each client in the mask, and for no other. */
static void marks(Machine *m, gconstpointer data)
{
    const Way *way = data;
    Stage s = stage_new(m, 6);

    clean_all(s.ram);
    way->write(s.as);
    for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
        assert_dirty(s.ram, c, "");
    }
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    memory_global_dirty_log_start();
    way->write(s.as);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, way->marks);
    assert_dirty(s.ram, DIRTY_MEMORY_CODE, "");
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, way->marks);
    memory_global_dirty_log_stop();
}

/* R5, R7: a store over two pages marks both, and by the offset in the region. */
static void marks_over_seam(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 6);
    MemoryRegion *root = box_new(m, "root2", 0x100000);
    AddressSpace *as = space_new(m, root, "as2");

    (void)data;
    memory_region_add_subregion(root, 0x8000, window_new(m, "w1", s.ram, 4 * PAGE, PAGE));
    memory_region_add_subregion(root, 0x9000, window_new(m, "w2", s.ram, 2 * PAGE, PAGE));
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    clean_all(s.ram);
    address_space_stl_le(as, 0x8ffe, 1, ANY, NULL);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "2 4");
    clean_all(s.ram);
    address_space_stl_notdirty(as, 0x8ffe, 1, ANY, NULL);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "2 4");
}

static void not_dirty_is_for_code(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 6);
    MemoryRegion *root = box_new(m, "root2", 0x100000);
    AddressSpace *as = space_new(m, root, "as2");

    (void)data;
    memory_region_add_subregion(root, 0x8000, window_new(m, "w1", s.ram, 4 * PAGE, PAGE));
    memory_context_set_hooks(m->ctx, &(MemoryContextHooks){ .translates_code = true });
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    clean_all(s.ram);
    address_space_stl_notdirty(as, 0x8010, 0x11223344, ANY, NULL);
    g_assert_cmphex(address_space_ldl(as, 0x8010, ANY, NULL), ==, 0x11223344);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "4");
    assert_dirty(s.ram, DIRTY_MEMORY_CODE, "");
    address_space_stl(as, 0x8010, 0x11223344, ANY, NULL);
    assert_dirty(s.ram, DIRTY_MEMORY_CODE, "4");
}

/* Section 13.1: without a pointer every store marks by itself, so invalidate does nothing. */
static void invalidate_without_pointer(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 2);
    MemoryRegion *bar = g_new0(MemoryRegion, 1);
    g_autofree uint8_t *memory = g_malloc0(PAGE);
    MemoryRegion *const both[] = { s.ram, bar };

    (void)data;
    memory_region_set_readonly(s.ram, true);
    g_ptr_array_add(m->regions, bar);
    memory_region_init_ram_device_ptr(bar, NULL, "bar", PAGE, memory);
    memory_region_add_subregion(s.root, 0x10000, bar);
    for (unsigned i = 0; i < 2; i++) {
        MemoryRegionCache cache;
        memory_region_set_log(both[i], true, DIRTY_MEMORY_VGA);
        clean_all(both[i]);
        address_space_cache_init(&cache, s.as, i * 0x10000, 0x10, true);
        g_assert_null(cache.ptr);
        address_space_cache_invalidate(&cache, 0, 0x10);
        assert_dirty(both[i], DIRTY_MEMORY_VGA, "");
        address_space_stl_le_cached(&cache, 0, 1, ANY, NULL);
        assert_dirty(both[i], DIRTY_MEMORY_VGA, i ? "0" : "");
        address_space_cache_destroy(&cache);
    }
    memory_drain();
    region_undo(m, bar);
}

static void marks_rom_device(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = romd_new(m, "flash", 4 * PAGE);

    (void)data;
    clean_all(mr);
    memory_region_flush_rom_device(mr, PAGE, 1);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "");
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    memory_region_flush_rom_device(mr, PAGE - 1, 2);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "0-1");
}

/* Section 4.1: the flush hook is called before a ROM device changes its mode, because its RAM may
 * have unreported changes. */
static void flush_out_of_romd_mode(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = romd_new(m, "flash", PAGE);

    (void)data;
    if (g_test_subprocess()) {
        memory_region_rom_device_set_romd(mr, false);
        memory_region_flush_rom_device(mr, 0, 1);
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*memory_region_flush_rom_device*");
}

/* The library marks its writes to a RAM device, too. */
static void marks_ram_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *mr = g_new0(MemoryRegion, 1);
    AddressSpace *as = space_new(m, root, "as");
    g_autofree uint8_t *memory = g_malloc0(2 * PAGE);

    (void)data;
    g_ptr_array_add(m->regions, mr);
    memory_region_init_ram_device_ptr(mr, NULL, "bar", 2 * PAGE, memory);
    memory_region_add_subregion(root, 0, mr);
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    clean_all(mr);
    address_space_stl_le(as, PAGE + 8, 1, ANY, NULL);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "1");
    region_undo(m, mr);
}

static void marks_by_mouth(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 6);

    (void)data;
    clean_all(s.ram);
    memory_region_set_dirty(s.ram, PAGE, PAGE);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "");
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    memory_region_set_dirty(s.ram, PAGE - 1, PAGE + 2);
    memory_region_set_dirty(s.ram, 5 * PAGE, 0);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "0-2");
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "");
}

/* A client that stops logging keeps its dirty bits. */
static void bits_stay(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 6);

    (void)data;
    clean_all(s.ram);
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    address_space_stb(s.as, 2 * PAGE, 1, ANY, NULL);
    memory_region_set_log(s.ram, false, DIRTY_MEMORY_VGA);
    address_space_stb(s.as, 3 * PAGE, 1, ANY, NULL);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "2");
}

/* ---- Clearing --------------------------------------------------------------------------- */

static void reset_rounds_outwards(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", 6 * PAGE);

    (void)data;
    memory_region_reset_dirty(mr, 2 * PAGE - 1, 2, DIRTY_MEMORY_VGA);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "0 3-5");
    memory_region_reset_dirty(mr, 4 * PAGE, 0, DIRTY_MEMORY_VGA);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "0 3-5");
    assert_dirty(mr, DIRTY_MEMORY_MIGRATION, "0-5");
    g_assert_true(memory_region_test_and_clear_dirty(mr, 0, 2 * PAGE, DIRTY_MEMORY_VGA));
    g_assert_false(memory_region_test_and_clear_dirty(mr, 0, 2 * PAGE, DIRTY_MEMORY_VGA));
    g_assert_false(memory_region_test_and_clear_dirty(mr, 3 * PAGE, 0, DIRTY_MEMORY_VGA));
    assert_dirty(mr, DIRTY_MEMORY_VGA, "3-5");
}

/* Ranges that cross words and groups of the maps: pages outside the range stay as they are. */
static void reset_random_ranges(Machine *m, gconstpointer data)
{
    enum { PAGES = 3000 };
    MemoryRegion *mr = ram_new(m, "ram", (uint64_t)PAGES * PAGE);
    bool want[PAGES];

    (void)data;
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    memset(want, true, sizeof(want));
    for (unsigned round = 0; round < 300; round++) {
        unsigned first = (unsigned)g_test_rand_int_range(0, PAGES);
        unsigned end = (unsigned)g_test_rand_int_range((gint32)first, PAGES) + 1;
        bool to = g_test_rand_bit();
        if (to) {
            unsigned most = first + (unsigned)g_test_rand_int_range(1, 70);
            end = MIN(end, most);
            memory_region_set_dirty(mr, (hwaddr)first * PAGE, (hwaddr)(end - first) * PAGE);
        } else {
            bool any = memchr(want + first, true, end - first) != NULL;
            g_assert_true(any == memory_region_test_and_clear_dirty(mr, (hwaddr)first * PAGE,
                                                                    (hwaddr)(end - first) * PAGE,
                                                                    0));
        }
        memset(want + first, to, end - first);
        for (unsigned p = 0; p < PAGES; p++) {
            g_assert_true(want[p] == memory_region_get_dirty(mr, (hwaddr)p * PAGE, 1, 0));
        }
        bool any = memchr(want, true, PAGES) != NULL;
        g_assert_true(any == memory_region_get_dirty(mr, 0, (hwaddr)PAGES * PAGE, 0));
    }
}

/* ---- Snapshots -------------------------------------------------------------------------- */

static void snapshot_rounds_to_64(Machine *m, gconstpointer data)
{
    MemoryRegion *before = ram_new(m, "before", 64 * PAGE), *mr = ram_new(m, "ram", 200 * PAGE);
    MemoryRegion *behind = ram_new(m, "behind", 64 * PAGE);
    DirtyBitmapSnapshot *snap;

    (void)data;
    snap = memory_region_snapshot_and_clear_dirty(mr, 100 * PAGE + 1, 1, DIRTY_MEMORY_VGA);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "0-63 128-199");
    assert_dirty(mr, DIRTY_MEMORY_MIGRATION, "0-199");
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, 64 * PAGE, 64 * PAGE));
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, 127 * PAGE, 1));
    g_assert_false(memory_region_snapshot_get_dirty(mr, snap, 127 * PAGE, 0));
    free(snap);
    free(memory_region_snapshot_and_clear_dirty(mr, 0, 200 * PAGE, DIRTY_MEMORY_VGA));
    assert_dirty(mr, DIRTY_MEMORY_VGA, "");
    assert_dirty(before, DIRTY_MEMORY_VGA, "0-63");
    assert_dirty(behind, DIRTY_MEMORY_VGA, "0-63");
}

static void snapshot_is_a_copy(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 6);
    DirtyBitmapSnapshot *first, *second;

    (void)data;
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    clean_all(s.ram);
    address_space_stb(s.as, 2 * PAGE, 1, ANY, NULL);
    first = memory_region_snapshot_and_clear_dirty(s.ram, 0, 6 * PAGE, DIRTY_MEMORY_VGA);
    address_space_stb(s.as, 3 * PAGE, 1, ANY, NULL);
    second = memory_region_snapshot_and_clear_dirty(s.ram, 0, 6 * PAGE, DIRTY_MEMORY_VGA);
    assert_snapshot(s.ram, first, "2");
    assert_snapshot(s.ram, first, "2");
    assert_snapshot(s.ram, second, "3");
    g_assert_true(memory_region_snapshot_get_dirty(s.ram, first, 0, 6 * PAGE));
    g_assert_false(memory_region_snapshot_get_dirty(s.ram, first, 3 * PAGE, 3 * PAGE));
    free(first);
    free(second);
}

/* next_dirty() returns the runs of pages for which get_dirty() is true, cut to the range. */
static void snapshot_runs(Machine *m, gconstpointer data)
{
    enum { PAGES = 70000 };
    MemoryRegion *mr = flags_new(m, "ram", (uint64_t)PAGES * PAGE, RAM_NORESERVE);
    hwaddr at = 3 * PAGE + 5, len;
    DirtyBitmapSnapshot *snap;

    (void)data;
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    clean_all(mr);
    memory_region_set_dirty(mr, 2 * PAGE, 2 * PAGE);
    memory_region_set_dirty(mr, 510 * PAGE, 70 * PAGE);
    memory_region_set_dirty(mr, 69998 * (hwaddr)PAGE, 2 * PAGE);
    snap = memory_region_snapshot_and_clear_dirty(mr, 0, (hwaddr)PAGES * PAGE, DIRTY_MEMORY_VGA);
    g_assert_true(memory_region_snapshot_next_dirty(mr, snap, &at, 600 * PAGE, &len));
    g_assert_cmphex(at, ==, 3 * PAGE + 5);
    g_assert_cmphex(len, ==, PAGE - 5);
    at += len;
    g_assert_true(memory_region_snapshot_next_dirty(mr, snap, &at, 579 * PAGE + 1, &len));
    g_assert_cmphex(at, ==, 510 * PAGE);
    g_assert_cmphex(len, ==, 69 * PAGE + 1);
    at += len;
    g_assert_false(memory_region_snapshot_next_dirty(mr, snap, &at, at, &len));
    at = 580 * PAGE;
    g_assert_true(memory_region_snapshot_next_dirty(mr, snap, &at, (hwaddr)PAGES * PAGE, &len));
    g_assert_cmphex(at, ==, 69998 * (hwaddr)PAGE);
    g_assert_cmphex(len, ==, 2 * PAGE);
    assert_snapshot(mr, snap, "2-3 510-579 69998-69999");
    free(snap);
}

/* Groups of 512 pages that are wholly dirty, wholly clean or both, beside each other and for more
 * than the 64 that an entry of a snapshot's index has. */
static void snapshot_of_whole_groups(Machine *m, gconstpointer data)
{
    enum { GROUP = 512, PAGES = 200 * GROUP };
    MemoryRegion *mr = flags_new(m, "ram", (uint64_t)PAGES * PAGE, RAM_NORESERVE);
    DirtyBitmapSnapshot *snap;

    (void)data;
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    for (unsigned round = 0; round < 2; round++) {
        clean_all(mr);
        memory_region_set_dirty(mr, 0, 1);
        memory_region_set_dirty(mr, (hwaddr)GROUP * PAGE, (hwaddr)70 * GROUP * PAGE);
        memory_region_set_dirty(mr, (hwaddr)(80 * GROUP - 1) * PAGE,
                                (hwaddr)(60 * GROUP + 2) * PAGE);
        snap =
            memory_region_snapshot_and_clear_dirty(mr, 0, (hwaddr)PAGES * PAGE, DIRTY_MEMORY_VGA);
        assert_snapshot(mr, snap, "0 512-36351 40959-71680");
        assert_dirty(mr, DIRTY_MEMORY_VGA, "");
        free(snap);
    }
    memory_region_set_dirty(mr, 0, (hwaddr)PAGES * PAGE);
    snap = memory_region_snapshot_and_clear_dirty(mr, (hwaddr)GROUP * PAGE,
                                                  (hwaddr)192 * GROUP * PAGE, DIRTY_MEMORY_VGA);
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, (hwaddr)600 * PAGE, 1));
    assert_dirty(mr, DIRTY_MEMORY_VGA, "0-511 98816-102399");
    free(snap);
}

/* Finds the runs of a range a few at a time, and checks them against the pages that were dirty. */
static void assert_runs(MemoryRegion *mr, DirtyBitmapSnapshot *snap, const bool *want, hwaddr at,
                        hwaddr end)
{
    DirtyBitmapRun run[5];
    hwaddr passed = at, next = at, len;
    size_t n;

    while ((n = memory_region_snapshot_next_runs(mr, snap, &at, end, run,
                                                 (size_t)g_test_rand_int_range(1, 6)))) {
        for (size_t i = 0; i < n; i++) {
            g_assert_true(memory_region_snapshot_next_dirty(mr, snap, &next, end, &len));
            g_assert_cmphex(run[i].addr, ==, next);
            g_assert_cmphex(run[i].len, ==, len);
            g_assert_cmphex(len, >, 0);
            for (; passed < next; passed = (passed / PAGE + 1) * PAGE) {
                g_assert_false(want[passed / PAGE]);
            }
            for (passed = next, next += len; passed < next; passed = (passed / PAGE + 1) * PAGE) {
                g_assert_true(want[passed / PAGE]);
            }
        }
        g_assert_cmphex(at, ==, next);
    }
    g_assert_false(memory_region_snapshot_next_dirty(mr, snap, &next, end, &len));
    for (; passed < end; passed = (passed / PAGE + 1) * PAGE) {
        g_assert_false(want[passed / PAGE]);
    }
}

/* Makes runs of random length dirty, between runs of random length that stay as they are. */
static void mark_at_random(MemoryRegion *mr, bool *want, unsigned pages)
{
    gint32 most = 1 << g_test_rand_int_range(1, 16);

    for (unsigned p = 0; p < pages;) {
        unsigned count = (unsigned)g_test_rand_int_range(1, most);
        count = MIN(count, pages - p);
        if (g_test_rand_bit()) {
            memory_region_set_dirty(mr, (hwaddr)p * PAGE, (hwaddr)count * PAGE);
            memset(want + p, true, count);
        }
        p += count;
    }
}

/* Does the same with a bitmap for a part of the pages, as an accelerator delivers it. It begins at
 * a word of the maps, or somewhere. Bits behind its end have no meaning. */
static void mark_bitmap_at_random(MemoryRegion *mr, bool *want, unsigned pages)
{
    unsigned first = (unsigned)g_test_rand_int_range(0, (gint32)pages);
    unsigned apart = 1u << g_test_rand_int_range(0, 12);

    first = g_test_rand_bit() ? first / 64 * 64 : first;
    unsigned count = (unsigned)g_test_rand_int_range(0, (gint32)(pages - first) + 1);
    unsigned long *bitmap = g_malloc0(count / 64 * 8 + 8);
    for (unsigned p = 0; p < count / 64 * 64 + 64; p++) {
        if (g_test_rand_int_range(0, (gint32)apart) == 0) {
            put_bit(bitmap, p);
            if (p < count) {
                want[first + p] = true;
            }
        }
    }
    cpu_physical_memory_set_dirty_bitmap(bitmap,
                                         memory_region_get_ram_addr(mr) + (ram_addr_t)first * PAGE,
                                         count, VGA);
    g_free(bitmap);
}

/* Snapshots of all pages and of some, which clear in different ways (ram/dirty.h). Each one has the
 * pages that were marked since the last one that covered them, and leaves the others alone. */
static void snapshot_of_random_pages(Machine *m, gconstpointer data)
{
    enum { PAGES = 2 * 32768 + 1000 };
    MemoryRegion *mr = flags_new(m, "ram", (uint64_t)PAGES * PAGE, RAM_NORESERVE);
    bool *want = g_malloc(PAGES);

    (void)data;
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    memset(want, true, PAGES);
    for (unsigned round = 0; round < 40; round++) {
        unsigned first = 0, end = PAGES;
        if (g_test_rand_bit()) {
            first = (unsigned)g_test_rand_int_range(0, PAGES);
            end = (unsigned)g_test_rand_int_range((gint32)first, PAGES) + 1;
        }
        if (g_test_rand_bit()) {
            mark_at_random(mr, want, PAGES);
        }
        mark_bitmap_at_random(mr, want, PAGES);
        DirtyBitmapSnapshot *snap =
            memory_region_snapshot_and_clear_dirty(mr, (hwaddr)first * PAGE,
                                                   (hwaddr)(end - first) * PAGE, DIRTY_MEMORY_VGA);
        assert_runs(mr, snap, want, (hwaddr)first * PAGE, (hwaddr)end * PAGE);
        assert_runs(mr, snap, want, (hwaddr)(first + (end - first) / 3) * PAGE + 5,
                    (hwaddr)end * PAGE - 3);
        free(snap);
        first = first / 64 * 64;
        end = MIN((end + 63) / 64 * 64, PAGES);
        memset(want + first, false, end - first);
        for (unsigned p = 0; p < PAGES; p++) {
            g_assert_true(want[p] == memory_region_get_dirty(mr, (hwaddr)p * PAGE, 1, 0));
        }
    }
    g_free(want);
}

/* Pages after the end of the RAM are never dirty, also within the last word. */
static void snapshot_ends_with_ram(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", 5 * PAGE);
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(mr, 0, 5 * PAGE, DIRTY_MEMORY_VGA);

    (void)data;
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, 4 * PAGE, PAGE));
    g_assert_false(memory_region_snapshot_get_dirty(mr, snap, 5 * PAGE, 59 * PAGE));
    free(snap);
}

/* RAM that may grow has maps for more pages than it uses. */
static void snapshot_ends_with_used_ram(Machine *m, gconstpointer data)
{
    enum { USED = 1536, MOST = 8192 };
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    DirtyBitmapSnapshot *snap;
    hwaddr at = 0, len;

    (void)data;
    g_ptr_array_add(m->regions, mr);
    memory_region_init_resizeable_ram(mr, NULL, "re", USED * PAGE, MOST * PAGE, NULL, NULL);
    snap = memory_region_snapshot_and_clear_dirty(mr, 0, USED * PAGE, DIRTY_MEMORY_VGA);
    g_assert_true(memory_region_snapshot_next_dirty(mr, snap, &at, USED * PAGE, &len));
    g_assert_cmphex(len, ==, USED * PAGE);
    free(snap);
}

static void snapshot_wrong(Machine *m, gconstpointer data)
{
    const hwaddr beyond_32_bits = UINT64_C(1) << 32;
    MemoryRegion *mr = ram_new(m, "ram", 200 * PAGE), *io = io_new(m, "io", PAGE);
    DirtyBitmapSnapshot *snap;

    (void)data;
    snap = memory_region_snapshot_and_clear_dirty(mr, 70 * PAGE, PAGE, DIRTY_MEMORY_VGA);
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, 63 * PAGE, 1));
    expect_message(m, "misuse", "0x40000", "0x3f000", NULL);
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, 127 * PAGE, PAGE + 1));
    expect_message(m, "misuse", "0x7f000", NULL);
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, beyond_32_bits + 70 * PAGE, 1));
    expect_message(m, "misuse", "0x100046000", NULL);
    free(snap);
    g_assert_null(memory_region_snapshot_and_clear_dirty(mr, 1, 200 * PAGE, DIRTY_MEMORY_VGA));
    expect_message(m, "misuse", "'ram'", NULL);
    g_assert_null(memory_region_snapshot_and_clear_dirty(mr, 0, PAGE, DIRTY_MEMORY_NUM));
    expect_message(m, "misuse", "client 3", NULL);
    g_assert_null(memory_region_snapshot_and_clear_dirty(io, 0, PAGE, DIRTY_MEMORY_VGA));
    expect_message(m, "misuse", "'io'", NULL);
    memory_region_reset_dirty(mr, 200 * PAGE, 1, DIRTY_MEMORY_VGA);
    expect_message(m, "misuse", "'ram'", NULL);
    memory_region_set_dirty(io, 0, 1);
    expect_message(m, "misuse", "'io'", NULL);
    g_assert_false(memory_region_get_dirty(mr, 0, PAGE, DIRTY_MEMORY_NUM));
    expect_message(m, "misuse", "client 3", NULL);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "0-63 128-199");
}

/* If the host has no memory for a map, everything stays dirty, and the program goes on. */
static void no_memory_for_maps(Machine *m, gconstpointer data)
{
    if (!host_has_64_bits) {
        g_test_skip("a 32-bit host has memory for the map of every block");
        return;
    }
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    (void)data;
    g_ptr_array_add(m->regions, mr);
    memory_region_init_ram_ptr(mr, NULL, "endless", (uint64_t)1 << 62, (void *)(uintptr_t)PAGE);
    g_assert_null(memory_region_snapshot_and_clear_dirty(mr, 0, PAGE, DIRTY_MEMORY_VGA));
    g_assert_true(memory_region_test_and_clear_dirty(mr, 0, PAGE, DIRTY_MEMORY_VGA));
    expect_message(m, "error", "'endless'", "memory", NULL);
    g_assert_true(memory_region_get_dirty(mr, (uint64_t)1 << 61, 1, DIRTY_MEMORY_VGA));
}

/* ---- Guest pages of other sizes ------------------------------------------------------------ */

static void other_pages(Machine *m, gconstpointer data)
{
    const unsigned bits = ((const MemoryContextOptions *)data)->page_bits;
    const hwaddr page = (hwaddr)1 << bits;
    MemoryRegion *mr = flags_new(m, "ram", page < 4096 ? 4096 : 3 * page, RAM_NORESERVE);

    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    clean_all(mr);
    memory_region_set_dirty(mr, page - 1, 2);
    g_assert_true(memory_region_get_dirty(mr, 0, 1, DIRTY_MEMORY_VGA));
    g_assert_true(memory_region_get_dirty(mr, 2 * page - 1, 1, DIRTY_MEMORY_VGA));
    g_assert_false(memory_region_get_dirty(mr, 2 * page, page, DIRTY_MEMORY_VGA));
}

/* ---- Resizing (5) ----------------------------------------------------------------------- */

static void resized(const char *id, uint64_t length, void *host)
{
    (void)id, (void)length, (void)host;
}

static void resize(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    ram_addr_t base;

    (void)data;
    g_ptr_array_add(m->regions, mr);
    memory_region_init_resizeable_ram(mr, NULL, "re", 3 * PAGE, 100 * PAGE, resized, NULL);
    base = memory_region_get_ram_addr(mr);
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    g_assert_false(cpu_physical_memory_get_dirty(base + 3 * PAGE, 97 * PAGE, DIRTY_MEMORY_VGA));
    clean_all(mr);
    memory_region_ram_resize(mr, 70 * PAGE, NULL);
    for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
        assert_dirty(mr, c, "0-69");
    }
    cpu_physical_memory_set_dirty_range(base + 70 * PAGE, PAGE, VGA);
    g_assert_false(cpu_physical_memory_get_dirty(base + 70 * PAGE, 30 * PAGE, DIRTY_MEMORY_VGA));
    memory_region_ram_resize(mr, 2 * PAGE, NULL);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "0-1");
    g_assert_false(cpu_physical_memory_get_dirty(base + 2 * PAGE, 98 * PAGE, DIRTY_MEMORY_VGA));
    clean_all(mr);
    memory_region_ram_resize(mr, 2 * PAGE - 8, NULL);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "");
    memory_region_ram_resize(mr, 100 * PAGE, NULL);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "0-99");
}

/* The order of a resize: notifiers, the old range cleared for each client, the region, the
 * callback. */
static Machine *heard_by;

static void heard_block(RAMBlockNotifier *n, void *host, size_t old_size, size_t new_size)
{
    (void)n, (void)host;
    g_string_append_printf(heard_by->trace, " block:%zx>%zx", old_size, new_size);
}

static void heard_callback(const char *id, uint64_t length, void *host)
{
    (void)id, (void)host;
    g_string_append_printf(heard_by->trace, " resized:%" PRIx64, length);
}

static void resize_order(Machine *m, gconstpointer data)
{
    RAMBlockNotifier notifier = { .ram_block_resized = heard_block };
    MemoryRegion *root = box_new(m, "root", 0x100000), *mr = g_new0(MemoryRegion, 1);
    Ear ear;

    (void)data;
    heard_by = m;
    g_ptr_array_add(m->regions, mr);
    memory_region_init_resizeable_ram(mr, NULL, "re", PAGE, 10 * PAGE, heard_callback, NULL);
    memory_region_add_subregion(root, 0, mr);
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    ear_start(&ear, m, "l", 0, space_new(m, root, "as"));
    ram_block_notifier_add(&notifier);
    g_string_truncate(m->trace, 0);
    memory_region_ram_resize(mr, 3 * PAGE, NULL);
    assert_trace(m, " block:1000>3000 l:clear(0-fff re@0) l:clear(0-fff re@0) l:clear(0-fff re@0)"
                    " l:commit resized:3000");
    ram_block_notifier_remove(&notifier);
    memory_listener_unregister(&ear.listener);
}

/* ---- Code ------------------------------------------------------------------------------- */

static void hear_code(ram_addr_t start, ram_addr_t length, void *opaque)
{
    Machine *m = opaque;

    g_string_append_printf(m->trace, "%" PRIxPTR "+%" PRIxPTR " ", start, length);
}

static void code(Machine *m, gconstpointer data)
{
    const MemoryContextHooks hooks = { .invalidate_code = hear_code,
                                       .translates_code = true,
                                       .opaque = m };
    MemoryRegion *first = ram_new(m, "first", PAGE);
    Stage s = stage_new(m, 300);
    g_autofree uint8_t *buf = g_malloc0(300 * PAGE);
    ram_addr_t base = memory_region_get_ram_addr(s.ram);

    (void)data, (void)first;
    memory_context_set_hooks(m->ctx, &hooks);
    g_assert_cmphex(base, ==, 0x40000);
    address_space_stb(s.as, 0, 1, ANY, NULL);
    assert_trace(m, "");
    memory_region_reset_dirty(s.ram, 2 * PAGE, 3 * PAGE, DIRTY_MEMORY_CODE);
    address_space_stl_notdirty(s.as, 2 * PAGE, 1, ANY, NULL);
    cpu_physical_memory_set_dirty_flag(base + 2 * PAGE, DIRTY_MEMORY_CODE);
    assert_trace(m, "");
    address_space_stl_le(s.as, 2 * PAGE, 1, ANY, NULL);
    assert_trace(m, "");
    address_space_stl_le(s.as, 4 * PAGE - 2, 1, ANY, NULL);
    assert_trace(m, "43000+2000 ");
    address_space_stl_le(s.as, 4 * PAGE - 2, 1, ANY, NULL);
    assert_trace(m, "");
    memory_region_reset_dirty(s.ram, 0, 5 * PAGE, DIRTY_MEMORY_CODE);
    memory_region_reset_dirty(s.ram, 62 * PAGE, 130 * PAGE, DIRTY_MEMORY_CODE);
    address_space_write(s.as, PAGE, ANY, buf, 190 * PAGE);
    assert_trace(m, "41000+4000 7e000+2000 80000+40000 c0000+3f000 ");
    memory_region_reset_dirty(s.ram, 0, PAGE, DIRTY_MEMORY_CODE);
    memory_region_set_dirty(s.ram, 0, 1);
    assert_trace(m, "40000+1000 ");
    memory_context_set_hooks(m->ctx, NULL);
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions small_pages = { .page_bits = 6 };
    static const MemoryContextOptions large_pages = { .page_bits = 21 };

    g_test_init(&argc, &argv, NULL);
    TEST("/dirty/17.1/masks", masks);
    TEST("/dirty/17.1/of-now", mask_is_of_now);
    TEST("/dirty/17.1/count", count);
    add_other_clients();
    TEST("/dirty/17.2/new-ram", new_ram_is_dirty);
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/dirty/17.2/marks/%s", ways[i].name);
        g_test_add(path, Machine, &ways[i], machine_setup_plain, marks, machine_teardown);
    }
    TEST("/dirty/17.2/marks/seam", marks_over_seam);
    TEST("/dirty/13.1/invalidate-without-pointer", invalidate_without_pointer);
    TEST("/dirty/17.2/marks/rom-device", marks_rom_device);
    TEST("/dirty/4.1/flush-asserts-romd", flush_out_of_romd_mode);
    TEST("/dirty/17.2/marks/ram-device", marks_ram_device);
    TEST("/dirty/17.2/marks/set-dirty", marks_by_mouth);
    TEST("/dirty/17.2/bits-stay", bits_stay);
    TEST("/dirty/R7/notdirty", not_dirty_is_for_code);
    TEST("/dirty/17.2/reset", reset_rounds_outwards);
    TEST("/dirty/17.2/reset-random", reset_random_ranges);
    TEST("/dirty/17.2/snapshot/rounding", snapshot_rounds_to_64);
    TEST("/dirty/17.2/snapshot/copy", snapshot_is_a_copy);
    TEST("/dirty/17.2/snapshot/runs", snapshot_runs);
    TEST("/dirty/17.2/snapshot/groups", snapshot_of_whole_groups);
    TEST("/dirty/17.2/snapshot/random", snapshot_of_random_pages);
    TEST("/dirty/17.2/snapshot/end", snapshot_ends_with_ram);
    TEST("/dirty/17.2/snapshot/used-end", snapshot_ends_with_used_ram);
    misuse_test_add("/dirty/R10/snapshot", snapshot_wrong);
    TEST("/dirty/no-memory", no_memory_for_maps);
    TEST_WITH("/dirty/22.1/small-pages", other_pages, &small_pages);
    TEST_WITH("/dirty/22.1/large-pages", other_pages, &large_pages);
    TEST("/dirty/5/resize", resize);
    TEST("/dirty/5/resize-order", resize_order);
    TEST("/dirty/code", code);
    return g_test_run();
}
