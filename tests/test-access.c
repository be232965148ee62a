/* SPDX-License-Identifier: MIT
 *
 * Accesses by address: direct or dispatched, block transfers, loaders' writes (specification 10.1,
 * 10.2; R1, R3, R9). Checks before an access, translation and holes are in test-translate.c.
 */
#include <string.h>
#include <unistd.h>

#include "probe.h"

/* ---- 10.1 ------------------------------------------------------------------------------- */

static void direct_kinds(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x1000), *romd = romd_new(m, "romd", 0x1000);
    MemoryRegion *io = io_new(m, "io", 0x1000);

    (void)data;
    g_assert_true(memory_access_is_direct(ram, true));
    memory_region_set_readonly(ram, true);
    g_assert_false(memory_access_is_direct(ram, true));
    g_assert_true(memory_access_is_direct(ram, false));
    g_assert_true(memory_access_is_direct(romd, false));
    g_assert_false(memory_access_is_direct(romd, true));
    memory_region_rom_device_set_romd(romd, false);
    g_assert_false(memory_access_is_direct(romd, false));
    g_assert_false(memory_access_is_direct(io, false));
    g_assert_false(memory_access_is_direct(io, true));
}

static void rom_refuses_writes(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *rom;
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[4] = { 1, 2, 3, 4 };

    (void)data;
    rom = ram_at(m, root, 0, "rom");
    memory_region_set_readonly(rom, true);
    g_assert_cmphex(address_space_write(as, 0, ANY, buf, 4), ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_read(as, 0, ANY, buf, 4), ==, MEMTX_OK);
    assert_hex(buf, 4, "a0a1a2a3");
}

/* R1: a read-only window or container protects what it shows, but not against accesses by another
 * way. */
static void readonly_on_the_way(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram, *window, *box;
    AddressSpace *as = probe_space(m, &root);
    bool kept = !data;
    MemTxResult refused = kept ? MEMTX_DECODE_ERROR : MEMTX_OK, result = 0xee;
    hwaddr len = 4;
    void *p;

    ram = ram_at(m, root, 0, "ram");
    window = window_new(m, "window", ram, 0, 0x1000);
    box = box_new(m, "box", 0x1000);
    memory_region_add_subregion(box, 0, window_new(m, "inner", ram, 0, 0x1000));
    memory_region_set_readonly(window, true);
    memory_region_set_readonly(box, true);
    memory_region_add_subregion(root, 0x2000, window);
    memory_region_add_subregion(root, 0x4000, box);

    g_assert_cmphex(address_space_write(as, 0x2000, ANY, "abcd", 4), ==, refused);
    g_assert_cmphex(address_space_write(as, 0x4004, ANY, "abcd", 4), ==, refused);
    assert_hex(host_of(ram), 8, kept ? "a0a1a2a3a4a5a6a7" : "6162636461626364");
    address_space_stl_be(as, 0x4008, 0x61626364, ANY, &result);
    g_assert_cmphex(result, ==, refused);
    assert_hex(host_of(ram) + 8, 4, kept ? "a8a9aaab" : "61626364");
    g_assert_true(address_space_access_valid(as, 0x2000, 4, true, ANY) == !kept);
    g_assert_true(address_space_access_valid(as, 0x2000, 4, false, ANY));
    p = address_space_map(as, 0x2000, &len, true, ANY);
    g_assert_true((p == host_of(ram)) == !kept);
    address_space_unmap(as, p, len, true, 0);
    g_assert_cmphex(address_space_write(as, 0, ANY, "abcd", 4), ==, MEMTX_OK);
    assert_hex(host_of(ram), 4, "61626364");
}

/* A read-only window does not stop a loader's write. */
static void readonly_and_loader(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram, *window;
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    window = window_new(m, "window", ram, 0, 0x1000);
    memory_region_set_readonly(window, true);
    memory_region_add_subregion(root, 0x2000, window);
    g_assert_cmphex(address_space_write_rom(as, 0x2000, ANY, "abcd", 4), ==, MEMTX_OK);
    assert_hex(host_of(ram), 4, "61626364");
}

/* ---- 10.2: transfers -------------------------------------------------------------------- */

