/* SPDX-License-Identifier: MIT
 *
 * Translations that threads keep (specification 15.3): which questions one translation answers, and
 * that an access does the same with a kept one as with a new one. test-iommu-forgotten.c and
 * test-iommu-meanwhile.c have the changes after which it must not be used.
 */
#include "iommu-keeping.h"

#define SECURE ((MemTxAttrs){ .secure = 1 })

/* ---- Questions --------------------------------------------------------------------------- */

static void access_in_all_ways(const Board *b)
{
    hwaddr addr = BOARD_AT + 2 * PAGE, len = 0x100;
    uint8_t buf[0x100];
    MemoryRegionCache cache;

    g_assert_cmphex(address_space_ldq_le(b->bus, addr, ANY, NULL) & 0xff, ==, BYTE_OF(2));
    address_space_read(b->bus, addr, ANY, buf, sizeof(buf));
    g_assert_cmphex(buf[0], ==, BYTE_OF(2));
    address_space_write(b->bus, addr, ANY, buf, sizeof(buf));
    address_space_stb(b->bus, addr, BYTE_OF(2), ANY, NULL);
    address_space_set(b->bus, addr + 0x800, 0, 0x100, ANY);
    g_assert_true(address_space_access_valid(b->bus, addr, 0x100, true, ANY));
    const uint8_t *host = address_space_map(b->bus, addr, &len, false, ANY);
    g_assert_true(host == host_of(b->ram) + 2 * PAGE);
    address_space_unmap(b->bus, (void *)host, len, false, 0);
    memory_read_lock();
    g_assert_true(address_space_translate(b->bus, addr, &addr, &len, false, ANY) == b->ram);
    memory_read_unlock();
    addr = BOARD_AT + 2 * PAGE;
    address_space_cache_init(&cache, b->bus, addr, PAGE, true);
    g_assert_cmphex(address_space_ldub_cached(&cache, 0, ANY, NULL), ==, BYTE_OF(2));
    address_space_cache_destroy(&cache);
}

/* All ways to access use what is kept: one question for each direction. */
static void asks_once(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);

    (void)data;
    access_in_all_ways(&b);
    g_assert_cmpuint(b.u->asked, >=, 9);
    memory_region_iommu_set_caching(&b.u->parent_obj, true);
    b.u->asked = 0;
    for (unsigned i = 0; i < 3; i++) {
        access_in_all_ways(&b);
    }
    assert_asked(b.u, 2);
}

/* A translation answers for its page, its direction and its index. */
static void asks_for_each_question(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET_FULL);
    hwaddr addr = BOARD_AT + 3 * PAGE;

    (void)data;
    b.u->tells = true;
    for (unsigned i = 0; i < 3; i++) {
        address_space_ldub(b.bus, addr, ANY, NULL);
        address_space_ldub(b.bus, addr + PAGE - 1, ANY, NULL);
        address_space_stb(b.bus, addr, 1, ANY, NULL);
        address_space_ldub(b.bus, addr, SECURE, NULL);
        address_space_ldub(b.bus, addr + PAGE, ANY, NULL);
    }
    assert_trace(m, "u:ro3000/0 u:wo3000/0 u:ro3000/1 u:ro4000/0");
}

/* Compilers leave anything in the bits of a MemTxAttrs that belong to no attribute. */
static void only_attributes_count(Machine *m, gconstpointer data)
{
    typedef union Bits {
        MemTxAttrs attrs;
        uint32_t bits;
    } Bits;
    static const Bits all = { { 1, 1, 1, 0xffff, 1, 1, 1, 1, 1, 1 } };
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    for (unsigned bit = 0; bit < 32; bit++) {
        Bits one = { .bits = 1u << bit };

        address_space_ldub(b.bus, BOARD_AT, one.attrs, NULL);
        one.bits |= ~all.bits;
        address_space_ldub(b.bus, BOARD_AT, one.attrs, NULL);
    }
    g_assert_cmpuint((unsigned)__builtin_popcount(all.bits), ==, 25);
    assert_asked(b.u, 25 + 1); /* each attribute, and none */
}

