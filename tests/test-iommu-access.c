/* SPDX-License-Identifier: MIT
 *
 * Accesses that cross pages of an IOMMU: transfers, loads and stores, maps, validity, loaders'
 * writes (specification 10.2, 10.3, 10.4, 11, 12; R5, R9, R22).
 */
#include <stdlib.h>
#include <string.h>

#include "iommu-puppet.h"

/* Where each page of the board's IOMMU leads to in the system. NOWHERE stands for a fault. */
enum { PAGE = 0x1000, NOWHERE = 1, PAGES = BOARD_SIZE / PAGE };

typedef struct Pages {
    hwaddr to[PAGES];
    IOMMUAccessFlags perm[PAGES];
} Pages;

static IOMMUTLBEntry page_entry(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    const Pages *p = s->opaque;
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag, (void)index;
    e.translated_addr = p->to[addr / PAGE];
    e.perm = p->perm[addr / PAGE];
    if (e.translated_addr == NOWHERE) {
        e = (IOMMUTLBEntry){ 0 };
    }
    return e;
}

/* A board whose pages lead to the same addresses. */
static Board paged_board(Machine *m, Pages *p)
{
    Board b = board_new(m, TYPE_PUPPET);

    for (unsigned i = 0; i < PAGES; i++) {
        p->to[i] = i * PAGE;
        p->perm[i] = IOMMU_RW;
    }
    b.u->answer = page_entry;
    b.u->opaque = p;
    return b;
}

/* A device of 4 KiB at 0x9000 of the system that accepts everything. */
static Probe *wide_probe(Machine *m, const Board *b)
{
    Probe *p = probe_new(m, "d", PAGE,
                         (MemoryRegionOps){ .endianness = DEVICE_LITTLE_ENDIAN,
                                            .valid = { 1, 8, .unaligned = true },
                                            .impl = { 1, 8, .unaligned = true } });

    memory_region_add_subregion(b->root, 0x9000, &p->mr);
    return p;
}

static void expect_bytes(const uint8_t *got, hwaddr offset, unsigned len)
{
    for (unsigned i = 0; i < len; i++) {
        g_assert_cmphex(got[i], ==, board_byte(offset + i));
    }
}

/* ---- 10.2: transfers -------------------------------------------------------------------- */

static void transfer_over_pages(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    uint8_t buf[3 * PAGE];

    (void)data;
    p.to[1] = 0x5000;
    p.to[2] = 0x3000;
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT + 0x800, ANY, buf, 0x2000), ==, MEMTX_OK);
    g_assert_cmpuint(b.u->asked, ==, 3);
    expect_bytes(buf, 0x800, 0x800);
    expect_bytes(buf + 0x800, 0x5000, 0x1000);
    expect_bytes(buf + 0x1800, 0x3000, 0x800);
    memset(buf, 0x5a, sizeof(buf));
    g_assert_cmphex(address_space_write(b.bus, BOARD_AT + 0xfff, ANY, buf, 0x1002), ==, MEMTX_OK);
    g_assert_cmphex(host_of(b.ram)[0xfff], ==, 0x5a);
    g_assert_cmphex(host_of(b.ram)[0x1000], ==, board_byte(0x1000));
    g_assert_cmphex(host_of(b.ram)[0x5000], ==, 0x5a);
    g_assert_cmphex(host_of(b.ram)[0x5fff], ==, 0x5a);
    g_assert_cmphex(host_of(b.ram)[0x3000], ==, 0x5a);
    g_assert_cmphex(host_of(b.ram)[0x3001], ==, board_byte(0x3001));
}

/* A page that faults does not stop the transfer of the others, and is translated once. */
static void transfer_over_faults(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    uint8_t buf[3 * PAGE], zero[PAGE] = { 0 };

    (void)data;
    p.to[1] = NOWHERE;
    memset(buf, 0xff, sizeof(buf));
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT, ANY, buf, sizeof(buf)), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmpuint(b.u->asked, ==, 3);
    expect_bytes(buf, 0, PAGE);
    g_assert_cmpmem(buf + PAGE, PAGE, zero, PAGE);
    expect_bytes(buf + 2 * PAGE, 2 * PAGE, PAGE);
    memset(buf, 0x33, sizeof(buf));
    g_assert_cmphex(address_space_write(b.bus, BOARD_AT, ANY, buf, sizeof(buf)), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmphex(host_of(b.ram)[0], ==, 0x33);
    g_assert_cmphex(host_of(b.ram)[PAGE], ==, board_byte(PAGE));
    g_assert_cmphex(host_of(b.ram)[2 * PAGE], ==, 0x33);
}