static void zero_length(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "dev", 0x40);

    (void)data;
    probe_ask(p);
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_cmphex(address_space_read(as, 0, ANY, NULL, 0), ==, MEMTX_OK);
    g_assert_cmphex(address_space_write(as, 0, ANY, NULL, 0), ==, MEMTX_OK);
    g_assert_cmphex(address_space_rw(as, 0x8000, ANY, NULL, 0, true), ==, MEMTX_OK);
    g_assert_cmphex(address_space_write_rom(as, 0x8000, ANY, NULL, 0), ==, MEMTX_OK);
    g_assert_true(address_space_access_valid(as, 0x8000, 0, true, ANY));
    assert_trace(m, "");
}

/* Blocks of every small length. The buffer lies in guest memory, too, and overlaps the block in all
 * ways. */
static void small_blocks(Machine *m, gconstpointer data)
{
    enum { MOST = 70, FROM = 100 };
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *host = host_of(ram_at(m, root, 0, "ram")), before[3 * FROM], want[3 * FROM];

    (void)data;
    for (unsigned i = 0; i < sizeof(before); i++) {
        before[i] = (uint8_t)(7 * i + 1);
    }
    for (unsigned len = 1; len <= MOST; len++) {
        for (unsigned to = FROM - MOST - 1; to <= FROM + MOST + 1; to++) {
            memcpy(want, before, sizeof(want));
            memmove(want + to, before + FROM, len);
            memcpy(host, before, sizeof(before));
            g_assert_cmphex(address_space_read(as, FROM, ANY, host + to, len), ==, MEMTX_OK);
            g_assert_cmpmem(host, sizeof(want), want, sizeof(want));
            memcpy(host, before, sizeof(before));
            g_assert_cmphex(address_space_write(as, to, ANY, host + FROM, len), ==, MEMTX_OK);
            g_assert_cmpmem(host, sizeof(want), want, sizeof(want));
        }
    }
}

/* The first byte of a block decides nothing about the last. */
static void blocks_at_the_end(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[40] = { 0 };

    (void)data;
    ram_at(m, root, 0, "ram");
    for (hwaddr len = 1; len <= sizeof(buf); len++) {
        const hwaddr addr = 0x1000 - len;
        g_assert_cmphex(address_space_read(as, addr, ANY, buf, len), ==, MEMTX_OK);
        g_assert_cmphex(address_space_write(as, addr, ANY, buf, len), ==, MEMTX_OK);
        g_assert_cmphex(address_space_read(as, addr + 1, ANY, buf, len), !=, MEMTX_OK);
        g_assert_cmphex(address_space_write(as, addr + 1, ANY, buf, len), !=, MEMTX_OK);
    }
}

static void across_ranges(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *a, *b;
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[8];

    (void)data;
    a = ram_at(m, root, 0, "a");
    b = ram_at(m, root, 0x1000, "b");
    g_assert_cmphex(address_space_write(as, 0xffc, ANY, "ABCDEFGH", 8), ==, MEMTX_OK);
    g_assert_cmpmem(host_of(a) + 0xffc, 4, "ABCD", 4);
    g_assert_cmpmem(host_of(b), 4, "EFGH", 4);
    g_assert_cmphex(address_space_rw(as, 0xffc, ANY, buf, 8, false), ==, MEMTX_OK);
    g_assert_cmpmem(buf, 8, "ABCDEFGH", 8);
}

static void chunk_sizes(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    uint8_t buf[16];

    (void)data;
    memory_region_add_subregion(
        root, 0x101, &p->mr); /* alignment counts by offset in the region, not by address */
    address_space_read(as, 0x101 + 1, ANY, buf, 15);
    assert_trace(m, "d:r1/1 d:r2/2 d:r4/4 d:r8/8");
    assert_hex(buf, 15, "1112131415161718191a1b1c1d1e1f");
    p->ops.valid.max_access_size = 0;
    address_space_read(as, 0x101, ANY, buf, 15);
    assert_trace(m, "d:r0/4 d:r4/4 d:r8/4 d:rc/2 d:re/1");
    p->ops.valid.max_access_size = 2;
    address_space_write(as, 0x101 + 1, ANY, "\1\2\3\4", 4);
    assert_trace(m, "d:w1/1=1 d:w2/2=302 d:w4/1=4");
    p->ops.valid.max_access_size = 8;
    p->ops.valid.unaligned =
        true; /* which accesses the guest may make does not depend on what the device implements */
    address_space_read(as, 0x101 + 3, ANY, buf, 11);
    assert_trace(m, "d:r3/1 d:r4/4 d:r8/4 d:rc/2");
    p->ops.impl.unaligned = true;
    address_space_read(as, 0x101 + 3, ANY, buf, 11);
    assert_trace(m, "d:r3/8 d:rb/2 d:rd/1");
}

