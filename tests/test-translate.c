/* SPDX-License-Identifier: MIT
 *
 * Queries without a transfer: access_valid, translation; and holes and the default spaces
 * (specification 10.2, 10.3, 22.3, 22.7; R4, R22).
 */
#include <string.h>

#include "probe.h"

/* ---- 10.2: validity --------------------------------------------------------------------- */

static void valid_kinds(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *rom;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    ram_at(m, root, 0, "ram");
    rom = ram_at(m, root, 0x1000, "rom");
    memory_region_set_readonly(rom, true);
    p->ops.valid.min_access_size = 4;
    memory_region_add_subregion(root, 0x2000, &p->mr);
    g_assert_true(address_space_access_valid(as, 0x800, 0x800, true, ANY));
    g_assert_true(address_space_access_valid(as, 0x800, 0x1800, false, ANY));
    g_assert_false(address_space_access_valid(as, 0x800, 0x801, true, ANY));
    g_assert_true(address_space_access_valid(as, 0x2004, 8, true, ANY));
    g_assert_false(address_space_access_valid(as, 0x2004, 6, true, ANY));
    g_assert_false(address_space_access_valid(as, 0x2002, 4, true, ANY));
    g_assert_false(address_space_access_valid(as, 0x203c, 5, true, ANY));
    g_assert_false(address_space_access_valid(as, 0x8000, 1, false, ANY));
    assert_trace(m, "");
}

static void valid_asks(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    probe_ask(p);
    p->accepts = true;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_true(address_space_access_valid(as, 4, 12, true, (MemTxAttrs){ .user = 1 }));
    assert_trace(m, "d:aw4/4 d:aw8/8");
    g_assert_true(p->attrs.user);
    g_assert_true(address_space_access_valid(as, 0, 24, false, ANY));
    assert_trace(m, "d:ar0/8 d:ar8/8 d:ar10/8");
    p->accepts = false;
    g_assert_false(address_space_access_valid(as, 0, 16, false, ANY));
    assert_trace(m, "d:ar0/8");
}

/* R4: alignment counts by the offset in the region. */
static void valid_by_offset(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    uint8_t buf[4];

    (void)data;
    p->ops.valid.min_access_size = 4;
    memory_region_add_subregion(root, 2, &p->mr);
    g_assert_true(address_space_access_valid(as, 2, 4, false, ANY));
    g_assert_cmphex(address_space_read(as, 2, ANY, buf, 4), ==, MEMTX_OK);
    g_assert_false(address_space_access_valid(as, 4, 4, false, ANY));
    g_assert_cmphex(address_space_read(as, 4, ANY, buf, 4), ==, MEMTX_DECODE_ERROR);
}

/* If access_valid succeeds, the transfer succeeds, also over the region's end (D9). */
static void valid_agrees(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x3c);
    uint8_t buf[0x60];

    (void)data;
    ram_at(m, root, 0, "ram");
    memory_region_add_subregion_overlap(root, 4, &p->mr, 1);
    for (unsigned i = 0; i < 3 * 0x60 * 0x50; i++) {
        hwaddr addr = i % 0x50, len = 1 + i / 0x50 % 0x60;
        p->ops.valid.min_access_size = 1u << i / (0x60 * 0x50);
        g_assert_true(address_space_access_valid(as, addr, len, false, ANY) ==
                      (address_space_read(as, addr, ANY, buf, len) == MEMTX_OK));
    }
    g_string_truncate(m->trace, 0);
}

/* A range of any length is answered at once. */
static void valid_huge(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *window;
    AddressSpace *as = space_new(m, root, "as");
    Probe *p = probe_new_plain(m, "d", UINT64_MAX);

    (void)data;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_true(address_space_access_valid(as, 0, UINT64_MAX, true, ANY));
    g_assert_true(address_space_access_valid(as, 5, UINT64_MAX, false, ANY));
    p->ops.valid.min_access_size = 8;
    g_assert_false(address_space_access_valid(as, 0, UINT64_MAX, true, ANY));
    g_assert_true(address_space_access_valid(as, 8, UINT64_MAX - 7, true, ANY));
    window = window_new(m, "window", &p->mr, 0, 0x1004);
    memory_region_add_subregion_overlap(root, 0x10000, window, 1);
    g_assert_true(address_space_access_valid(as, 0x10000, 0x1000, true, ANY));
    address_space_set_hole(as, 0, MEMTX_OK);
    memory_region_del_subregion(root, &p->mr);
    g_assert_true(address_space_access_valid(as, 0x20000, UINT64_MAX - 0x20000, true, ANY));
}

static unsigned accepted;

static bool count_and_accept(void *opaque, hwaddr addr, unsigned size, bool is_write,
                             MemTxAttrs attrs)
{
    (void)opaque, (void)addr, (void)size, (void)is_write, (void)attrs;
    accepted++;
    return true;
}