static void pages_of_any_size(Machine *m, gconstpointer data)
{
    const hwaddr masks[] = { 0, 0xff, 0x3fff, 0xffff, 0x1fffff, 0x3fffffff, HWADDR_MAX };
    Board b = keeping_board(m, TYPE_PUPPET_FULL);

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(masks); i++) {
        b.u->mask = masks[i];
        memory_region_iommu_forget(&b.u->parent_obj);
        for (unsigned n = 0; n < 3; n++) {
            for (unsigned page = 0; page < BOARD_SIZE / PAGE; page++) {
                g_assert_cmphex(look(b.bus, page), ==, BYTE_OF(page));
            }
        }
        g_assert_cmpuint(b.u->asked, <=, BOARD_SIZE / PAGE);
        b.u->asked = 0;
    }
}

/* A page of many places: each of the 2 MiB in it asks once. */
static void large_pages(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *bus_root = box_new(m, "bus", UINT64_MAX);
    AddressSpace *system = space_new(m, root, "system"), *bus = space_new(m, bus_root, "bus");
    Puppet *u = puppet_new(m, TYPE_PUPPET, "u", UINT64_MAX, system);

    (void)data;
    memory_region_add_subregion(root, 0, ram_new(m, "ram", 0x8000000));
    memory_region_add_subregion(bus_root, 0, puppet_region(u));
    memory_region_iommu_set_caching(&u->parent_obj, true);
    u->mask = 0xffffffff;
    for (hwaddr addr = 0; addr < 0x8000000; addr += PAGE) {
        address_space_stl_le(bus, addr, (uint32_t)addr, ANY, NULL);
    }
    assert_asked(u, 0x8000000 / 0x200000);
    for (hwaddr addr = 0; addr < 0x8000000; addr += 7 * PAGE) {
        g_assert_cmphex(address_space_ldl_le(bus, addr, ANY, NULL), ==, addr);
    }
    assert_asked(u, 0x8000000 / 0x200000);
}