/* A transfer does not widen a chunk to valid.min_access_size, so both of these are refused. */
static void chunk_below_minimum(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    p->ops.valid.min_access_size = 4;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_cmphex(address_space_write(as, 0, ANY, "abc", 3), ==, MEMTX_DECODE_ERROR);
    assert_trace(m, "");
}

static void byte_order(Machine *m, gconstpointer data)
{
    static const enum device_endian orders[] = { DEVICE_LITTLE_ENDIAN, DEVICE_BIG_ENDIAN };
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[4];

    (void)data;
    for (unsigned i = 0; i < 2; i++) {
        Probe *p = probe_new_plain(m, "d", 0x40);
        p->ops.endianness = orders[i];
        memory_region_add_subregion(root, 0x100 * i, &p->mr);
        address_space_read(as, 0x100 * i, ANY, buf, 4);
        assert_hex(buf, 4, "10111213");
        g_string_truncate(m->trace, 0);
        address_space_write(as, 0x100 * i, ANY, "\1\2\3\4", 4);
        assert_trace(m, i ? "d:w0/4=1020304" : "d:w0/4=4030201");
    }
}

static void refused_part(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 4);
    uint8_t buf[12];

    (void)data;
    ram_at(m, root, 0, "ram");
    p->ops.valid.max_access_size = 4;
    probe_ask(p);
    memory_region_add_subregion_overlap(root, 4, &p->mr, 1);
    memset(buf, 0x55, sizeof(buf));
    g_assert_cmphex(address_space_read(as, 0, ANY, buf, 12), ==, MEMTX_DECODE_ERROR);
    assert_hex(buf, 12, "a0a1a2a300000000a8a9aaab");
    assert_trace(m, "d:ar0/4");
}

static void device_errors_add_up(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 8);
    MemTxAttrs attrs = { .secure = 1, .requester_id = 0x1234 };
    uint8_t buf[12];

    (void)data;
    probe_use_attrs(p);
    p->result = MEMTX_ERROR;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_cmphex(address_space_read(as, 0, attrs, buf, 12), ==,
                    MEMTX_ERROR | MEMTX_DECODE_ERROR);
    assert_hex(buf, 12, "101112131415161700000000");
    g_assert_true(p->attrs.secure && !p->attrs.unspecified && p->attrs.requester_id == 0x1234);
}

static void address_wraps(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX);
    AddressSpace *as = space_new(m, root, "as");
    MemoryRegion *high = ram_at(m, root, UINT64_MAX - 0xfff, "high");
    MemoryRegion *low = ram_at(m, root, 0, "low");
    uint8_t buf[8];

    (void)data;
    g_assert_cmphex(address_space_write(as, UINT64_MAX - 3, ANY, "ABCDEFGH", 8), ==, MEMTX_OK);
    g_assert_cmpmem(host_of(high) + 0xffc, 4, "ABCD", 4);
    g_assert_cmpmem(host_of(low), 4, "EFGH", 4);
    g_assert_cmphex(address_space_read(as, UINT64_MAX - 3, ANY, buf, 8), ==, MEMTX_OK);
    g_assert_cmpmem(buf, 8, "ABCDEFGH", 8);
}

/* If a device changes the map during a transfer, the rest of the transfer still sees the old
 * map. */
static void change_the_map(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)addr, (void)size, (void)is_write;
    memory_region_set_enabled(p->opaque, false);
}

static void one_view(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 8);
    uint8_t buf[16];

    (void)data;
    ram = ram_at(m, root, 8, "ram");
    p->hook = change_the_map;
    p->opaque = ram;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_cmphex(address_space_read(as, 0, ANY, buf, 16), ==, MEMTX_OK);
    assert_hex(buf, 16, "1011121314151617a0a1a2a3a4a5a6a7");
    g_assert_cmphex(address_space_read(as, 8, ANY, buf, 4), ==, MEMTX_DECODE_ERROR);
}