/* A device with valid.accepts is called a limited number of times. */
static void valid_is_bounded(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX);
    AddressSpace *as = space_new(m, root, "as");
    Probe *p = probe_new_plain(m, "d", UINT64_MAX);

    (void)data;
    p->ops.valid.accepts = count_and_accept;
    memory_region_add_subregion(root, 0, &p->mr);
    accepted = 0;
    g_assert_true(address_space_access_valid(as, 0, 8192 * 8, true, ANY));
    g_assert_cmpuint(accepted, ==, 8192);
    g_assert_false(address_space_access_valid(as, 0, 8192 * 8 + 8, true, ANY));
    g_assert_cmpuint(accepted, ==, 2 * 8192);
    g_assert_false(address_space_access_valid(as, 0, UINT64_MAX, false, ANY));
    g_assert_cmpuint(accepted, ==, 3 * 8192);
}

/* ---- 10.3 ------------------------------------------------------------------------------- */

static void translate_lengths(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram, *got;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    hwaddr xlat, len = 0x4000;

    (void)data;
    ram = ram_at(m, root, 0x123, "ram");
    memory_region_add_subregion(root, 0x3000, window_new(m, "w", &p->mr, 0x10, 8));
    memory_read_lock();
    g_assert_true(address_space_translate(as, 0x223, &xlat, &len, true, ANY) == ram);
    g_assert_cmphex(xlat, ==, 0x100);
    g_assert_cmphex(len, ==, 0xf00);
    len = 0x100;
    g_assert_true(address_space_translate(as, 0x3004, &xlat, &len, true, ANY) == &p->mr);
    g_assert_cmphex(xlat, ==, 0x14);
    g_assert_cmphex(len, ==, 0x100);
    len = 0x1000;
    address_space_translate(as, 0x23, &xlat, &len, false, ANY);
    g_assert_cmphex(len, ==, 0x1000); /* a hole does not end like memory */
    got = address_space_translate(as, 0x5678, &xlat, &len, false, ANY);
    memory_read_unlock();
    g_assert_nonnull(got);
    g_assert_cmphex(xlat, ==, 0x5678);
    g_assert_cmphex(memory_region_dispatch_read(got, 0, &xlat, MO_LEUL, ANY), ==,
                    MEMTX_DECODE_ERROR);
}

static void tlb_entries(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *rom;
    AddressSpace *as = probe_space(m, &root);
    IOMMUTLBEntry e;

    (void)data;
    ram_at(m, root, 0, "ram");
    rom = ram_at(m, root, 0x2000, "rom");
    memory_region_set_readonly(rom, true);
    memory_read_lock();
    e = address_space_get_iotlb_entry(as, 0x123, true, ANY);
    g_assert_true(e.target_as == as && e.perm == IOMMU_RW);
    g_assert_true(e.iova == 0 && e.translated_addr == 0 && e.addr_mask == 0xfff);
    e = address_space_get_iotlb_entry(as, 0x2fff, false, ANY);
    g_assert_true(e.perm == IOMMU_RO && e.iova == 0x2000); /* R22 */
    e = address_space_get_iotlb_entry(as, 0x1000, false, ANY);
    g_assert_true(!e.target_as && !e.iova && !e.translated_addr && !e.addr_mask &&
                  e.perm == IOMMU_NONE);
    memory_read_unlock();
}

/* ---- Holes ------------------------------------------------------------------------------ */

