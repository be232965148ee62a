/* SPDX-License-Identifier: MIT
 *
 * Caches over IOMMUs, and dirty marks of stores through a cache (specification 10.4, 13, 17.2;
 * D7).
 */
#include <string.h>

#include "iommu-puppet.h"

/* ---- IOMMUs ----------------------------------------------------------------------------- */

/* Makes a cache over the board's IOMMU, from its offset 'skip' on. */
static MemoryRegionCache cache_over(Board *b, hwaddr skip, bool is_write)
{
    MemoryRegionCache c;

    g_assert_cmpint(address_space_cache_init(&c, b->bus, BOARD_AT + skip, 0x10000, is_write), ==,
                    (int64_t)(BOARD_SIZE - skip));
    g_assert_true(c.ptr == NULL && c.mrs.mr == puppet_region(b->u));
    g_assert_cmphex(c.xlat, ==, skip);
    return c;
}

/* Making the cache translates nothing; each access translates. */
static void translated_each_time(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegionCache c = cache_over(&b, 0x10, true);
    MemTxResult r = 0xee;

    (void)data;
    g_assert_cmpuint(b.u->asked, ==, 0);
    g_assert_cmphex(address_space_ldub_cached(&c, 3, ANY, &r), ==, board_byte(0x13));
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmpuint(b.u->asked, ==, 1);
    b.u->shift = 0x2000;
    g_assert_cmphex(ldub_phys_cached(&c, 3), ==, board_byte(0x2013));
    stl_be_phys_cached(&c, 0, 0x01020304);
    assert_hex(host_of(b.ram) + 0x2010, 4, "01020304");
    g_assert_cmphex(host_of(b.ram)[0x10], ==, board_byte(0x10));
    g_assert_cmpuint(b.u->asked, ==, 3);
    address_space_cache_destroy(&c);
}

/* Translates to pages in reverse order. */
static IOMMUTLBEntry reversed(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry entry = puppet_entry(s, addr);

    (void)flag, (void)index;
    entry.translated_addr = BOARD_SIZE - 0x1000 - entry.iova;
    return entry;
}

static uint8_t reversed_byte(hwaddr offset)
{
    return board_byte((BOARD_SIZE - 0x1000 - (offset & ~(hwaddr)0xfff)) | (offset & 0xfff));
}

/* D7: a block that covers several pages is translated for each page. */
static void blocks_over_pages(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegionCache c = cache_over(&b, 0x800, true);
    uint8_t buf[0x3000];

    (void)data;
    b.u->answer = reversed;
    g_assert_cmphex(address_space_read_cached(&c, 0x100, buf, sizeof(buf)), ==, MEMTX_OK);
    g_assert_cmpuint(b.u->asked, ==, 4);
    for (unsigned i = 0; i < sizeof(buf); i++) {
        g_assert_cmphex(buf[i], ==, reversed_byte(0x900 + i));
    }
    memset(buf, 0x5a, sizeof(buf));
    g_assert_cmphex(address_space_write_cached(&c, 0x7fe, buf, 4), ==, MEMTX_OK);
    assert_hex(host_of(b.ram) + 0x7ffe, 2, "5a5a");
    assert_hex(host_of(b.ram) + 0x6000, 2, "5a5a");
    g_assert_cmphex(host_of(b.ram)[0x7000], ==, board_byte(0x7000));
    address_space_cache_destroy(&c);
}

static void loads_over_pages(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegionCache c = cache_over(&b, 0, true);
    uint64_t want = 0;
    MemTxResult r = 0xee;

    (void)data;
    b.u->answer = reversed;
    for (unsigned i = 0; i < 8; i++) {
        want = want << 8 | reversed_byte(0xffd + i);
    }
    g_assert_cmphex(address_space_ldq_be_cached(&c, 0xffd, ANY, &r), ==, want);
    g_assert_cmphex(r, ==, MEMTX_OK);
    address_space_stl_be_cached(&c, 0x1ffe, 0x01020304, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_OK);
    assert_hex(host_of(b.ram) + 0x6ffe, 2, "0102");
    assert_hex(host_of(b.ram) + 0x5000, 2, "0304");
    address_space_cache_destroy(&c);
}

