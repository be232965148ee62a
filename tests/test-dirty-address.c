/* SPDX-License-Identifier: MIT
 *
 * Dirty pages by RAM address, and the little-endian bitmaps of accelerators (specification 22.6).
 */
#include "dirty-support.h"

/* Two clean blocks of five and of three pages, 64 pages apart. */
typedef struct Blocks {
    MemoryRegion *a, *b;
} Blocks;

enum { A = 0, B = 64 * PAGE };

static Blocks blocks_new(Machine *m)
{
    Blocks s = { ram_new(m, "a", 5 * PAGE), ram_new(m, "b", 3 * PAGE) };

    g_assert_cmphex(memory_region_get_ram_addr(s.a), ==, A);
    g_assert_cmphex(memory_region_get_ram_addr(s.b), ==, B);
    clean_all(s.a);
    clean_all(s.b);
    return s;
}

static void asks(Machine *m, gconstpointer data)
{
    Blocks s = blocks_new(m);

    (void)data;
    cpu_physical_memory_set_dirty_range(A + PAGE, 2 * PAGE, VGA | MIGRATION);
    assert_dirty(s.a, DIRTY_MEMORY_VGA, "1-2");
    assert_dirty(s.a, DIRTY_MEMORY_CODE, "");
    assert_dirty(s.a, DIRTY_MEMORY_MIGRATION, "1-2");
    g_assert_true(cpu_physical_memory_get_dirty(A, 5 * PAGE, DIRTY_MEMORY_VGA));
    g_assert_false(cpu_physical_memory_get_dirty(A, PAGE, DIRTY_MEMORY_VGA));
    g_assert_false(cpu_physical_memory_get_dirty(A, 5 * PAGE, DIRTY_MEMORY_CODE));
    g_assert_false(cpu_physical_memory_get_dirty(A + PAGE, 0, DIRTY_MEMORY_VGA));
    g_assert_true(cpu_physical_memory_all_dirty(A + PAGE, 2 * PAGE, DIRTY_MEMORY_VGA));
    g_assert_false(cpu_physical_memory_all_dirty(A + PAGE, 2 * PAGE + 1, DIRTY_MEMORY_VGA));
    g_assert_false(cpu_physical_memory_all_dirty(A + PAGE - 1, 2, DIRTY_MEMORY_VGA));
    g_assert_true(cpu_physical_memory_get_dirty_flag(A + 3 * PAGE - 1, DIRTY_MEMORY_VGA));
    g_assert_false(cpu_physical_memory_get_dirty_flag(A + 3 * PAGE, DIRTY_MEMORY_VGA));
}

/* A page counts as clean if it is clean for at least one of the three clients. */
static void clean_for_one(Machine *m, gconstpointer data)
{
    (void)data;
    blocks_new(m);
    cpu_physical_memory_set_dirty_range(A, 2 * PAGE, DIRTY_CLIENTS_NOCODE);
    g_assert_true(cpu_physical_memory_is_clean(A));
    cpu_physical_memory_set_dirty_flag(A, DIRTY_MEMORY_CODE);
    g_assert_false(cpu_physical_memory_is_clean(A));
    g_assert_true(cpu_physical_memory_is_clean(A + PAGE));
    g_assert_cmphex(cpu_physical_memory_range_includes_clean(A, PAGE, 7), ==, 0);
    g_assert_cmphex(cpu_physical_memory_range_includes_clean(A, 2 * PAGE, 7), ==, CODE);
    g_assert_cmphex(cpu_physical_memory_range_includes_clean(A, 2 * PAGE, VGA), ==, 0);
    g_assert_cmphex(cpu_physical_memory_range_includes_clean(A, 3 * PAGE, 5), ==, VGA | MIGRATION);
    g_assert_cmphex(cpu_physical_memory_range_includes_clean(A + 2 * PAGE, 0, 7), ==, 0);
}

