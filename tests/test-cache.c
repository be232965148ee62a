/* SPDX-License-Identifier: MIT
 *
 * Accesses through a cache (specification 13.2, 22.2; D7, R1, R6). What a cache covers and how
 * long it lives is in test-cache-life.c, what is refused in test-cache-misuse.c.
 */
#include <string.h>

#include "probe.h"

static const MemoryContextOptions big_machine = { .target_big_endian = true };

/* Makes a cache, which must cover all that the test asks for. */
static void cache_open(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr, hwaddr len,
                       bool is_write, bool direct)
{
    g_assert_cmpint(address_space_cache_init(cache, as, addr, len, is_write), ==, (int64_t)len);
    g_assert_true((cache->ptr != NULL) == direct);
}

/* ---- Memory ----------------------------------------------------------------------------- */

static void loads_from_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    MemTxResult r;

    (void)data;
    ram_at(m, root, 0x2000, "ram");
    cache_open(&c, as, 0x2010, 0x20, false, true);
    g_assert_cmphex(address_space_ldub_cached(&c, 1, ANY, NULL), ==, 0xb1);
    g_assert_cmphex(address_space_lduw_le_cached(&c, 2, ANY, NULL), ==, 0xb3b2);
    g_assert_cmphex(address_space_lduw_be_cached(&c, 3, ANY, NULL), ==, 0xb3b4);
    g_assert_cmphex(address_space_ldl_le_cached(&c, 4, ANY, NULL), ==, 0xb7b6b5b4);
    g_assert_cmphex(address_space_ldl_be_cached(&c, 5, ANY, NULL), ==, 0xb5b6b7b8);
    g_assert_cmphex(address_space_ldq_le_cached(&c, 8, ANY, NULL), ==, 0xbfbebdbcbbbab9b8);
    r = 0xee; /* R6: the result is set in any case */
    g_assert_cmphex(address_space_ldq_be_cached(&c, 0x18, ANY, &r), ==, 0xc8c9cacbcccdcecf);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(ldub_phys_cached(&c, 0x1f), ==, 0xcf);
    g_assert_cmphex(lduw_le_phys_cached(&c, 0x1e), ==, 0xcfce);
    g_assert_cmphex(lduw_be_phys_cached(&c, 0), ==, 0xb0b1);
    g_assert_cmphex(ldl_le_phys_cached(&c, 0x1c), ==, 0xcfcecdcc);
    g_assert_cmphex(ldl_be_phys_cached(&c, 0), ==, 0xb0b1b2b3);
    g_assert_cmphex(ldq_le_phys_cached(&c, 0), ==, 0xb7b6b5b4b3b2b1b0);
    g_assert_cmphex(ldq_be_phys_cached(&c, 1), ==, 0xb1b2b3b4b5b6b7b8);
    address_space_cache_destroy(&c);
}

static void stores_to_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    MemTxResult r = 0xee;

    (void)data;
    ram = ram_at(m, root, 0x2000, "ram");
    cache_open(&c, as, 0x2008, 0x20, true, true);
    address_space_stb_cached(&c, 0, 0x01, ANY, NULL);
    address_space_stw_le_cached(&c, 1, 0x0203, ANY, NULL);
    address_space_stw_be_cached(&c, 3, 0x0405, ANY, NULL);
    address_space_stl_le_cached(&c, 5, 0x06070809, ANY, NULL);
    address_space_stl_be_cached(&c, 9, 0x0a0b0c0d, ANY, NULL);
    address_space_stq_le_cached(&c, 16, 0x1011121314151617, ANY, NULL);
    address_space_stq_be_cached(&c, 24, 0x18191a1b1c1d1e1f, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_OK);
    assert_hex(host_of(ram) + 7, 34,
               "a7"
               "0103020405090807060a0b0c0db5b6b71716151413121110"
               "18191a1b1c1d1e1f"
               "c8");
    stb_phys_cached(&c, 0, 0x41);
    stw_le_phys_cached(&c, 2, 0x4243);
    stw_be_phys_cached(&c, 4, 0x4445);
    stl_le_phys_cached(&c, 8, 0x46474849);
    stl_be_phys_cached(&c, 12, 0x4a4b4c4d);
    stq_le_phys_cached(&c, 16, 0x5051525354555657);
    stq_be_phys_cached(&c, 24, 0x58595a5b5c5d5e5f);
    assert_hex(host_of(ram) + 8, 32,
               "4103434244450807494847464a4b4c4d5756555453525150"
               "58595a5b5c5d5e5f");
    address_space_cache_destroy(&c);
}