/* Pages smaller than the guest's: the part that fails ends with the smallest page. */
static IOMMUTLBEntry odd_kilobytes_fault(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag, (void)index;
    if (addr & 0x400) {
        e = (IOMMUTLBEntry){ .addr_mask = HWADDR_MAX };
    }
    return e;
}

static void small_pages(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_FULL);
    uint8_t buf[0x1000], zero[0x400] = { 0 };

    (void)data;
    b.u->page = 0x400;
    b.u->mask = 0x3ff;
    b.u->answer = odd_kilobytes_fault;
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT, ANY, buf, 0x1000), ==, MEMTX_DECODE_ERROR);
    expect_bytes(buf, 0, 0x400);
    g_assert_cmpmem(buf + 0x400, 0x400, zero, 0x400);
    expect_bytes(buf + 0x800, 0x800, 0x400);
    g_assert_cmpmem(buf + 0xc00, 0x400, zero, 0x400);
    g_assert_cmpuint(b.u->asked, ==, 4);
    b.u->page = 0; /* if the method returns nonsense, the guest's page size counts */
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT + 0x400, ANY, buf, 0x1000), ==,
                    MEMTX_DECODE_ERROR);
}

/* A device gets the same accesses as without the IOMMU, except that pages cut them. */
static void transfer_to_device(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    uint8_t buf[16];

    (void)data;
    wide_probe(m, &b);
    p.to[1] = p.to[2] = 0x9000;
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT + PAGE, ANY, buf, 16), ==, MEMTX_OK);
    assert_hex(buf, 16, "101112131415161718191a1b1c1d1e1f");
    assert_trace(m, "d:r0/8 d:r8/8");
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT + 2 * PAGE - 3, ANY, buf, 8), ==, MEMTX_OK);
    assert_hex(buf, 8, "eeeeee1011121314");
    assert_trace(m, "d:rffd/2 d:rfff/1 d:r0/4 d:r4/1");
}

/* ---- 11: loads and stores --------------------------------------------------------------- */

/* R5: a load that crosses from a page into the next one, with memory on both sides. */
static void load_over_pages(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    MemTxResult result = 0xee;

    (void)data;
    p.to[1] = 0x5000;
    memcpy(host_of(b.ram) + 0xffe, "\x11\x22", 2);
    memcpy(host_of(b.ram) + 0x5000, "\x33\x44", 2);
    g_assert_cmphex(address_space_ldl_be(b.bus, BOARD_AT + 0xffe, ANY, &result), ==, 0x11223344);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmpuint(b.u->asked, ==, 2);
    address_space_stl_be(b.bus, BOARD_AT + 0xffe, 0xa1b2c3d4, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    assert_hex(host_of(b.ram) + 0xffe, 2, "a1b2");
    assert_hex(host_of(b.ram) + 0x5000, 2, "c3d4");
    g_assert_cmphex(host_of(b.ram)[0x1000], ==, board_byte(0x1000));
}

static void load_asks_once(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);

    (void)data;
    address_space_ldq_le(b.bus, BOARD_AT + 8, ANY, NULL);
    address_space_stq_le(b.bus, BOARD_AT + 8, 1, ANY, NULL);
    g_assert_cmpuint(b.u->asked, ==, 2);
}