static void continued_read(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 8);
    hwaddr xlat, len = 12;
    uint8_t buf[12];
    FlatView *fv;

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    memory_region_add_subregion_overlap(root, 4, &p->mr, 1);
    fv = address_space_get_flatview(as);
    memory_read_lock();
    g_assert_true(flatview_translate(fv, 0, &xlat, &len, false, ANY) == ram);
    g_assert_cmphex(len, ==, 4);
    g_assert_cmphex(flatview_read_continue(fv, 0, ANY, buf, 12, xlat, len, ram), ==, MEMTX_OK);
    memory_read_unlock();
    assert_hex(buf, 12, "a0a1a2a31011121314151617");
    flatview_unref(fv);
}

/* D9: the length that a translation returns for a device may reach beyond the device. */
static void continued_read_of_a_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 12);
    hwaddr xlat, len = 8;
    uint8_t buf[8];

    (void)data;
    memory_region_add_subregion(root, 0, &p->mr);
    memory_read_lock();
    FlatView *fv = address_space_to_flatview(as);
    g_assert_true(flatview_translate(fv, 8, &xlat, &len, false, ANY) == &p->mr);
    g_assert_cmphex(len, ==, 8);
    g_assert_cmphex(flatview_read_continue(fv, 8, ANY, buf, 8, xlat, len, &p->mr), ==,
                    MEMTX_DECODE_ERROR);
    memory_read_unlock();
    assert_hex(buf, 8, "0000000000000000");
    assert_trace(m, "");
}

static void rom_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[4];

    (void)data;
    memory_region_add_subregion(root, 0x1000, romd);
    count_up(host_of(romd), 0x40);
    address_space_read(as, 0x1004, ANY, buf, 4);
    assert_hex(buf, 4, "a4a5a6a7");
    g_assert_cmphex(address_space_write(as, 0x1004, ANY, "abcd", 4), ==, MEMTX_OK);
    assert_hex(host_of(romd) + 4, 4, "a4a5a6a7"); /* the device ignores writes */
    memory_region_rom_device_set_romd(romd, false);
    address_space_read(as, 0x1004, ANY, buf, 4);
    assert_hex(buf, 4, "04000000"); /* the device returns the offset */
}

/* R3: a direct read of a ROM device ends where another region covers it. */
static void rom_device_is_cut(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 4);
    uint8_t buf[8];
    hwaddr xlat, len = 8;

    (void)data;
    memory_region_add_subregion(root, 0, romd);
    memory_region_add_subregion_overlap(root, 4, &p->mr, 1);
    count_up(host_of(romd), 0x40);
    address_space_read(as, 0, ANY, buf, 8);
    assert_hex(buf, 8, "a0a1a2a310111213");
    memory_read_lock();
    g_assert_true(address_space_translate(as, 0, &xlat, &len, false, ANY) == romd);
    memory_read_unlock();
    g_assert_cmphex(len, ==, 4);
    g_assert_cmphex(address_space_write_rom(as, 0, ANY, "ABCDEFGH", 8), ==, MEMTX_OK);
    g_assert_cmpmem(host_of(romd), 4, "ABCD", 4);
    assert_hex(host_of(romd) + 4, 4, "a4a5a6a7");
}

/* R3: a direct access does not go on after the end of a ROM device's memory, however it is read or
 * written. Sanitizers and a page without access see it. */
static void rom_device_ends_with_its_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[16];
    hwaddr len = 16;
    void *p;

    (void)data;
    memory_region_set_size(romd, 0x2000);
    memory_region_add_subregion(root, 0, romd);
    count_up(host_of(romd) + 0xff8, 8);
    address_space_read(as, 0xffc, ANY, buf, 8); /* the length is a constant */
    assert_hex(buf, 4, "a4a5a6a7");
    address_space_read_full(as, 0xff8, ANY, buf, 16);
    assert_hex(buf, 8, "a0a1a2a3a4a5a6a7");
    memset(buf, 0x5a, sizeof(buf));
    address_space_write_rom(as, 0xff8, ANY, buf, 16);
    assert_hex(host_of(romd) + 0xff8, 8, "5a5a5a5a5a5a5a5a");
    p = address_space_map(as, 0xff8, &len, false, ANY);
    g_assert_true(p == host_of(romd) + 0xff8);
    g_assert_cmphex(len, ==, 8);
    address_space_unmap(as, p, len, false, 0);
}