/* Specification 22.2: the byte order is that of the cache's machine, not that of the current
 * context. */
static void guest_order(Machine *m, gconstpointer data)
{
    bool big = data != NULL;
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;

    ram = ram_at(m, root, 0, "ram");
    cache_open(&c, as, 0, 0x40, true, true);
    memory_context_set_current(NULL);
    g_assert_cmphex(address_space_lduw_cached(&c, 0, ANY, NULL), ==, big ? 0xa0a1 : 0xa1a0);
    g_assert_cmphex(address_space_ldl_cached(&c, 0, ANY, NULL), ==, big ? 0xa0a1a2a3 : 0xa3a2a1a0);
    g_assert_cmphex(ldq_phys_cached(&c, 0), ==, big ? 0xa0a1a2a3a4a5a6a7 : 0xa7a6a5a4a3a2a1a0);
    g_assert_cmphex(lduw_phys_cached(&c, 1), ==, big ? 0xa1a2 : 0xa2a1);
    g_assert_cmphex(ldl_phys_cached(&c, 1), ==, big ? 0xa1a2a3a4 : 0xa4a3a2a1);
    address_space_stw_cached(&c, 0, 0x0102, ANY, NULL);
    address_space_stl_cached(&c, 4, 0x01020304, ANY, NULL);
    address_space_stq_cached(&c, 8, 0x0102030405060708, ANY, NULL);
    stw_phys_cached(&c, 2, 0x1112);
    stl_phys_cached(&c, 16, 0x11121314);
    stq_phys_cached(&c, 24, 0x1112131415161718);
    assert_hex(host_of(ram), 32,
               big ? "0102111201020304010203040506070811121314b4b5b6b71112131415161718"
                   : "0201121104030201080706050403020114131211b4b5b6b71817161514131211");
    memory_context_set_current(m->ctx);
    address_space_cache_destroy(&c);
}

static void blocks_of_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    uint8_t buf[0x20] = { 0 };

    (void)data;
    ram = ram_at(m, root, 0x2000, "ram");
    cache_open(&c, as, 0x2004, 0x20, true, true);
    g_assert_cmphex(address_space_read_cached(&c, 3, buf, 5), ==, MEMTX_OK);
    assert_hex(buf, 6, "a7a8a9aaab00");
    g_assert_cmphex(address_space_read_cached(&c, 0x1f, buf, 1), ==, MEMTX_OK);
    assert_hex(buf, 2, "c3a8");
    g_assert_cmphex(address_space_read_cached(&c, 0, buf, 0), ==, MEMTX_OK);
    g_assert_cmphex(address_space_write_cached(&c, 0x1d, "xyz", 3), ==, MEMTX_OK);
    g_assert_cmphex(address_space_write_cached(&c, 1, "", 0), ==, MEMTX_OK);
    assert_hex(host_of(ram) + 0x20, 5, "c078797ac4");
    /* The buffer may be guest memory. */
    g_assert_cmphex(address_space_read_cached(&c, 0, host_of(ram) + 6, 4), ==, MEMTX_OK);
    assert_hex(host_of(ram) + 4, 6, "a4a5a4a5a6a7");
    address_space_cache_destroy(&c);
}