/* Bytes that an IOMMU refuses read as zero; the other bytes of the load are correct. */
static void load_into_fault(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    MemTxResult result = 0xee;

    (void)data;
    memcpy(host_of(b.ram) + 0xffe, "\x11\x22", 2);
    p.perm[1] = IOMMU_NONE;
    g_assert_cmphex(address_space_ldl_be(b.bus, BOARD_AT + 0xffe, ANY, &result), ==, 0x11220000);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    address_space_stl_be(b.bus, BOARD_AT + 0xffe, 0xa1b2c3d4, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    assert_hex(host_of(b.ram) + 0xffe, 2, "a1b2");
    g_assert_cmphex(host_of(b.ram)[0x1000], ==, board_byte(0x1000));
    result = 0xee;
    g_assert_cmphex(address_space_ldl_be(b.bus, BOARD_AT + 0x1000, ANY, &result), ==, 0);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
}

/* A load of a hole reads as the space with the hole says, up to the end of the page. */
static void load_of_hole(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    MemTxResult result = 0xee;

    (void)data;
    address_space_set_hole(b.system, 0xff, MEMTX_OK);
    p.to[0] = 0xf000;
    p.perm[1] = IOMMU_NONE;
    g_assert_cmphex(address_space_ldl_be(b.bus, BOARD_AT + 0xffc, ANY, &result), ==, UINT32_MAX);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmphex(address_space_ldl_be(b.bus, BOARD_AT + 0xffe, ANY, &result), ==, 0xffff0000);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
}

/* A load of a device is one dispatch of its full size. If the page ends inside it, the device is
 * not called, because the next page may lead elsewhere. */
static void load_of_device(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    Probe *d = wide_probe(m, &b);
    MemTxResult result = 0xee;

    (void)data;
    memory_region_set_address(&d->mr, 0x9ff0); /* the page shows its first 16 bytes */
    p.to[1] = 0x9000;
    p.perm[2] = IOMMU_NONE;
    g_assert_cmphex(address_space_ldl_le(b.bus, BOARD_AT + 0x1ffc, ANY, &result), ==, 0x1f1e1d1c);
    g_assert_cmphex(result, ==, MEMTX_OK);
    assert_trace(m, "d:rc/4");
    g_assert_cmphex(address_space_ldl_le(b.bus, BOARD_AT + 0x1ffd, ANY, &result), ==, 0);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    address_space_stq_le(b.bus, BOARD_AT + 0x1ff9, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    assert_trace(m, "");
    address_space_stq_le(b.bus, BOARD_AT + 0x1ff8, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    assert_trace(m, "d:w8/8=1");
}

/* ---- 12: maps --------------------------------------------------------------------------- */

static void assert_mapped(const Board *b, hwaddr addr, hwaddr want, hwaddr at, hwaddr got,
                          bool is_write)
{
    hwaddr len = want;
    uint8_t *p = address_space_map(b->bus, BOARD_AT + addr, &len, is_write, ANY);

    g_assert_true(p == host_of(b->ram) + at);
    g_assert_cmphex(len, ==, got);
    address_space_unmap(b->bus, p, len, is_write, len);
}

/* Pages that lead to consecutive bytes form one piece of a map. */
static void map_over_pages(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);

    (void)data;
    assert_mapped(&b, 0x800, 0x5000, 0x800, 0x5000, true);
    assert_mapped(&b, 0x800, 0x10000, 0x800, 0x7800, false);
    p.to[2] = 0x6000;
    assert_mapped(&b, 0x800, 0x5000, 0x800, 0x1800, true);
    assert_mapped(&b, 0x2000, 0x5000, 0x6000, 0x1000, true);
    p.to[3] = 0x7000;
    assert_mapped(&b, 0x2000, 0x5000, 0x6000, 0x2000, true);
    p.perm[1] = IOMMU_RO;
    assert_mapped(&b, 0, 0x5000, 0, 0x1000, true);
    assert_mapped(&b, 0, 0x5000, 0, 0x2000, false);
    p.to[1] = NOWHERE;
    assert_mapped(&b, 0, 0x5000, 0, 0x1000, false);
}

/* A page that faults gets a bounce buffer: it reads as zero, and what is written is lost unless
 * the page is mapped by the time of the unmap. */
static void map_fault(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    hwaddr len = 0x2000;
    uint8_t *map;

    (void)data;
    p.perm[1] = IOMMU_NONE;
    map = address_space_map(b.bus, BOARD_AT + 0x1800, &len, false, ANY);
    g_assert_cmphex(len, ==, PAGE);
    g_assert_cmphex(map[0], ==, 0);
    g_assert_cmphex(map[0x7ff], ==, 0);
    expect_bytes(map + 0x800, 0x2000, 0x800);
    address_space_unmap(b.bus, map, len, false, 0);
    map = address_space_map(b.bus, BOARD_AT + 0x1800, &len, true, ANY);
    memset(map, 0x77, len);
    p.perm[1] = IOMMU_RW;
    address_space_unmap(b.bus, map, len, true, len);
    g_assert_cmphex(host_of(b.ram)[0x1800], ==, 0x77);
}

/* ---- 10.2, R9: validity and loader writes ----------------------------------------------- */

static void valid_over_pages(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    Probe *d = wide_probe(m, &b);

    (void)data;
    d->ops.valid.unaligned = d->ops.impl.unaligned = false;
    p.to[1] = 0x9000;
    g_assert_true(address_space_access_valid(b.bus, BOARD_AT, BOARD_SIZE, true, ANY));
    g_assert_false(address_space_access_valid(b.bus, BOARD_AT, BOARD_SIZE + 1, true, ANY));
    d->ops.valid.min_access_size = 4;
    g_assert_true(address_space_access_valid(b.bus, BOARD_AT, BOARD_SIZE, true, ANY));
    g_assert_false(address_space_access_valid(b.bus, BOARD_AT, PAGE + 2, true, ANY));
    g_assert_true(address_space_access_valid(b.bus, BOARD_AT, 0, true, ANY));
    p.perm[5] = IOMMU_RO;
    g_assert_false(address_space_access_valid(b.bus, BOARD_AT, BOARD_SIZE, true, ANY));
    g_assert_true(address_space_access_valid(b.bus, BOARD_AT, 0x5000, true, ANY));
    g_assert_true(address_space_access_valid(b.bus, BOARD_AT, BOARD_SIZE, false, ANY));
    p.to[7] = 0xf000; /* leads to a hole */
    g_assert_false(address_space_access_valid(b.bus, BOARD_AT, BOARD_SIZE, false, ANY));
}

static void loader(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    uint8_t buf[3 * PAGE];

    (void)data;
    memory_region_set_readonly(b.ram, true);
    memset(buf, 0x42, sizeof(buf));
    g_assert_cmphex(address_space_write_rom(b.bus, BOARD_AT, ANY, buf, sizeof(buf)), ==, MEMTX_OK);
    g_assert_cmphex(host_of(b.ram)[2 * PAGE], ==, 0x42);
    memset(buf, 0x43, sizeof(buf));
    p.perm[1] = IOMMU_RO; /* R9: hides what is behind it, and returns an error */
    g_assert_cmphex(address_space_write_rom(b.bus, BOARD_AT, ANY, buf, sizeof(buf)), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmphex(host_of(b.ram)[PAGE - 1], ==, 0x43);
    g_assert_cmphex(host_of(b.ram)[PAGE], ==, 0x42);
    g_assert_cmphex(host_of(b.ram)[2 * PAGE], ==, 0x43);
    p.perm[1] = IOMMU_RW;
    p.to[1] = 0xf000; /* leads to a hole, which is skipped */
    g_assert_cmphex(address_space_write_rom(b.bus, BOARD_AT, ANY, buf, sizeof(buf)), ==, MEMTX_OK);
}

/* Default spaces translate through IOMMUs, too. */
static void default_space(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    MemoryRegion *window = window_new(m, "window", puppet_region(b.u), 0, BOARD_SIZE);

    (void)data;
    memory_region_add_subregion(get_system_memory(), 0x10000, window);
    p.perm[1] = IOMMU_NONE;
    g_assert_false(cpu_physical_memory_is_io(0x10fff));
    g_assert_true(cpu_physical_memory_is_io(0x11000));
    b.u->asked = 0;
    cpu_flush_icache_range(0x10800, 0x1800);
    g_assert_cmpuint(b.u->asked, ==, 2);
}

/* Section 17.2: the page that the IOMMU leads to is marked. */
static void marks_dirty(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    DirtyBitmapSnapshot *snap;
    hwaddr len = 0x10;
    void *map;

    (void)data;
    p.to[1] = 0x5000;
    p.to[2] = 0x3000;
    p.to[4] = 0x7000;
    memory_region_set_log(b.ram, true, DIRTY_MEMORY_VGA);
    memory_region_reset_dirty(b.ram, 0, BOARD_SIZE, DIRTY_MEMORY_VGA);
    stb_phys(b.bus, BOARD_AT + 0x1000, 1);
    g_assert_cmphex(address_space_write(b.bus, BOARD_AT + 0x2000, ANY, "x", 1), ==, MEMTX_OK);
    map = address_space_map(b.bus, BOARD_AT + 0x4000, &len, true, ANY);
    address_space_unmap(b.bus, map, len, true, len);
    snap = memory_region_snapshot_and_clear_dirty(b.ram, 0, BOARD_SIZE, DIRTY_MEMORY_VGA);
    for (hwaddr page = 0; page < PAGES; page++) {
        g_assert_true(memory_region_snapshot_get_dirty(b.ram, snap, page * PAGE, PAGE) ==
                      (page == 3 || page == 5 || page == 7));
    }
    free(snap);
    memory_region_set_log(b.ram, false, DIRTY_MEMORY_VGA);
}

/* ---- 10.3 ------------------------------------------------------------------------------- */

static void translate_lengths(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);
    Probe *d = wide_probe(m, &b);
    hwaddr xlat, len = 0x4000;

    (void)data;
    p.to[1] = 0x9000;
    p.to[2] = 0xf000;
    memory_read_lock();
    g_assert_true(address_space_translate(b.bus, BOARD_AT + 0x123, &xlat, &len, true, ANY) ==
                  b.ram);
    g_assert_cmphex(xlat, ==, 0x123);
    g_assert_cmphex(len, ==, PAGE - 0x123);
    len = 0x4000; /* a range of registers is not cut by what is visible, only by the page */
    g_assert_true(address_space_translate(b.bus, BOARD_AT + 0x1010, &xlat, &len, true, ANY) ==
                  &d->mr);
    g_assert_cmphex(xlat, ==, 0x10);
    g_assert_cmphex(len, ==, PAGE - 0x10);
    len = 0x4000;
    address_space_translate(b.bus, BOARD_AT + 0x2010, &xlat, &len, true, ANY);
    g_assert_cmphex(xlat, ==, 0xf010);
    g_assert_cmphex(len, ==, PAGE - 0x10);
    len = 0x10;
    address_space_translate(b.bus, BOARD_AT + 0x10, &xlat, &len, true, ANY);
    g_assert_cmphex(len, ==, 0x10);
    memory_read_unlock();
}

static void assert_tlb(const Board *b, hwaddr addr, bool is_write, hwaddr at, unsigned perm)
{
    memory_read_lock();
    IOMMUTLBEntry e = address_space_get_iotlb_entry(b->bus, BOARD_AT + addr, is_write, ANY);
    memory_read_unlock();
    g_assert_cmpint(e.perm, ==, (int)perm);
    g_assert_true(e.target_as == (perm ? b->system : NULL));
    g_assert_cmphex(e.addr_mask, ==, perm ? 0xfff : 0);
    g_assert_cmphex(e.iova, ==, perm ? (BOARD_AT + addr) & ~(hwaddr)0xfff : 0);
    g_assert_cmphex(e.translated_addr, ==, perm ? at : 0);
}

/* R22: the permission of an entry is what is granted in fact. */
static void tlb_entries(Machine *m, gconstpointer data)
{
    Pages p;
    Board b = paged_board(m, &p);

    (void)data;
    p.to[1] = 0x5000;
    p.perm[2] = IOMMU_RO;
    p.perm[3] = IOMMU_WO;
    p.perm[4] = IOMMU_NONE;
    p.to[5] = 0xf000;
    assert_tlb(&b, 0x1234, false, 0x5000, IOMMU_RW);
    assert_tlb(&b, 0x1fff, true, 0x5000, IOMMU_RW);
    assert_tlb(&b, 0x2000, false, 0x2000, IOMMU_RO);
    assert_tlb(&b, 0x2000, true, 0, IOMMU_NONE);
    assert_tlb(&b, 0x3008, true, 0x3000, IOMMU_WO);
    assert_tlb(&b, 0x4000, false, 0, IOMMU_NONE);
    assert_tlb(&b, 0x5000, false, 0, IOMMU_NONE);
    memory_region_set_readonly(b.ram, true);
    assert_tlb(&b, 0x1234, false, 0x5000, IOMMU_RO);
    assert_tlb(&b, 0x3008, true, 0,
               IOMMU_NONE); /* granted for writing, but it cannot be written */
}

/* Callbacks that are wider than their access do not go beyond the page either. */
static void widened_at_page_end(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Probe *d = probe_new_plain(m, "d", 0x2000);
    MemTxResult r = 0;

    (void)data;
    d->ops.impl.min_access_size = 4;
    memory_region_add_subregion_overlap(b.root, 0x2000, &d->mr, 1);
    address_space_stb(b.bus, BOARD_AT + 0x2ffc, 7, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_OK);
    assert_trace(m, "d:wffc/4=7");
    address_space_stb(b.bus, BOARD_AT + 0x2fff, 7, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    g_assert_false(address_space_access_valid(b.bus, BOARD_AT + 0x2fff, 1, true, ANY));
    assert_trace(m, "");
    address_space_ldub(b.bus, BOARD_AT + 0x2fff, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_OK);
    assert_trace(m, "d:rffc/4");
    address_space_stb(b.system, 0x2fff, 7, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_OK);
    assert_trace(m, "d:wfff/4=7");
}

/* ---- What a guest can make long --------------------------------------------------------- */

enum { STEPS = 8192 };

/* An IOMMU of 2^64 bytes. Its pages of 4 KiB lead to the same addresses of a system with 'size'
 * bytes of RAM. */
static AddressSpace *endless_bus(Machine *m, uint64_t size, Puppet **u)
{
    MemoryRegion *bus = box_new(m, "bus", UINT64_MAX), *root = box_new(m, "system", UINT64_MAX);

    memory_region_add_subregion(root, 0, ram_new(m, "ram", size));
    *u = puppet_new(m, TYPE_PUPPET, "u", UINT64_MAX, space_new(m, root, "system"));
    memory_region_add_subregion(bus, 0, puppet_region(*u));
    return space_new(m, bus, "bus");
}

static IOMMUTLBEntry first_page(Puppet *u, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(u, addr);

    (void)flag, (void)index;
    e.translated_addr = 0;
    return e;
}

static void valid_is_bounded(Machine *m, gconstpointer data)
{
    Puppet *u;
    AddressSpace *as = endless_bus(m, PAGE, &u);

    (void)data;
    u->answer = first_page;
    g_assert_true(address_space_access_valid(as, 0x1000, STEPS * PAGE, true, ANY));
    g_assert_cmpuint(u->asked, ==, STEPS);
    g_assert_false(address_space_access_valid(as, 0x1000, STEPS * PAGE + 1, true, ANY));
    g_assert_cmpuint(u->asked, ==, 2 * STEPS);
    g_assert_false(address_space_access_valid(as, 0, UINT64_MAX, false, ANY));
    g_assert_cmpuint(u->asked, ==, 3 * STEPS);
}

/* A long map ends where the library stops translating. */
static void map_is_bounded(Machine *m, gconstpointer data)
{
    Puppet *u;
    AddressSpace *as = endless_bus(m, (STEPS + 9) * PAGE, &u);
    hwaddr len = UINT64_MAX;
    void *p = address_space_map(as, 0x800, &len, true, ANY);

    (void)data;
    g_assert_nonnull(p);
    g_assert_cmpuint(u->asked, ==, STEPS);
    g_assert_cmphex(len, ==, STEPS * PAGE - 0x800);
    address_space_unmap(as, p, len, true, 0);
}

/* A fill that meets no granted page writes nothing and gives up. */
static void set_is_bounded(Machine *m, gconstpointer data)
{
    Puppet *u;
    AddressSpace *as = endless_bus(m, PAGE, &u);

    (void)data;
    u->perm = IOMMU_NONE;
    g_assert_cmphex(address_space_set(as, 0, 1, STEPS * PAGE, ANY), ==, MEMTX_DECODE_ERROR);
    g_assert_cmpuint(u->asked, ==, STEPS);
    g_assert_cmphex(address_space_set(as, 0, 1, 2 * STEPS * PAGE, ANY), ==, MEMTX_DECODE_ERROR);
    g_assert_cmpuint(u->asked, ==, 2 * STEPS);
    g_assert_cmphex(address_space_set(as, 0, 1, UINT64_MAX, ANY), ==, MEMTX_DECODE_ERROR);
    g_assert_cmpuint(u->asked, ==, 3 * STEPS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/iommu-access/10.2/transfer-over-pages", transfer_over_pages);
    TEST("/iommu-access/10.2/transfer-over-faults", transfer_over_faults);
    TEST("/iommu-access/10.2/small-pages", small_pages);
    TEST("/iommu-access/10.2/transfer-to-device", transfer_to_device);
    TEST("/iommu-access/R5/load-over-pages", load_over_pages);
    TEST("/iommu-access/11/load-asks-once", load_asks_once);
    TEST("/iommu-access/R5/load-into-fault", load_into_fault);
    TEST("/iommu-access/11/load-of-hole", load_of_hole);
    TEST("/iommu-access/11/load-of-device", load_of_device);
    TEST("/iommu-access/12/map-over-pages", map_over_pages);
    TEST("/iommu-access/12/map-fault", map_fault);
    TEST("/iommu-access/10.2/valid-over-pages", valid_over_pages);
    TEST("/iommu-access/R4/valid-is-bounded", valid_is_bounded);
    TEST("/iommu-access/12/map-is-bounded", map_is_bounded);
    TEST("/iommu-access/25/set-is-bounded", set_is_bounded);
    TEST("/iommu-access/R9/loader", loader);
    TEST("/iommu-access/22.3/default-space", default_space);
    TEST("/iommu-access/17.2/marks-dirty", marks_dirty);
    TEST("/iommu-access/10.3/translate-lengths", translate_lengths);
    TEST("/iommu-access/R22/tlb-entries", tlb_entries);
    TEST("/iommu-access/D9/widened", widened_at_page_end);
    return g_test_run();
}