/* Accesses to a region that was made larger than its memory end where the memory ends. */
static void beyond_the_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[8];
    hwaddr len = 0x1000;
    void *p;

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    count_up(host_of(ram) + 0xff8, 8);
    memory_region_set_size(ram, 0x3000);
    g_assert_cmphex(address_space_read(as, 0xffc, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    assert_hex(buf, 8, "a4a5a6a700000000");
    g_assert_cmphex(address_space_write(as, 0x1000, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_ldl_le(as, 0x2000, ANY, NULL), ==, 0);
    p = address_space_map(as, 0xf00, &len, false, ANY);
    g_assert_true(p == host_of(ram) + 0xf00);
    g_assert_cmphex(len, ==, 0x100);
    address_space_unmap(as, p, len, false, 0);
    memory_region_add_subregion(root, 0x4000, window_new(m, "behind", ram, 0x1800, 0x100));
    memset(buf, 0x5a, sizeof(buf));
    g_assert_cmphex(address_space_read(as, 0x4000, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    assert_hex(buf, 8, "0000000000000000");
    memory_read_lock();
    for (hwaddr at = 0x1000; at >= 0xffc; at -= 4) {
        FlatView *fv = address_space_to_flatview(as);
        g_assert_cmphex(flatview_read_continue(fv, at, ANY, buf, 8, at, 8, ram), ==,
                        MEMTX_DECODE_ERROR);
        assert_hex(buf, 8, at == 0x1000 ? "0000000000000000" : "a4a5a6a700000000");
    }
    memory_read_unlock();
}

static void beyond_the_ram_device(Machine *m, gconstpointer data)
{
    static uint8_t registers[0x1000];
    MemoryRegion *root, *dev = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    MemTxResult result = 0;
    uint64_t val;
    uint8_t buf[8];

    (void)data;
    memory_region_init_ram_device_ptr(dev, NULL, "bar", sizeof(registers), registers);
    g_ptr_array_add(m->regions, dev);
    memory_region_set_size(dev, 0x4000);
    memory_region_add_subregion(root, 0, dev);
    g_assert_cmphex(address_space_read(as, 0xffc, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    address_space_ldl_le(as, 0xffe, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(memory_region_dispatch_read(dev, 0x2000, &val, MO_8, ANY), ==,
                    MEMTX_DECODE_ERROR);
}

/* ---- 10.2: loader writes ---------------------------------------------------------------- */

static void write_rom_kinds(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *rom, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 8);
    uint8_t buf[0x18];

    (void)data;
    rom = ram_at(m, root, 0x1000, "rom");
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion(root, 0x2000, romd);
    memory_region_add_subregion_overlap(root, 0x1ff8, &p->mr, 1);
    count_up(buf, sizeof(buf));
    g_assert_cmphex(address_space_write_rom(as, 0x1ff0, ANY, buf, 0x18), ==, MEMTX_OK);
    assert_trace(m, "");
    assert_hex(host_of(rom) + 0xff0, 16, "a0a1a2a3a4a5a6a70000000000000000");
    assert_hex(host_of(romd), 8, "b0b1b2b3b4b5b6b7");
    memory_region_rom_device_set_romd(romd, false);
    g_assert_cmphex(address_space_write_rom(as, 0x2000, ANY, "xxxx", 4), ==, MEMTX_OK);
    assert_hex(host_of(romd), 8, "b0b1b2b3b4b5b6b7");
    g_assert_cmphex(address_space_write_rom(as, 0x8000, ANY, buf, 8), ==, MEMTX_OK);
}

static void count_access(void *opaque)
{
    ++*(unsigned *)opaque;
}

/* R9: a loader writes a RAM device with stores as wide as those of a transfer; the flush hook
 * counts them. */
static void write_rom_ram_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *dev = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    static uint8_t registers[0x1000];
    unsigned count = 0;
    MemoryContextHooks hooks = { .flush_coalesced_mmio = count_access, .opaque = &count };

    (void)data;
    memset(registers, 0, 16);
    memory_region_init_ram_device_ptr(dev, NULL, "bar", sizeof(registers), registers);
    g_ptr_array_add(m->regions, dev);
    memory_region_set_readonly(dev, true);
    memory_region_add_subregion(root, 0, dev);
    g_assert_cmphex(address_space_write(as, 1, ANY, "abcde", 5), ==, MEMTX_DECODE_ERROR);
    assert_hex(registers, 8, "0000000000000000");
    memory_region_set_flush_coalesced(dev);
    memory_context_set_hooks(m->ctx, &hooks);
    g_assert_cmphex(address_space_write_rom(as, 1, ANY, "abcde", 5), ==, MEMTX_OK);
    g_assert_cmpuint(count, ==, 2); /* 4, 1 */
    memory_context_set_hooks(m->ctx, NULL);
    assert_hex(registers, 8, "0061626364650000");
}

/* A file that the host may only read stays as it is, whatever the region's flags say. */
static void write_rom_readonly_file(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *rom = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    g_autofree char *path = NULL, *image = g_malloc0(0x1000);
    int fd = g_file_open_tmp("physmem-XXXXXX", &path, NULL);
    Error *err = NULL;

    (void)data;
    close(fd);
    memcpy(image, "boot", 4);
    g_assert_true(g_file_set_contents(path, image, 0x1000, NULL));
    memory_region_init_ram_from_file(rom, NULL, "rom", 0x1000, 0, 0, path, true, &err);
    g_assert_null(err);
    g_ptr_array_add(m->regions, rom);
    memory_region_add_subregion(root, 0, rom);
    g_assert_cmphex(address_space_write_rom(as, 0, ANY, "abcd", 4), ==, MEMTX_DECODE_ERROR);
    memory_region_set_readonly(rom, false);
    g_assert_cmphex(address_space_write(as, 0, ANY, "abcd", 4), ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_ldl_be(as, 0, ANY, NULL), ==, 0x626f6f74);
    unlink(path);
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions own_readonly = { .quirks = MEMORY_QUIRK_OWN_READONLY };

    g_test_init(&argc, &argv, NULL);
    TEST("/access/10.1/direct-kinds", direct_kinds);
    TEST("/access/10.1/rom-refuses-writes", rom_refuses_writes);
    TEST("/access/R1/readonly-on-the-way", readonly_on_the_way);
    TEST_WITH("/access/R1/quirk", readonly_on_the_way, &own_readonly);
    TEST("/access/R1/loader", readonly_and_loader);
    TEST("/access/10.2/zero-length", zero_length);
    TEST("/access/10.2/small-blocks", small_blocks);
    TEST("/access/10.2/blocks-at-the-end", blocks_at_the_end);
    TEST("/access/10.2/across-ranges", across_ranges);
    TEST("/access/10.2/chunk-sizes", chunk_sizes);
    TEST("/access/10.2/chunk-below-minimum", chunk_below_minimum);
    TEST("/access/10.2/byte-order", byte_order);
    TEST("/access/10.2/refused-part", refused_part);
    TEST("/access/1.1/device-errors-add-up", device_errors_add_up);
    TEST("/access/10.2/address-wraps", address_wraps);
    TEST("/access/10.2/one-view", one_view);
    TEST("/access/10.2/continued-read", continued_read);
    TEST("/access/D9/continued-read", continued_read_of_a_device);
    TEST("/access/10.1/rom-device", rom_device);
    TEST("/access/R3/rom-device-is-cut", rom_device_is_cut);
    TEST("/access/R3/rom-device-ends-with-its-memory", rom_device_ends_with_its_memory);
    TEST("/access/10.2/beyond-the-memory", beyond_the_memory);
    TEST("/access/10.2/beyond-the-ram-device", beyond_the_ram_device);
    TEST("/access/10.2/write-rom-kinds", write_rom_kinds);
    TEST("/access/R9/write-rom-ram-device", write_rom_ram_device);
    TEST("/access/10.2/write-rom-readonly-file", write_rom_readonly_file);
    return g_test_run();
}