/* ---- Devices ---------------------------------------------------------------------------- */

static void loads_and_stores_of_devices(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemTxAttrs attrs = { .requester_id = 9 };
    MemoryRegionCache c;
    MemTxResult r = 0xee;

    (void)data;
    probe_use_attrs(p);
    memory_region_add_subregion(root, 0x3000, &p->mr);
    cache_open(&c, as, 0x3008, 0x20, true, false);
    g_assert_cmphex(address_space_ldl_be_cached(&c, 4, attrs, &r), ==, 0x1c1d1e1f);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(p->attrs.requester_id, ==, 9);
    p->result = MEMTX_ERROR;
    address_space_stw_le_cached(&c, 2, 0x1234, attrs, &r);
    g_assert_cmphex(r, ==, MEMTX_ERROR);
    g_assert_cmphex(ldub_phys_cached(&c, 0), ==, 0x18);
    g_assert_true(p->attrs.unspecified);
    assert_trace(m, "d:rc/4 d:wa/2=1234 d:r8/1");
    /* An access goes to the device as one dispatch, even if it is unaligned (specification 11). */
    g_assert_cmphex(address_space_ldl_le_cached(&c, 2, ANY, &r), ==, 0);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    assert_trace(m, "");
    address_space_cache_destroy(&c);
}

static void all_slow_forms(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    bool big = data != NULL;
    MemoryRegionCache c;
    MemTxResult r = 0xee;

    memory_region_add_subregion(root, 0, &p->mr);
    cache_open(&c, as, 0, 0x40, true, false);
    g_assert_cmphex(address_space_ldub_cached_slow(&c, 1, ANY, &r), ==, 0x11);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(address_space_lduw_le_cached_slow(&c, 2, ANY, NULL), ==, 0x1312);
    g_assert_cmphex(address_space_lduw_be_cached_slow(&c, 2, ANY, NULL), ==, 0x1213);
    g_assert_cmphex(address_space_lduw_cached_slow(&c, 2, ANY, NULL), ==, big ? 0x1213 : 0x1312);
    g_assert_cmphex(address_space_ldl_le_cached_slow(&c, 4, ANY, NULL), ==, 0x17161514);
    g_assert_cmphex(address_space_ldl_be_cached_slow(&c, 4, ANY, NULL), ==, 0x14151617);
    g_assert_cmphex(address_space_ldl_cached_slow(&c, 4, ANY, NULL), ==,
                    big ? 0x14151617 : 0x17161514);
    g_assert_cmphex(address_space_ldq_le_cached_slow(&c, 8, ANY, NULL), ==, 0x1f1e1d1c1b1a1918);
    g_assert_cmphex(address_space_ldq_be_cached_slow(&c, 8, ANY, NULL), ==, 0x18191a1b1c1d1e1f);
    g_assert_cmphex(address_space_ldq_cached_slow(&c, 8, ANY, NULL), ==,
                    big ? 0x18191a1b1c1d1e1f : 0x1f1e1d1c1b1a1918);
    g_string_truncate(m->trace, 0);
    address_space_stb_cached_slow(&c, 0, 0xa0, ANY, NULL);
    address_space_stw_le_cached_slow(&c, 2, 0xa2a3, ANY, NULL);
    address_space_stw_be_cached_slow(&c, 4, 0xa4a5, ANY, NULL);
    address_space_stw_cached_slow(&c, 6, 0xa6a7, ANY, NULL);
    address_space_stl_le_cached_slow(&c, 8, 0xb0b1b2b3, ANY, NULL);
    address_space_stl_be_cached_slow(&c, 12, 0xb4b5b6b7, ANY, NULL);
    address_space_stl_cached_slow(&c, 16, 0xb8b9babb, ANY, NULL);
    address_space_stl_notdirty_cached_slow(&c, 20, 0xbcbdbebf, ANY, NULL);
    address_space_stq_le_cached_slow(&c, 24, 0xc0c1c2c3c4c5c6c7, ANY, NULL);
    address_space_stq_be_cached_slow(&c, 32, 0xc8c9cacbcccdcecf, ANY, NULL);
    address_space_stq_cached_slow(&c, 40, 0xd0d1d2d3d4d5d6d7, ANY, &r);
    assert_hex(p->byte, 48,
               big ? "a011a3a2a4a5a6a7b3b2b1b0b4b5b6b7b8b9babbbcbdbebf"
                     "c7c6c5c4c3c2c1c0c8c9cacbcccdcecfd0d1d2d3d4d5d6d7"
                   : "a011a3a2a4a5a7a6b3b2b1b0b4b5b6b7bbbab9b8bfbebdbc"
                     "c7c6c5c4c3c2c1c0c8c9cacbcccdcecfd7d6d5d4d3d2d1d0");
    g_string_truncate(m->trace, 0);
    address_space_cache_destroy(&c);
}

