/* SPDX-License-Identifier: MIT
 *
 * Wrong use of caches is refused with a message and changes nothing (specification 13; R20). A
 * debug build of the library aborts instead.
 */
#include <string.h>

#include "probe.h"

static void cache_open(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr, hwaddr len,
                       bool is_write, bool direct)
{
    g_assert_cmpint(address_space_cache_init(cache, as, addr, len, is_write), ==, (int64_t)len);
    g_assert_true((cache->ptr != NULL) == direct);
}

/* A refused access changes nothing and returns DECODE_ERROR, and the message names the region. */
static void refused_load(Machine *m, MemoryRegionCache *c, hwaddr addr, unsigned size,
                         const char *who)
{
    MemTxResult r = 0xee;
    uint64_t val = 1;

    switch (size) {
    case 1:
        val = address_space_ldub_cached(c, addr, ANY, &r);
        break;
    case 2:
        val = address_space_lduw_be_cached(c, addr, ANY, &r);
        break;
    case 4:
        val = address_space_ldl_le_cached(c, addr, ANY, &r);
        break;
    default:
        val = address_space_ldq_le_cached(c, addr, ANY, &r);
    }
    g_assert_cmphex(val, ==, 0);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", who, NULL);
}

static void refused_store(Machine *m, MemoryRegionCache *c, hwaddr addr, unsigned size,
                          const char *who)
{
    MemTxResult r = 0xee;

    switch (size) {
    case 1:
        address_space_stb_cached(c, addr, 0, ANY, &r);
        break;
    case 2:
        address_space_stw_le_cached(c, addr, 0, ANY, &r);
        break;
    case 4:
        address_space_stl_be_cached(c, addr, 0, ANY, &r);
        break;
    default:
        address_space_stq_be_cached(c, addr, 0, ANY, &r);
    }
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", who, NULL);
}

static void refused_blocks(Machine *m, MemoryRegionCache *c, hwaddr addr, hwaddr len,
                           const char *who)
{
    uint8_t buf[0x40] = { 0x5a };

    g_assert_cmphex(address_space_read_cached(c, addr, buf, len), ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", who, NULL);
    g_assert_cmphex(buf[0], ==, 0x5a);
    g_assert_cmphex(address_space_write_cached(c, addr, buf, len), ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", who, NULL);
}

static void refused_around(Machine *m, MemoryRegionCache *c, hwaddr len, const char *who)
{
    for (unsigned size = 1; size <= 8; size *= 2) {
        refused_load(m, c, len - size + 1, size, who);
        refused_store(m, c, len - size + 1, size, who);
        refused_load(m, c, HWADDR_MAX, size, who);
        refused_store(m, c, HWADDR_MAX - size + 1, size, who);
        refused_load(m, c, (hwaddr)1 << 63, size, who);
    }
    refused_blocks(m, c, len, 0, who);
    refused_blocks(m, c, len - 1, 2, who);
    refused_blocks(m, c, 1, HWADDR_MAX, who);
    refused_blocks(m, c, HWADDR_MAX, 2, who);
}

static void beyond_the_cache(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "dev", 0x40);
    MemoryRegionCache c;

    (void)data;
    ram = ram_at(m, root, 0x1000, "ram");
    memory_region_add_subregion(root, 0, &p->mr);
    cache_open(&c, as, 0x1000, 0x14, true, true);
    refused_around(m, &c, 0x14, "'ram'");
    address_space_cache_destroy(&c);
    cache_open(&c, as, 0x1000, 3, true, true);
    refused_around(m, &c, 3, "'ram'");
    address_space_cache_destroy(&c);
    assert_hex(host_of(ram), 24, "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7");
    cache_open(&c, as, 0, 0x14, true, false);
    refused_around(m, &c, 0x14, "'dev'");
    address_space_cache_destroy(&c);
    assert_trace(m, "");
}

/* R20: a store through a cache that was made for reading is refused, also where it would do no
 * harm. */
static void store_through_read_cache(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *rom;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "dev", 0x40);
    MemoryRegionCache c;

    (void)data;
    rom = ram_at(m, root, 0x1000, "rom");
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion(root, 0, &p->mr);
    for (hwaddr at = 0; at <= 0x1000; at += 0x1000) {
        const char *who = at ? "'rom'" : "'dev'";
        cache_open(&c, as, at, 0x20, false, at != 0);
        for (unsigned size = 1; size <= 8; size *= 2) {
            refused_store(m, &c, 8, size, who);
        }
        g_assert_cmphex(address_space_write_cached(&c, 0, "x", 1), ==, MEMTX_DECODE_ERROR);
        expect_message(m, "misuse", who, NULL);
        address_space_cache_invalidate(&c, 0, 1);
        expect_message(m, "misuse", who, NULL);
        address_space_cache_destroy(&c);
    }
    assert_hex(host_of(rom), 16, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
    assert_trace(m, "");
}

static void slow_with_pointer(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    MemTxResult r = 0xee;
    uint8_t buf[2] = "z";

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    cache_open(&c, as, 0, 0x20, true, true);
    g_assert_cmphex(address_space_ldl_le_cached_slow(&c, 0, ANY, &r), ==, 0);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", "'ram'", "slow", NULL);
    r = 0xee;
    address_space_stl_le_cached_slow(&c, 0, 0, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", "'ram'", "slow", NULL);
    g_assert_cmphex(address_space_read_cached_slow(&c, 0, buf, 1), ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", "'ram'", "slow", NULL);
    g_assert_cmphex(buf[0], ==, 'z');
    g_assert_cmphex(address_space_write_cached_slow(&c, 0, buf, 1), ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", "'ram'", "slow", NULL);
    assert_hex(host_of(ram), 4, "a0a1a2a3");
    address_space_cache_destroy(&c);
}

static void after_the_end(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;

    (void)data;
    ram_at(m, root, 0, "ram");
    cache_open(&c, as, 0, 0x20, true, true);
    address_space_cache_destroy(&c);
    refused_load(m, &c, 0, 4, "invalid");
    refused_store(m, &c, 0, 8, "invalid");
    refused_blocks(m, &c, 0, 1, "invalid");
    address_space_cache_invalidate(&c, 0, 1);
    expect_message(m, "misuse", "invalid", NULL);
}

static void of_no_bytes(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;

    (void)data;
    memset(&c, 0x5a, sizeof(c));
    g_assert_cmpint(address_space_cache_init(&c, as, 0, 0, false), <, 0);
    expect_message(m, "misuse", "'as'", NULL);
    g_assert_null(c.mrs.mr);
    address_space_cache_destroy(&c);
}

static void invalidate_beyond(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;

    (void)data;
    ram_at(m, root, 0, "ram");
    cache_open(&c, as, 0, 0x20, true, true);
    address_space_cache_invalidate(&c, 0x1f, 2);
    expect_message(m, "misuse", "'ram'", NULL);
    address_space_cache_destroy(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    misuse_test_add("/cache-misuse/13.2/beyond", beyond_the_cache);
    misuse_test_add("/cache-misuse/R20/store", store_through_read_cache);
    misuse_test_add("/cache-misuse/13.2/slow", slow_with_pointer);
    misuse_test_add("/cache-misuse/13.2/destroyed", after_the_end);
    misuse_test_add("/cache-misuse/13.2/empty", of_no_bytes);
    misuse_test_add("/cache-misuse/13.2/invalidate", invalidate_beyond);
    return g_test_run();
}