static void faults(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegionCache c = cache_over(&b, 0, true);
    MemTxResult r = 0;
    uint8_t buf[2] = { 1, 1 };

    (void)data;
    b.u->perm = IOMMU_RO;
    address_space_stb_cached(&c, 0, 0, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(host_of(b.ram)[0], ==, board_byte(0));
    g_assert_cmphex(address_space_lduw_le_cached(&c, 0, ANY, &r), ==,
                    board_byte(0) | board_byte(1) << 8);
    g_assert_cmphex(r, ==, MEMTX_OK);
    b.u->perm = IOMMU_NONE;
    g_assert_cmphex(address_space_ldl_le_cached(&c, 0, ANY, &r), ==, 0);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_read_cached(&c, 0, buf, 2), ==, MEMTX_DECODE_ERROR);
    assert_hex(buf, 2, "0000");
    address_space_cache_destroy(&c);
}

/* Loads and stores have attributes, which choose the table; block transfers have none. */
static void attributes(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_FULL);
    MemoryRegionCache c = cache_over(&b, 0, true);
    uint8_t byte;

    (void)data;
    b.u->tells = true;
    address_space_ldub_cached(&c, 1, (MemTxAttrs){ .secure = 1 }, NULL);
    address_space_stb_cached(&c, 0x1002, 0, (MemTxAttrs){ .secure = 1 }, NULL);
    ldub_phys_cached(&c, 3);
    address_space_read_cached(&c, 4, &byte, 1);
    assert_trace(m, "u:ro1/1 u:wo1002/1 u:ro3/0 u:ro4/0");
    address_space_cache_destroy(&c);
}

/* The cache keeps the IOMMU of its view. The space to which the IOMMU leads is used as it is
 * now. */
static void what_stays(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegionCache c = cache_over(&b, 0x20, true);
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    memory_region_del_subregion(b.bus_root, puppet_region(b.u));
    memory_region_add_subregion_overlap(b.root, 0, &p->mr, 1);
    memory_drain();
    g_assert_cmphex(ldl_be_phys_cached(&c, 0), ==, 0x30313233);
    g_assert_cmphex(ldl_be_phys_cached(&c, 8), ==, 0x38393a3b);
    assert_trace(m, "d:r20/4 d:r28/4");
    g_assert_cmphex(ldub_phys_cached(&c, 0x20), ==, board_byte(0x40));
    address_space_cache_destroy(&c);
}

/* A window onto RAM is followed by an IOMMU that leads to the RAM after the window. The cache's
 * pointer must end at the window, because the IOMMU's next answer may differ. */
static void pointer_ends_before_iommu(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegionCache c;

    (void)data;
    b.u->shift = 0x1000;
    memory_region_add_subregion(b.bus_root, 0, window_new(m, "w", b.ram, 0, 0x1000));
    g_assert_cmpint(address_space_cache_init(&c, b.bus, 0, 0x3000, true), ==, 0x1000);
    g_assert_true(c.ptr == host_of(b.ram));
    g_assert_cmpuint(b.u->asked, ==, 0);
    address_space_cache_destroy(&c);
}

/* ---- Dirty pages ------------------------------------------------------------------------ */

static void watch(MemoryRegion *ram)
{
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    memory_region_reset_dirty(ram, 0, memory_region_size(ram), DIRTY_MEMORY_VGA);
}

static bool take_dirty(MemoryRegion *ram, hwaddr addr, hwaddr size)
{
    bool dirty = cpu_physical_memory_get_dirty(memory_region_get_ram_addr(ram) + addr, size,
                                               DIRTY_MEMORY_VGA);

    memory_region_reset_dirty(ram, addr, size, DIRTY_MEMORY_VGA);
    return dirty;
}

static const MemoryContextOptions unmarked = { .quirks = MEMORY_QUIRK_UNMARKED_CACHE };

/* Specification 13.1, with the quirk: a store does not mark, but invalidate marks the bytes that
 * it is told. */