/* A block is cut into chunks by the alignment of the offset in the region (specification 10.2). */
static void chunks(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryRegionCache c;
    uint8_t buf[16];

    (void)data;
    memory_region_add_subregion(root, 0x3001, &p->mr);
    cache_open(&c, as, 0x3004, 0x20, true, false);
    g_assert_cmphex(address_space_read_cached(&c, 2, buf, 12), ==, MEMTX_OK);
    assert_hex(buf, 12, "15161718191a1b1c1d1e1f20");
    assert_trace(m, "d:r5/1 d:r6/2 d:r8/8 d:r10/1");
    count_up(buf, 7);
    g_assert_cmphex(address_space_write_cached_slow(&c, 1, buf, 7), ==, MEMTX_OK);
    assert_trace(m, "d:w4/4=a3a2a1a0 d:w8/2=a5a4 d:wa/1=a6");
    g_assert_cmphex(address_space_read_cached_slow(&c, 1, buf, 4), ==, MEMTX_OK);
    assert_hex(buf, 4, "a0a1a2a3");
    assert_trace(m, "d:r4/4");
    address_space_cache_destroy(&c);
}

static void results_of_all_chunks(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryRegionCache c;
    uint8_t buf[16];

    (void)data;
    probe_use_attrs(p);
    p->result = MEMTX_ERROR;
    p->ops.valid.min_access_size = 2;
    memory_region_add_subregion(root, 0, &p->mr);
    cache_open(&c, as, 0, 0x40, true, false);
    memset(buf, 0xff, sizeof(buf));
    g_assert_cmphex(address_space_read_cached(&c, 1, buf, 4), ==,
                    MEMTX_ERROR | MEMTX_DECODE_ERROR);
    assert_hex(buf, 5, "00121300ff");
    g_assert_true(p->attrs.unspecified);
    assert_trace(m, "d:r2/2");
    address_space_cache_destroy(&c);
}

/* D7: the second chunk goes to its place in the cache, not to the address of the space that has
 * the same number. */
static void second_chunk(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryRegionCache c;
    uint8_t buf[32];

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    memory_region_add_subregion(root, 0x4000, window_new(m, "w", &p->mr, 0x10, 0x30));
    cache_open(&c, as, 0x4008, 0x20, true, false);
    g_assert_cmphex(address_space_read_cached(&c, 0, buf, 24), ==, MEMTX_OK);
    assert_hex(buf, 24, "28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f");
    assert_trace(m, "d:r18/8 d:r20/8 d:r28/8");
    memset(buf, 0, sizeof(buf));
    g_assert_cmphex(address_space_write_cached(&c, 8, buf, 16), ==, MEMTX_OK);
    assert_trace(m, "d:w20/8=0 d:w28/8=0");
    assert_hex(host_of(ram), 24, "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7");
    address_space_cache_destroy(&c);
}

/* ---- What else is there ----------------------------------------------------------------- */