/* The addresses between and after blocks are not RAM. */
static void no_ram(Machine *m, gconstpointer data)
{
    const ram_addr_t nowhere = RAM_ADDR_INVALID / 2 + 1;
    Blocks s = blocks_new(m);

    (void)data;
    cpu_physical_memory_set_dirty_range(A + 5 * PAGE, 59 * PAGE, 7);
    cpu_physical_memory_set_dirty_range(nowhere, PAGE, 7);
    cpu_physical_memory_set_dirty_range(RAM_ADDR_INVALID, RAM_ADDR_INVALID, 7);
    assert_dirty(s.a, DIRTY_MEMORY_VGA, "");
    assert_dirty(s.b, DIRTY_MEMORY_VGA, "");
    g_assert_false(cpu_physical_memory_get_dirty(A + 5 * PAGE, PAGE, DIRTY_MEMORY_VGA));
    g_assert_true(cpu_physical_memory_is_clean(nowhere));
    g_assert_false(cpu_physical_memory_test_and_clear_dirty(nowhere, PAGE, DIRTY_MEMORY_VGA));
    cpu_physical_memory_set_dirty_range(A + 4 * PAGE, 61 * PAGE, VGA);
    assert_dirty(s.a, DIRTY_MEMORY_VGA, "4");
    assert_dirty(s.b, DIRTY_MEMORY_VGA, "0");
    g_assert_false(cpu_physical_memory_all_dirty(A + 4 * PAGE, 61 * PAGE, DIRTY_MEMORY_VGA));
    cpu_physical_memory_set_dirty_range(0, RAM_ADDR_INVALID, VGA);
    assert_dirty(s.b, DIRTY_MEMORY_VGA, "0-2");
}

static void clears(Machine *m, gconstpointer data)
{
    Blocks s = blocks_new(m);

    (void)data;
    cpu_physical_memory_set_dirty_range(0, 2 * B, 7);
    g_assert_true(cpu_physical_memory_test_and_clear_dirty(A + 2 * PAGE - 1, 63 * PAGE,
                                                           DIRTY_MEMORY_VGA));
    assert_dirty(s.a, DIRTY_MEMORY_VGA, "0");
    assert_dirty(s.b, DIRTY_MEMORY_VGA, "1-2");
    assert_dirty(s.b, DIRTY_MEMORY_CODE, "0-2");
    g_assert_false(cpu_physical_memory_test_and_clear_dirty(A + PAGE, 4 * PAGE, DIRTY_MEMORY_VGA));
    cpu_physical_memory_clear_dirty_range(A, PAGE);
    for (unsigned c = 1; c < DIRTY_MEMORY_NUM; c++) {
        assert_dirty(s.a, c, "1-4");
    }
    assert_dirty(s.a, DIRTY_MEMORY_VGA, "");
}

static void snapshot(Machine *m, gconstpointer data)
{
    Blocks s = blocks_new(m);
    DirtyBitmapSnapshot *snap;

    (void)data;
    cpu_physical_memory_set_dirty_range(B + PAGE, PAGE, VGA);
    snap = cpu_physical_memory_snapshot_and_clear_dirty(s.b, 0, 3 * PAGE, DIRTY_MEMORY_VGA);
    g_assert_true(cpu_physical_memory_snapshot_get_dirty(snap, B, 3 * PAGE));
    g_assert_false(cpu_physical_memory_snapshot_get_dirty(snap, B, PAGE));
    assert_snapshot(s.b, snap, "1");
    assert_dirty(s.b, DIRTY_MEMORY_VGA, "");
    free(snap);
}

/* ---- What an accelerator delivers --------------------------------------------------------- */

static void lebitmap(Machine *m, gconstpointer data)
{
    unsigned long bitmap[256 / LONG_BITS] = { 0 };
    MemoryRegion *mr = migratable_new(m, "ram", 200 * PAGE);

    (void)data;
    clean_all(mr);
    for (unsigned i = 3; i < 68; i++) {
        put_bit(bitmap, i);
    }
    put_bit(bitmap, 0);
    put_bit(bitmap, 127);
    put_bit(bitmap, 150); /* after the end */
    cpu_physical_memory_set_dirty_lebitmap(bitmap, PAGE, 150);
    assert_dirty(mr, DIRTY_MEMORY_VGA, "1 4-68 128");
    assert_dirty(mr, DIRTY_MEMORY_CODE, "");
    assert_dirty(mr, DIRTY_MEMORY_MIGRATION, "");
    memory_global_dirty_log_start();
    memory_context_set_hooks(m->ctx, &(MemoryContextHooks){ .translates_code = true });
    cpu_physical_memory_set_dirty_lebitmap(bitmap, 10 * PAGE, 1);
    assert_dirty(mr, DIRTY_MEMORY_MIGRATION, "10");
    assert_dirty(mr, DIRTY_MEMORY_CODE, "10");
    memory_context_set_hooks(m->ctx, NULL);
    memory_global_dirty_log_stop();
}