static void holes_at_first(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[8];

    (void)data;
    ram_at(m, root, 3, "ram");
    memset(buf, 0x55, sizeof(buf));
    g_assert_cmphex(address_space_read(as, 0, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    assert_hex(buf, 8, "000000a0a1a2a3a4"); /* the hole's bytes end where the memory begins */
    g_assert_cmphex(address_space_write(as, 1, ANY, "\1\2\3\4", 4), ==, MEMTX_DECODE_ERROR);
    address_space_read(as, 0, ANY, buf, 8);
    assert_hex(buf, 8, "0000000304a2a3a4");
}

static void holes_that_float(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemTxResult result = 0xee;
    uint8_t buf[8];

    (void)data;
    address_space_set_hole(as, 0xc3, MEMTX_OK);
    ram_at(m, root, 4, "ram");
    g_assert_cmphex(address_space_read(as, 0, ANY, buf, 8), ==, MEMTX_OK);
    assert_hex(buf, 8, "c3c3c3c3a0a1a2a3");
    g_assert_cmphex(address_space_ldl_be(as, 0x8001, ANY, &result), ==, 0xc3c3c3c3);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmphex(address_space_ldub(as, 0x8001, ANY, NULL), ==, 0xc3);
    g_assert_cmphex(address_space_ldq_le(as, 0x8001, ANY, NULL), ==, 0xc3c3c3c3c3c3c3c3);
    address_space_stl_le(as, 0x8000, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmphex(address_space_write(as, 0x8000, ANY, buf, 8), ==, MEMTX_OK);
    g_assert_true(address_space_access_valid(as, 0, 0x10000, true, ANY));
}

/* ---- 22.3 and 22.7 ---------------------------------------------------------------------- */

static void default_spaces(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);
    MemTxResult result = 0xee;
    uint8_t buf[4];
    hwaddr len = 4;
    void *p;

    (void)data;
    memory_region_add_subregion(get_system_memory(), 0x1000, ram);
    cpu_physical_memory_write(0x1004, "abcd", 4);
    cpu_physical_memory_read(0x1004, buf, 4);
    g_assert_cmpmem(buf, 4, "abcd", 4);
    cpu_physical_memory_rw(0, buf, 4, false);
    assert_hex(buf, 4, "00000000");
    g_assert_false(cpu_physical_memory_is_io(0x1fff));
    g_assert_true(cpu_physical_memory_is_io(0x2000));
    p = cpu_physical_memory_map(0x1004, &len, true);
    g_assert_true(p == host_of(ram) + 4);
    cpu_physical_memory_unmap(p, len, true, len);
    cpu_flush_icache_range(0, UINT64_MAX);
    g_assert_cmphex(address_space_ldl_le(memory_context_io(m->ctx), 0x60, ANY, &result), ==,
                    UINT32_MAX);
    g_assert_cmphex(result, ==, MEMTX_OK);
}

static void is_io_by_kind(Machine *m, gconstpointer data)
{
    MemoryRegion *romd = romd_new(m, "romd", 0x1000), *io = io_new(m, "io", 0x10);

    (void)data;
    memory_region_add_subregion(get_system_memory(), 0, romd);
    memory_region_add_subregion_overlap(get_system_memory(), 0x10, io, 1);
    g_assert_false(cpu_physical_memory_is_io(0xf));
    g_assert_true(cpu_physical_memory_is_io(0x10));
    memory_region_rom_device_set_romd(romd, false);
    g_assert_true(cpu_physical_memory_is_io(0xf));
}

static void catch_all_ops(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    uint64_t val = 0;

    (void)data;
    memory_region_init_io(mr, NULL, &unassigned_io_ops, NULL, "ones", 0x10);
    g_ptr_array_add(m->regions, mr);
    g_assert_cmphex(memory_region_dispatch_read(mr, 8, &val, MO_LEQ, ANY), ==, MEMTX_OK);
    g_assert_cmphex(val, ==, UINT64_MAX);
    g_assert_cmphex(memory_region_dispatch_read(mr, 3, &val, MO_LEUW, ANY), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmphex(val, ==, 0);
    g_assert_cmphex(memory_region_dispatch_write(mr, 4, 1, MO_LEUL, ANY), ==, MEMTX_OK);
    g_assert_true(memory_region_access_valid(mr, 4, 4, true, ANY));
    g_assert_false(memory_region_access_valid(mr, 2, 4, true, ANY));
}

static void reservation(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *mr = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[8];

    (void)data;
    memory_region_init_io(mr, NULL, NULL, NULL, "reserved", 0x10);
    g_ptr_array_add(m->regions, mr);
    memory_region_add_subregion(root, 0, mr);
    address_space_set_hole(as, 0xff, MEMTX_OK); /* a region is there, so it is not a hole */
    memset(buf, 0x55, sizeof(buf));
    g_assert_cmphex(address_space_read(as, 0, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    assert_hex(buf, 8, "0000000000000000");
    g_assert_false(address_space_access_valid(as, 0, 1, false, ANY));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/translate/10.2/valid-kinds", valid_kinds);
    TEST("/translate/10.2/valid-asks", valid_asks);
    TEST("/translate/R4/valid-by-offset", valid_by_offset);
    TEST("/translate/10.2/valid-agrees", valid_agrees);
    TEST("/translate/10.2/valid-huge", valid_huge);
    TEST("/translate/R4/valid-is-bounded", valid_is_bounded);
    TEST("/translate/10.3/translate-lengths", translate_lengths);
    TEST("/translate/10.3/tlb-entries", tlb_entries);
    TEST("/translate/holes/at-first", holes_at_first);
    TEST("/translate/holes/that-float", holes_that_float);
    TEST("/translate/22.3/default-spaces", default_spaces);
    TEST("/translate/22.3/is-io-by-kind", is_io_by_kind);
    TEST("/translate/22.7/catch-all-ops", catch_all_ops);
    TEST("/translate/4/reservation", reservation);
    return g_test_run();
}