static void invalidate_marks(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram = ram_new(m, "ram", 0x8000);
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;

    (void)data;
    memory_region_add_subregion(root, 0, window_new(m, "w", ram, 0x1800, 0x6000));
    watch(ram);
    address_space_cache_init(&c, as, 0x100, 0x4000, true); /* starts at 0x1900 of the RAM */
    stl_le_phys_cached(&c, 0, 1);
    address_space_write_cached(&c, 0x1000, "abcd", 4);
    g_assert_false(take_dirty(ram, 0, 0x8000));
    address_space_cache_invalidate(&c, 0x1000, 0);
    g_assert_false(take_dirty(ram, 0, 0x8000));
    address_space_cache_invalidate(&c, 0x6ff, 1);
    g_assert_true(take_dirty(ram, 0x1000, 0x1000));
    g_assert_false(take_dirty(ram, 0, 0x8000));
    address_space_cache_invalidate(&c, 0x6ff, 2);
    g_assert_true(take_dirty(ram, 0x1000, 0x1000));
    g_assert_true(take_dirty(ram, 0x2000, 0x1000));
    g_assert_false(take_dirty(ram, 0, 0x8000));
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    address_space_cache_invalidate(&c, 0, 0x4000); /* no client logs */
    g_assert_false(take_dirty(ram, 0, 0x8000));
    address_space_cache_destroy(&c);
}

/* The same if the region has been moved. */
static void invalidate_marks_later(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;

    (void)data;
    ram = ram_at(m, root, 0x1000, "ram");
    watch(ram);
    address_space_cache_init(&c, as, 0x1000, 0x40, true);
    memory_region_del_subregion(root, ram);
    memory_drain();
    address_space_cache_invalidate(&c, 0, 1);
    g_assert_true(take_dirty(ram, 0, 0x1000));
    address_space_cache_destroy(&c);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
}

/* In a cache without a pointer stores mark by themselves, and invalidate does nothing. */
static void slow_stores_mark(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegionCache c = cache_over(&b, 0, true);
    uint8_t bytes[2] = { 0 };

    (void)data;
    watch(b.ram);
    b.u->shift = 0x3000;
    stl_le_phys_cached(&c, 0x1000, 1);
    g_assert_true(take_dirty(b.ram, 0x4000, 0x1000));
    address_space_write_cached(&c, 0x1fff, bytes, 2);
    g_assert_true(take_dirty(b.ram, 0x4000, 0x1000));
    g_assert_true(take_dirty(b.ram, 0x5000, 0x1000));
    g_assert_false(take_dirty(b.ram, 0, 0x8000));
    address_space_cache_invalidate(&c, 0, 0x2000);
    g_assert_false(take_dirty(b.ram, 0, 0x8000));
    address_space_cache_destroy(&c);
    memory_region_set_log(b.ram, false, DIRTY_MEMORY_VGA);
}

/* Specification 22.2: a store of this kind does not mark for CODE. */
static void notdirty(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .translates_code = true };
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegionCache c = cache_over(&b, 0, true);
    ram_addr_t at = memory_region_get_ram_addr(b.ram);

    (void)data;
    memory_context_set_hooks(m->ctx, &hooks);
    watch(b.ram);
    memory_region_reset_dirty(b.ram, 0, BOARD_SIZE, DIRTY_MEMORY_CODE);
    address_space_stl_notdirty_cached_slow(&c, 0x1000, 0x01020304, ANY, NULL);
    assert_hex(host_of(b.ram) + 0x1000, 4, "04030201");
    g_assert_false(cpu_physical_memory_get_dirty(at, BOARD_SIZE, DIRTY_MEMORY_CODE));
    g_assert_true(take_dirty(b.ram, 0x1000, 4));
    address_space_stl_cached_slow(&c, 0x1000, 0, ANY, NULL);
    g_assert_true(cpu_physical_memory_get_dirty(at, BOARD_SIZE, DIRTY_MEMORY_CODE));
    address_space_cache_destroy(&c);
    memory_region_set_log(b.ram, false, DIRTY_MEMORY_VGA);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/cache-iommu/13.1/translated-each-time", translated_each_time);
    TEST("/cache-iommu/D7/blocks-over-pages", blocks_over_pages);
    TEST("/cache-iommu/D7/loads-over-pages", loads_over_pages);
    TEST("/cache-iommu/10.4/faults", faults);
    TEST("/cache-iommu/13.2/attributes", attributes);
    TEST("/cache-iommu/13.1/what-stays", what_stays);
    TEST("/cache-iommu/13.1/pointer-ends-before-iommu", pointer_ends_before_iommu);
    TEST_WITH("/cache-iommu/13.1/invalidate-marks", invalidate_marks, &unmarked);
    TEST("/cache-iommu/13.1/invalidate-marks-later", invalidate_marks_later);
    TEST("/cache-iommu/17.2/slow-stores-mark", slow_stores_mark);
    TEST("/cache-iommu/22.2/notdirty", notdirty);
    return g_test_run();
}