/* The bits of a word of the bitmap lie in two words of a map, or in two blocks. */
static void bitmap_for_clients(Machine *m, gconstpointer data)
{
    unsigned long bitmap[1024 / LONG_BITS] = { 0 };
    MemoryRegion *mr = ram_new(m, "ram", 1100 * PAGE), *next = ram_new(m, "next", 64 * PAGE);
    ram_addr_t base = memory_region_get_ram_addr(mr), end = memory_region_get_ram_addr(next);

    (void)data;
    clean_all(mr);
    clean_all(next);
    for (unsigned i = 0; i < 1000; i += i % 100 == 20 ? 80 : 1) {
        put_bit(bitmap, i);
    }
    put_bit(bitmap, 1001); /* after the end */
    cpu_physical_memory_set_dirty_bitmap(bitmap, base + 37 * PAGE, 1000, MIGRATION | CODE);
    for (unsigned c = DIRTY_MEMORY_CODE; c <= DIRTY_MEMORY_MIGRATION; c++) {
        assert_dirty(mr, c,
                     "37-57 137-157 237-257 337-357 437-457 537-557 637-657 737-757 "
                     "837-857 937-957");
    }
    assert_dirty(mr, DIRTY_MEMORY_VGA, "");
    clean_all(mr);
    cpu_physical_memory_set_dirty_bitmap(bitmap, end - 10 * PAGE, 15, VGA);
    assert_dirty(next, DIRTY_MEMORY_VGA, "0-4");
    assert_dirty(next, DIRTY_MEMORY_CODE, "");
}

/* A bit stands for a page of the host, whatever the guest's page size is. */
static void lebitmap_other_pages(Machine *m, gconstpointer data)
{
    const hwaddr page = (hwaddr)1 << ((const MemoryContextOptions *)data)->page_bits;
    unsigned long bitmap[1] = { 0 };
    MemoryRegion *mr = ram_new(m, "ram", 16 * PAGE);

    clean_all(mr);
    put_bit(bitmap, 5);
    cpu_physical_memory_set_dirty_lebitmap(bitmap, 0, 16);
    hwaddr first = 5 * PAGE / page * page, end = (6 * PAGE + page - 1) / page * page;
    g_assert_true(cpu_physical_memory_all_dirty(first, end - first, DIRTY_MEMORY_VGA));
    g_assert_false(memory_region_get_dirty(mr, 0, first, DIRTY_MEMORY_VGA));
    g_assert_false(memory_region_get_dirty(mr, end, 16 * PAGE - end, DIRTY_MEMORY_VGA));
}

/* ---- Wrong use -------------------------------------------------------------------------- */

static void wrong(Machine *m, gconstpointer data)
{
    unsigned long bitmap[1] = { 1 };
    Blocks s = blocks_new(m);
    DirtyBitmapSnapshot *snap;

    (void)data;
    g_assert_false(cpu_physical_memory_test_and_clear_dirty(A, PAGE, 3));
    expect_message(m, "misuse", "client 3", NULL);
    g_assert_false(cpu_physical_memory_get_dirty(A, PAGE, 3));
    expect_message(m, "misuse", "client 3", NULL);
    g_assert_false(cpu_physical_memory_all_dirty(A, PAGE, 64));
    expect_message(m, "misuse", "client 64", NULL);
    cpu_physical_memory_set_dirty_flag(A, 8);
    expect_message(m, "misuse", "client 8", NULL);
    cpu_physical_memory_set_dirty_bitmap(bitmap, 1, 1, VGA);
    expect_message(m, "misuse", "dirty_bitmap: RAM address 0x1 ", NULL);
    cpu_physical_memory_set_dirty_lebitmap(bitmap, 1, 1);
    expect_message(m, "misuse", "0x1 ", NULL);
    assert_dirty(s.a, DIRTY_MEMORY_VGA, "");
    snap = cpu_physical_memory_snapshot_and_clear_dirty(s.b, 0, PAGE, DIRTY_MEMORY_VGA);
    g_assert_true(cpu_physical_memory_snapshot_get_dirty(snap, A, PAGE));
    expect_message(m, "misuse", "snapshot", NULL);
    free(snap);
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions small_pages = { .page_bits = 10 };
    static const MemoryContextOptions large_pages = { .page_bits = 13 };

    g_test_init(&argc, &argv, NULL);
    TEST("/dirty-address/22.6/asks", asks);
    TEST("/dirty-address/22.6/clean-for-one", clean_for_one);
    TEST("/dirty-address/22.6/no-ram", no_ram);
    TEST("/dirty-address/22.6/clears", clears);
    TEST("/dirty-address/22.6/snapshot", snapshot);
    TEST("/dirty-address/22.6/lebitmap", lebitmap);
    TEST("/dirty-address/22.6/bitmap", bitmap_for_clients);
    TEST_WITH("/dirty-address/22.6/lebitmap/small-pages", lebitmap_other_pages, &small_pages);
    TEST_WITH("/dirty-address/22.6/lebitmap/large-pages", lebitmap_other_pages, &large_pages);
    misuse_test_add("/dirty-address/R10/wrong", wrong);
    return g_test_run();
}