static void holes(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    uint8_t buf[3];
    MemTxResult r = 0;

    (void)data;
    cache_open(&c, as, 0x100, 0x40, true, false);
    g_assert_cmphex(address_space_ldl_le_cached(&c, 1, ANY, &r), ==, 0);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    address_space_stb_cached(&c, 0, 1, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_read_cached(&c, 0, buf, 3), ==, MEMTX_DECODE_ERROR);
    assert_hex(buf, 3, "000000");
    g_assert_cmphex(address_space_write_cached(&c, 0, buf, 3), ==, MEMTX_DECODE_ERROR);
    address_space_cache_destroy(&c);

    address_space_set_hole(as, 0xff, MEMTX_OK);
    cache_open(&c, as, 0x100, 0x40, true, false);
    g_assert_cmphex(address_space_ldl_le_cached(&c, 1, ANY, &r), ==, 0xffffffff);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(address_space_read_cached(&c, 0, buf, 3), ==, MEMTX_OK);
    assert_hex(buf, 3, "ffffff");
    address_space_cache_destroy(&c);
}

/* ROM can be read, but not written, through a cache with a pointer and through one without. */
static void rom(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    uint8_t buf[2];
    MemTxResult r = 0;

    (void)data;
    ram = ram_at(m, root, 0, "rom");
    memory_region_set_readonly(ram, true);
    cache_open(&c, as, 0, 0x40, false, true);
    g_assert_cmphex(ldub_phys_cached(&c, 1), ==, 0xa1);
    address_space_cache_destroy(&c);
    cache_open(&c, as, 0, 0x40, true, false);
    g_assert_cmphex(address_space_ldl_be_cached(&c, 1, ANY, &r), ==, 0xa1a2a3a4);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(address_space_read_cached(&c, 2, buf, 2), ==, MEMTX_OK);
    assert_hex(buf, 2, "a2a3");
    address_space_stl_le_cached(&c, 0, 0, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_write_cached(&c, 0, "zz", 2), ==, MEMTX_DECODE_ERROR);
    assert_hex(host_of(ram), 4, "a0a1a2a3");
    address_space_cache_destroy(&c);
}

/* R1: a read-only window on the way to RAM. */
static void readonly_window(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram = ram_new(m, "ram", 0x1000), *w;
    AddressSpace *as = probe_space(m, &root);
    bool own = data != NULL; /* as the original does it */
    MemoryRegionCache c;
    MemTxResult r = 0xee;

    w = window_new(m, "w", ram, 0, 0x1000);
    memory_region_set_readonly(w, true);
    memory_region_add_subregion(root, 0, w);
    cache_open(&c, as, 0, 0x40, true, own);
    address_space_stl_le_cached(&c, 0, 1, ANY, &r);
    g_assert_cmphex(r, ==, own ? MEMTX_OK : MEMTX_DECODE_ERROR);
    g_assert_cmphex(host_of(ram)[0], ==, own);
    address_space_cache_destroy(&c);
}

/* Accesses have their exact width, as through the space. */
static void ram_device(Machine *m, gconstpointer data)
{
    static uint8_t registers[0x1000];
    MemoryRegion *root, *dev = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    uint8_t buf[4];

    (void)data;
    memory_region_init_ram_device_ptr(dev, NULL, "bar", sizeof(registers), registers);
    g_ptr_array_add(m->regions, dev);
    memory_region_add_subregion(root, 0, dev);
    cache_open(&c, as, 0x10, 0x40, true, false);
    stl_be_phys_cached(&c, 4, 0x01020304);
    assert_hex(registers + 0x14, 4, "01020304");
    g_assert_cmphex(address_space_write_cached(&c, 8, "\5\6\7\10", 4), ==, MEMTX_OK);
    g_assert_cmphex(ldl_be_phys_cached(&c, 8), ==, 0x05060708);
    g_assert_cmphex(address_space_read_cached(&c, 5, buf, 4), ==, MEMTX_OK);
    assert_hex(buf, 4, "02030405");
    address_space_cache_destroy(&c);
}