/* What is refused is not kept. So what begins to be granted needs no report. */
static void refusals_are_not_kept(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    MemTxResult result;

    (void)data;
    b.u->perm = IOMMU_NONE;
    g_assert_cmpint(look(b.bus, 1), ==, -1);
    g_assert_cmpint(look(b.bus, 1), ==, -1);
    assert_asked(b.u, 2);
    b.u->perm = IOMMU_RO;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    address_space_stb(b.bus, BOARD_AT + PAGE, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    b.u->perm = IOMMU_RW;
    address_space_stb(b.bus, BOARD_AT + PAGE, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmpint(look(b.bus, 1), ==, 1);
    assert_asked(b.u, 3);
}

/* Defective entries are not kept either. */
static void defects_are_not_kept(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    b.u->to = NULL;
    g_assert_cmpint(look(b.bus, 1), ==, -1);
    b.u->to = b.system;
    b.u->mask = 0xffe;
    g_assert_cmpint(look(b.bus, 1), ==, -1);
    b.u->mask = 0xfff;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    assert_asked(b.u, 3);
}

/* ---- What accesses do besides ------------------------------------------------------------ */

static void marks_dirty(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    uint8_t buf[8] = { 1 };

    (void)data;
    memory_region_set_log(b.ram, true, DIRTY_MEMORY_VGA);
    for (unsigned i = 0; i < 3; i++) {
        memory_region_reset_dirty(b.ram, 0, BOARD_SIZE, DIRTY_MEMORY_VGA);
        address_space_stl_le(b.bus, BOARD_AT + PAGE, 1, ANY, NULL);
        address_space_write(b.bus, BOARD_AT + 3 * PAGE, ANY, buf, sizeof(buf));
        for (unsigned page = 0; page < BOARD_SIZE / PAGE; page++) {
            g_assert_true(memory_region_get_dirty(b.ram, page * PAGE, PAGE, DIRTY_MEMORY_VGA) ==
                          (page == 1 || page == 3));
        }
    }
    assert_asked(b.u, 2);
}

static void assert_counted(MemoryRegion *mr, uint64_t reads, uint64_t writes)
{
    MemoryRegionCounts c;

    g_assert_true(memory_region_get_counts(mr, &c));
    g_assert_cmpuint(c.reads, ==, reads);
    g_assert_cmpuint(c.writes, ==, writes);
}

/* Counting begins and ends without a report and without a commit. */
static void counts(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    uint8_t buf[8] = { 1 };

    (void)data;
    for (unsigned i = 0; i < 6; i++) {
        memory_region_set_counting(b.ram, i % 2);
        address_space_stl_le(b.bus, BOARD_AT + PAGE, 1, ANY, NULL);
        address_space_write(b.bus, BOARD_AT + PAGE, ANY, buf, sizeof(buf));
        address_space_read(b.bus, BOARD_AT + PAGE, ANY, buf, sizeof(buf));
        address_space_ldub(b.bus, BOARD_AT + PAGE, ANY, NULL);
        if (i % 2) {
            assert_counted(b.ram, 2, 2);
        }
    }
    assert_asked(b.u, 2);
}

/* The whole space is one page, as of an IOMMU that is switched off. */
static IOMMUTLBEntry unchanged(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)addr, (void)flag, (void)index;
    e.iova = e.translated_addr = 0;
    e.addr_mask = HWADDR_MAX;
    return e;
}

/* The page is larger than the memory that it leads to, which lies between devices. */
static void page_of_all(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    Probe *p = probe_new_plain(m, "d", PAGE);

    (void)data;
    b.u->answer = unchanged;
    memory_region_add_subregion_overlap(b.root, 0, &p->mr, 1);
    memory_region_add_subregion_overlap(b.root, 3 * PAGE, io_new(m, "io", PAGE), 1);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned page = 1; page < 3; page++) {
            address_space_stb(b.bus, BOARD_AT + page * PAGE + 8, (uint8_t)page, ANY, NULL);
            g_assert_cmphex(look(b.bus, page), ==, BYTE_OF(page));
            g_assert_cmphex(host_of(b.ram)[page * PAGE + 8], ==, page);
        }
        address_space_ldl_le(b.bus, BOARD_AT + 8, ANY, NULL);
        assert_trace(m, "d:r8/4");
        g_assert_cmphex(look(b.bus, 3), ==, 0); /* the device returns the address */
    }
    assert_asked(b.u, 2);
}

/* Pages in reverse order. */
static IOMMUTLBEntry reversed(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag, (void)index;
    e.translated_addr = BOARD_SIZE - PAGE - (addr & ~(hwaddr)(PAGE - 1));
    return e;
}

static void write_and_read(const Board *b, hwaddr addr, uint16_t val)
{
    uint16_t back;

    address_space_stw_le(b->bus, addr, val, ANY, NULL);
    g_assert_cmphex(address_space_lduw_le(b->bus, addr, ANY, NULL), ==, val);
    val = GUINT16_TO_LE(val + 0x101);
    address_space_write(b->bus, addr, ANY, &val, 2);
    address_space_read(b->bus, addr, ANY, &back, 2);
    g_assert_cmphex(back, ==, val);
}

/* Accesses that begin in one page and end in another, or begin in one range behind the IOMMU and
 * end in another. */