/* Stores call the device in both modes. */
static void rom_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache rc, wc;
    MemTxResult r = 0xee;

    (void)data;
    memory_region_add_subregion(root, 0, romd);
    count_up(host_of(romd), 0x40);
    cache_open(&rc, as, 0, 0x40, false, true);
    cache_open(&wc, as, 0, 0x40, true, false);
    g_assert_cmphex(lduw_be_phys_cached(&rc, 2), ==, 0xa2a3);
    g_assert_cmphex(lduw_be_phys_cached(&wc, 2), ==, 0xa2a3);
    address_space_stw_be_cached(&wc, 2, 0, ANY, &r); /* the device ignores it */
    g_assert_cmphex(r, ==, MEMTX_OK);
    assert_hex(host_of(romd) + 2, 2, "a2a3");
    address_space_cache_destroy(&rc);
    address_space_cache_destroy(&wc);
    memory_region_rom_device_set_romd(romd, false);
    cache_open(&rc, as, 0, 0x40, false, false);
    g_assert_cmphex(lduw_le_phys_cached(&rc, 2), ==, 2); /* plain_ops return the address */
    address_space_cache_destroy(&rc);
}

/* ---- The fuzzer's hook (1.9) ------------------------------------------------------------ */

static void fill_before_read(size_t addr, size_t len, MemoryRegion *mr, void *opaque)
{
    Machine *m = opaque;

    g_string_append_printf(m->trace, "%s%s@%zx+%zu", m->trace->len ? " " : "",
                           memory_region_name(mr), addr, len);
    memset(host_of(mr) + 0x10, 0x77, 4);
}

static void dma_hook(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .dma_read = fill_before_read, .opaque = m };
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    MemTxResult r = 0xee;
    uint8_t buf[8];

    (void)data;
    ram_at(m, root, 0x1000, "ram");
    memory_context_set_hooks(m->ctx, &hooks);
    cache_open(&c, as, 0x1008, 0x40, true, true);
    g_assert_cmphex(address_space_ldl_le_cached(&c, 8, ANY, &r), ==, 0x77777777);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(address_space_read_cached(&c, 6, buf, 8), ==, MEMTX_OK);
    assert_hex(buf, 8, "aeaf77777777b4b5");
    stl_le_phys_cached(&c, 8, 0);
    assert_trace(m, "ram@1010+4 ram@100e+8");
    address_space_cache_destroy(&c);
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions own_readonly = { .quirks = MEMORY_QUIRK_OWN_READONLY };

    g_test_init(&argc, &argv, NULL);
    TEST("/cache/13.2/R6/loads", loads_from_memory);
    TEST("/cache/13.2/R6/stores", stores_to_memory);
    TEST("/cache/22.2/little", guest_order);
    TEST_WITH("/cache/22.2/big", guest_order, &big_machine);
    TEST("/cache/13.2/blocks", blocks_of_memory);
    TEST("/cache/13.2/devices", loads_and_stores_of_devices);
    TEST("/cache/13.2/slow-forms", all_slow_forms);
    TEST_WITH("/cache/13.2/slow-forms-big", all_slow_forms, &big_machine);
    TEST("/cache/13.2/chunks", chunks);
    TEST("/cache/13.2/results", results_of_all_chunks);
    TEST("/cache/D7/second-chunk", second_chunk);
    TEST("/cache/13.2/holes", holes);
    TEST("/cache/13.2/rom", rom);
    TEST("/cache/R1/window", readonly_window);
    TEST_WITH("/cache/R1/quirk", readonly_window, &own_readonly);
    TEST("/cache/13.2/ram-device", ram_device);
    TEST("/cache/13.2/rom-device", rom_device);
    TEST("/cache/1.9/dma-hook", dma_hook);
    return g_test_run();
}