static void seams(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    MemoryRegion *island = ram_new(m, "island", 2);
    const uint8_t *ram = host_of(b.ram);

    (void)data;
    b.u->answer = reversed;
    memory_region_add_subregion_overlap(b.root, 5 * PAGE + 0x801, island, 1);
    for (unsigned i = 0; i < 3; i++) {
        write_and_read(&b, BOARD_AT + 2 * PAGE - 1, 0x2211);
        g_assert_cmphex(ram[7 * PAGE - 1], ==, 0x12);
        g_assert_cmphex(ram[5 * PAGE], ==, 0x23);
        write_and_read(&b, BOARD_AT + 2 * PAGE + 0x800, 0x4433);
        g_assert_cmphex(ram[5 * PAGE + 0x800], ==, 0x34);
        g_assert_cmphex(host_of(island)[0], ==, 0x45);
        write_and_read(&b, BOARD_AT + 2 * PAGE + 0x802, 0x6655);
        g_assert_cmphex(host_of(island)[1], ==, 0x56);
        g_assert_cmphex(ram[5 * PAGE + 0x803], ==, 0x67);
    }
    assert_asked(b.u, 4);
}

/* Over the end of a page, into a device, with attributes for memory only. */
static void unusual_accesses(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    Probe *p = probe_new_plain(m, "d", PAGE);
    MemTxResult result;

    (void)data;
    memory_region_add_subregion_overlap(b.root, 4 * PAGE, &p->mr, 1);
    b.u->tells = false;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t over = address_space_ldl_le(b.bus, BOARD_AT + PAGE - 1, ANY, NULL);
        g_assert_cmphex(over & 0xffff, ==, board_byte(PAGE - 1) | board_byte(PAGE) << 8);
        address_space_ldl_le(b.bus, BOARD_AT + 4 * PAGE + 8, ANY, &result);
        g_assert_cmphex(result, ==, MEMTX_OK);
        address_space_stl_le(b.bus, BOARD_AT + 4 * PAGE + 8, 0x55, ANY, &result);
        g_assert_cmphex(result, ==, MEMTX_OK);
        address_space_ldl_le(b.bus, BOARD_AT + 4 * PAGE + 8, (MemTxAttrs){ .memory = 1 }, &result);
        g_assert_cmphex(result, ==, MEMTX_ACCESS_ERROR);
        assert_trace(m, i == 0 ? "d:r8/4 d:w8/4=55" : "d:r8/4 d:w8/4=55");
    }
    assert_asked(b.u, 5);
}

/* The entry that a user gets is the one that was kept for this direction. */
static void iotlb_entries(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        memory_read_lock();
        IOMMUTLBEntry e =
            address_space_get_iotlb_entry(b.bus, BOARD_AT + 2 * PAGE + 5, i % 2, ANY);
        memory_read_unlock();
        g_assert_true(e.target_as == b.system);
        g_assert_cmphex(e.translated_addr, ==, 2 * PAGE);
        g_assert_cmphex(e.addr_mask, ==, 0xfff);
        g_assert_cmpint(e.perm, ==, IOMMU_RW);
    }
    assert_asked(b.u, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/iommu-kept/15.3/asks-once", asks_once);
    TEST("/iommu-kept/15.3/asks-for-each-question", asks_for_each_question);
    TEST("/iommu-kept/15.3/only-attributes-count", only_attributes_count);
    TEST("/iommu-kept/15.3/pages-of-any-size", pages_of_any_size);
    TEST("/iommu-kept/15.3/large-pages", large_pages);
    TEST("/iommu-kept/15.3/refusals-are-not-kept", refusals_are_not_kept);
    TEST("/iommu-kept/10.4/defects-are-not-kept", defects_are_not_kept);
    TEST("/iommu-kept/17.2/marks-dirty", marks_dirty);
    TEST("/iommu-kept/counters/counts", counts);
    TEST("/iommu-kept/15.3/page-of-all", page_of_all);
    TEST("/iommu-kept/R5/seams", seams);
    TEST("/iommu-kept/10.4/unusual-accesses", unusual_accesses);
    TEST("/iommu-kept/10.3/iotlb-entries", iotlb_entries);
    return g_test_run();
}
