/* SPDX-License-Identifier: MIT
 *
 * IOMMU regions: their type, where a translation leads, and broken entries of a guest's tables
 * (specification 4, 10.3, 10.4, 15; R1, R11). Accesses that cross pages are in
 * test-iommu-access.c.
 */
#include <errno.h>
#include <string.h>

#include "iommu-puppet.h"

/* ---- 4, 15: the kind -------------------------------------------------------------------- */

static void kind(Machine *m, gconstpointer data)
{
    Puppet *u = puppet_new(m, TYPE_PUPPET, "u", 0x4000, NULL);
    MemoryRegion *mr = puppet_region(u), *io = io_new(m, "io", 0x10);
    MemoryRegion *inner = window_new(m, "inner", mr, 0x1000, 0x1000);
    MemoryRegion *outer = window_new(m, "outer", inner, 0, 0x1000);
    uint64_t val = 1;

    (void)data;
    g_assert_true(memory_region_is_iommu(mr));
    g_assert_true(memory_region_get_iommu(outer) == IOMMU_MEMORY_REGION(u));
    g_assert_false(memory_region_is_iommu(io));
    g_assert_false(memory_region_is_ram(mr) || memory_region_is_rom(mr) ||
                   memory_region_is_romd(mr) || memory_region_is_ram_device(mr));
    g_assert_cmphex(memory_region_size(mr), ==, 0x4000);
    g_assert_true(memory_region_get_iommu_class_nocheck(&u->parent_obj) ==
                  IOMMU_MEMORY_REGION_GET_CLASS(u));
    g_assert_null(object_dynamic_cast(OBJECT(io), TYPE_IOMMU_MEMORY_REGION));
    g_assert_cmphex(memory_region_dispatch_read(mr, 0, &val, MO_LEUL, ANY), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmphex(val, ==, 0);
    g_assert_cmpuint(u->asked, ==, 0);
}

static void defaults(Machine *m, gconstpointer data)
{
    IOMMUMemoryRegion *u = &puppet_new(m, TYPE_PUPPET, "u", 0x4000, NULL)->parent_obj;
    MemTxAttrs secure = { .secure = 1 };
    int attr = 0;

    (void)data;
    g_assert_cmphex(memory_region_iommu_get_min_page_size(u), ==, 0x1000);
    g_assert_cmpint(memory_region_iommu_get_attr(u, IOMMU_ATTR_SPAPR_TCE_FD, &attr), ==, -EINVAL);
    g_assert_cmpint(memory_region_iommu_attrs_to_index(u, secure), ==, 0);
    g_assert_cmpint(memory_region_iommu_num_indexes(u), ==, 1);
    g_assert_cmpint(memory_region_iommu_set_page_size_mask(u, 1, NULL), ==, 0);
}

static void methods(Machine *m, gconstpointer data)
{
    Puppet *s = puppet_new(m, TYPE_PUPPET_FULL, "u", 0x4000, NULL);
    IOMMUMemoryRegion *u = &s->parent_obj;
    MemTxAttrs secure = { .secure = 1 };
    Error *err = NULL;
    int attr = 0;

    (void)data;
    s->page = 0x400;
    g_assert_cmphex(memory_region_iommu_get_min_page_size(u), ==, 0x400);
    g_assert_cmpint(memory_region_iommu_get_attr(u, IOMMU_ATTR_SPAPR_TCE_FD, &attr), ==, 0);
    g_assert_cmpint(attr, ==, 17);
    g_assert_cmpint(memory_region_iommu_attrs_to_index(u, secure), ==, 1);
    g_assert_cmpint(memory_region_iommu_num_indexes(u), ==, 2);
    g_assert_cmpint(memory_region_iommu_set_page_size_mask(u, 0x201000, NULL), ==, 0);
    g_assert_cmphex(s->page_mask, ==, 0x201000);
    g_assert_cmpint(memory_region_iommu_set_page_size_mask(u, 0x200000, &err), ==, -ENOTSUP);
    g_assert_cmpstr(error_get_pretty(err), ==, "4 KiB or nothing");
    error_free(err);
}

/* A type that cannot be instantiated ends the program with a message. */
static void wrong_types(gconstpointer data)
{
    static const struct {
        const char *type;
        size_t size;
        const char *said;
    } wrong[] = {
        { TYPE_IOMMU_MEMORY_REGION, sizeof(Puppet), "*abstract*" },
        { TYPE_MEMORY_REGION, sizeof(Puppet), "*" TYPE_IOMMU_MEMORY_REGION "*" },
        { TYPE_DEVICE, sizeof(Puppet), "*" TYPE_IOMMU_MEMORY_REGION "*" },
        { "no-such-type", sizeof(Puppet), "*unknown*" },
        { TYPE_PUPPET, sizeof(Puppet) - 1, "*bytes*" },
    };
    unsigned which = GPOINTER_TO_UINT(data);

    if (g_test_subprocess()) {
        static Puppet s;
        memory_region_init_iommu(&s, wrong[which].size, wrong[which].type, NULL, "u", 0x1000);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr(wrong[which].said);
}

static void empty_page_mask(Machine *m, gconstpointer data)
{
    (void)data;
    if (g_test_subprocess()) {
        Puppet *s = puppet_new(m, TYPE_PUPPET, "u", 0x4000, NULL);
        memory_region_iommu_set_page_size_mask(&s->parent_obj, 0, NULL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

static const TypeInfo idle_type = {
    .name = "test-iommu-idle",
    .parent = TYPE_IOMMU_MEMORY_REGION,
};

static void without_translate(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    IOMMUMemoryRegion *idle = g_new0(IOMMUMemoryRegion, 1);

    (void)data;
    type_register_static(&idle_type);
    memory_region_init_iommu(idle, sizeof(*idle), idle_type.name, NULL, "idle", 0x1000);
    g_ptr_array_add(m->regions, idle);
    expect_message(m, "misuse", "'idle'", idle_type.name, NULL);
    g_assert_false(memory_region_is_iommu(MEMORY_REGION(idle)));
    memory_region_add_subregion_overlap(b.bus_root, BOARD_AT, MEMORY_REGION(idle), 1);
    g_assert_false(address_space_access_valid(b.bus, BOARD_AT, 4, false, ANY));
}

/* ---- 10.4: the walk --------------------------------------------------------------------- */

static void leads_on(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemTxResult result = 0xee;

    (void)data;
    b.u->shift = 0x2000;
    b.u->tells = true;
    g_assert_cmphex(address_space_ldub(b.bus, BOARD_AT + 0x1234, ANY, &result), ==,
                    board_byte(0x3234));
    g_assert_cmphex(result, ==, MEMTX_OK);
    assert_trace(m, "u:ro1234/0");
    address_space_stb(b.bus, BOARD_AT + 0x1234, 0x99, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmphex(host_of(b.ram)[0x3234], ==, 0x99);
    assert_trace(m, "u:wo1234/0");
}

/* Step 4: the bits of translated_addr below the mask do not count. */
static IOMMUTLBEntry ragged(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag, (void)index;
    e.translated_addr |= 0x777;
    e.iova = 0x123456;
    return e;
}

static void page_and_offset(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);

    (void)data;
    b.u->answer = ragged;
    g_assert_cmphex(address_space_ldub(b.bus, BOARD_AT + 0x2345, ANY, NULL), ==,
                    board_byte(0x2345));
}

static IOMMUTLBEntry by_index(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag;
    e.translated_addr += index * 0x4000;
    return e;
}

/* Step 1: attributes choose the table, and are passed on to what the IOMMU leads to. */
static void attributes(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_FULL);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemTxAttrs secure = { .secure = 1, .requester_id = 0x123 };

    (void)data;
    probe_use_attrs(p);
    p->result = MEMTX_ERROR;
    memory_region_add_subregion(b.root, 0x9000, &p->mr);
    b.u->answer = by_index;
    b.u->tells = true;
    g_assert_cmphex(address_space_ldub(b.bus, BOARD_AT, ANY, NULL), ==, board_byte(0));
    g_assert_cmphex(address_space_ldub(b.bus, BOARD_AT, secure, NULL), ==, board_byte(0x4000));
    assert_trace(m, "u:ro0/0 u:ro0/1");
    g_assert_cmphex(address_space_write(b.bus, BOARD_AT + 0x5008, secure, "abcd", 4), ==,
                    MEMTX_ERROR);
    assert_trace(m, "u:wo5008/1 d:w8/4=64636261");
    g_assert_true(p->attrs.secure && p->attrs.requester_id == 0x123);
}

/* Step 3: permissions. */
static void permissions(Machine *m, gconstpointer data)
{
    static const MemTxResult want[4][2] = {
        [IOMMU_NONE] = { MEMTX_DECODE_ERROR, MEMTX_DECODE_ERROR },
        [IOMMU_RO] = { MEMTX_OK, MEMTX_DECODE_ERROR },
        [IOMMU_WO] = { MEMTX_DECODE_ERROR, MEMTX_OK },
        [IOMMU_RW] = { MEMTX_OK, MEMTX_OK },
    };
    Board b = board_new(m, TYPE_PUPPET);

    (void)data;
    for (unsigned perm = IOMMU_NONE; perm <= IOMMU_RW; perm++) {
        uint8_t buf[4] = { 1, 2, 3, 4 }, before = host_of(b.ram)[0x10];
        b.u->perm = (IOMMUAccessFlags)perm;
        g_assert_cmphex(address_space_read(b.bus, BOARD_AT + 0x10, ANY, buf, 4), ==,
                        want[perm][0]);
        g_assert_cmphex(buf[0], ==, want[perm][0] == MEMTX_OK ? before : 0);
        g_assert_cmphex(address_space_write(b.bus, BOARD_AT + 0x10, ANY, "z", 1), ==,
                        want[perm][1]);
        g_assert_cmphex(host_of(b.ram)[0x10], ==, want[perm][1] == MEMTX_OK ? 'z' : before);
        g_assert_true(address_space_access_valid(b.bus, BOARD_AT, 0x10, false, ANY) ==
                      (want[perm][0] == MEMTX_OK));
        g_assert_true(address_space_access_valid(b.bus, BOARD_AT, 0x10, true, ANY) ==
                      (want[perm][1] == MEMTX_OK));
    }
}

static void through_alias(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegion *window = window_new(m, "window", puppet_region(b.u), 0x1800, 0x1000);

    (void)data;
    b.u->shift = 0x1000;
    memory_region_add_subregion(b.bus_root, 0xa000, window);
    g_assert_cmphex(address_space_ldub(b.bus, 0xa123, ANY, NULL), ==, board_byte(0x2923));
    g_assert_false(address_space_access_valid(b.bus, 0xafff, 2, false, ANY));
}

static void as_root(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *root = puppet_new(m, TYPE_PUPPET, "root", UINT64_MAX, b.system);
    AddressSpace *as = space_new(m, puppet_region(root), "all");

    (void)data;
    g_assert_cmphex(memory_region_size(puppet_region(root)), ==, UINT64_MAX);
    g_assert_cmphex(address_space_ldub(as, 0x321, ANY, NULL), ==, board_byte(0x321));
    root->shift = 0x5000; /* the last page leads to 0x4000 */
    g_assert_cmphex(address_space_ldub(as, UINT64_MAX, ANY, NULL), ==, board_byte(0x4fff));
}

/* R11: an entry for all of 2^64 bytes. */
static void page_of_everything(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *root = puppet_new(m, TYPE_PUPPET, "root", UINT64_MAX, b.system);
    AddressSpace *as = space_new(m, puppet_region(root), "all");
    g_autofree uint8_t *buf = g_malloc(BOARD_SIZE);
    hwaddr xlat, len = UINT64_MAX;

    (void)data;
    root->mask = HWADDR_MAX;
    g_assert_cmphex(address_space_read(as, 0, ANY, buf, BOARD_SIZE), ==, MEMTX_OK);
    g_assert_cmpmem(buf, BOARD_SIZE, host_of(b.ram), BOARD_SIZE);
    g_assert_cmpuint(root->asked, ==, 1);
    memory_read_lock();
    g_assert_true(address_space_translate(as, 1, &xlat, &len, false, ANY) == b.ram);
    memory_read_unlock();
    g_assert_cmphex(xlat, ==, 1);
    g_assert_cmphex(len, ==, BOARD_SIZE - 1);
}

/* A hole answers as its own space says. An access that an IOMMU refuses is not a hole. */
static void holes_behind(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemTxResult result = 0xee;
    uint8_t buf[4] = { 1, 2, 3, 4 };

    (void)data;
    b.u->shift = 0x8000;
    address_space_set_hole(b.bus, 0x11, MEMTX_OK);
    address_space_set_hole(b.system, 0xc3, MEMTX_ERROR);
    g_assert_cmphex(address_space_ldl_le(b.bus, BOARD_AT, ANY, &result), ==, 0xc3c3c3c3);
    g_assert_cmphex(result, ==, MEMTX_ERROR);
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT, ANY, buf, 4), ==, MEMTX_ERROR);
    assert_hex(buf, 4, "c3c3c3c3");
    g_assert_cmphex(address_space_read(b.bus, 0xf000, ANY, buf, 4), ==, MEMTX_OK);
    assert_hex(buf, 4, "11111111");
    address_space_set_hole(b.system, 0xc3, MEMTX_OK);
    b.u->perm = IOMMU_NONE;
    g_assert_cmphex(address_space_ldl_le(b.bus, BOARD_AT, ANY, &result), ==, 0);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    address_space_stl_le(b.bus, BOARD_AT, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT, ANY, buf, 4), ==, MEMTX_DECODE_ERROR);
    assert_hex(buf, 4, "00000000");
    g_assert_false(address_space_access_valid(b.bus, BOARD_AT, 4, true, ANY));
}

/* R1: a read-only window on the way to an IOMMU makes everything behind the IOMMU read-only. */
static void readonly_way(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Probe *p = probe_new_plain(m, "d", 0x40);
    bool own = data != NULL; /* MEMORY_QUIRK_OWN_READONLY */
    MemTxResult want = own ? MEMTX_OK : MEMTX_DECODE_ERROR;
    MemTxResult result = 0xee;
    IOMMUTLBEntry e;

    memory_region_add_subregion(b.root, 0x8000, &p->mr);
    memory_region_set_readonly(b.bus_root, true);
    g_assert_cmphex(address_space_write(b.bus, BOARD_AT, ANY, "x", 1), ==, want);
    address_space_stb(b.bus, BOARD_AT, 'x', ANY, &result);
    g_assert_cmphex(result, ==, want);
    g_assert_cmphex(host_of(b.ram)[0], ==, own ? 'x' : board_byte(0));
    g_assert_true(address_space_access_valid(b.bus, BOARD_AT, 1, true, ANY) == own);
    g_assert_true(address_space_access_valid(b.bus, BOARD_AT, 1, false, ANY));
    memory_read_lock();
    e = address_space_get_iotlb_entry(b.bus, BOARD_AT, false, ANY);
    memory_read_unlock();
    g_assert_cmpint(e.perm, ==, own ? IOMMU_RW : IOMMU_RO);
    /* loaders and devices as without an IOMMU */
    g_assert_cmphex(address_space_write_rom(b.bus, BOARD_AT, ANY, "y", 1), ==, MEMTX_OK);
    g_assert_cmphex(host_of(b.ram)[0], ==, 'y');
    b.u->shift = 0x8000;
    g_assert_cmphex(address_space_write(b.bus, BOARD_AT, ANY, "x", 1), ==, MEMTX_OK);
    assert_trace(m, "d:w0/1=78");
}

/* A region on top of an IOMMU hides it, also in the middle of a page. */
static void overlaid(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegion *small = ram_new(m, "small", 0x1000);
    uint8_t buf[12];

    (void)data;
    count_up(host_of(small), 4);
    memory_region_add_subregion_overlap(b.bus_root, BOARD_AT + 0x104,
                                        window_new(m, "cover", small, 0, 4), 1);
    memset(host_of(b.ram) + 0x100, 0x77, 12);
    g_assert_cmphex(address_space_read(b.bus, BOARD_AT + 0x100, ANY, buf, 12), ==, MEMTX_OK);
    assert_hex(buf, 12, "77777777a0a1a2a377777777");
}

/* ---- Nested ----------------------------------------------------------------------------- */

enum { DEPTH = 70, DEEPEST = 64 };

/* Each IOMMU is the root of a space and leads to the next IOMMU's space, the last one to the
 * board's. */
static void nested(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    AddressSpace *next = b.system;

    (void)data;
    for (unsigned depth = 1; depth <= DEPTH; depth++) {
        Puppet *s = puppet_new(m, TYPE_PUPPET, "level", BOARD_SIZE, next);
        MemTxResult want = depth <= DEEPEST ? MEMTX_OK : MEMTX_DECODE_ERROR, result = 0xee;
        uint8_t buf[2];
        s->shift = depth == 1 ? 0x1000 : 0;
        next = space_new(m, puppet_region(s), "level");
        g_assert_cmphex(address_space_ldub(next, 0x2345, ANY, &result), ==,
                        want ? 0 : board_byte(0x3345));
        g_assert_cmphex(result, ==, want);
        g_assert_cmphex(address_space_read(next, 0x2fff, ANY, buf, 2), ==, want);
    }
}

/* A translation is valid as far as the smallest page on its way. */
static void nested_lengths(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *outer = puppet_new(m, TYPE_PUPPET, "outer", BOARD_SIZE, b.bus);
    AddressSpace *as = space_new(m, puppet_region(outer), "as");
    hwaddr xlat, len = 0x8000;
    IOMMUTLBEntry e;

    (void)data;
    outer->mask = 0x3fff;
    outer->shift = BOARD_AT & ~0x3fff;
    b.u->mask = 0x1fff;
    memory_read_lock();
    g_assert_true(address_space_translate(as, BOARD_AT + 0x123, &xlat, &len, false, ANY) == b.ram);
    e = address_space_get_iotlb_entry(as, BOARD_AT + 0x1123, false, ANY);
    memory_read_unlock();
    g_assert_cmphex(xlat, ==, 0x123);
    g_assert_cmphex(len, ==, 0x2000 - 0x123);
    g_assert_true(e.target_as == b.system);
    g_assert_cmphex(e.addr_mask, ==, 0x1fff);
    g_assert_cmphex(e.iova, ==, 0x2000);
    g_assert_cmphex(e.translated_addr, ==, 0);
}

/* R22: an entry grants what all IOMMUs on the way grant for that direction. */
static void nested_permissions(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *outer = puppet_new(m, TYPE_PUPPET, "outer", BOARD_SIZE, b.bus);
    AddressSpace *as = space_new(m, puppet_region(outer), "as");
    static const IOMMUAccessFlags some[] = { IOMMU_RO, IOMMU_WO, IOMMU_RW };

    (void)data;
    for (unsigned i = 0; i < 2 * 9; i++) {
        bool is_write = i >= 9;
        unsigned needed = is_write ? IOMMU_WO : IOMMU_RO;
        outer->perm = some[i % 3];
        b.u->perm = some[i / 3 % 3];
        unsigned both = outer->perm & b.u->perm;
        memory_read_lock();
        IOMMUTLBEntry e = address_space_get_iotlb_entry(as, BOARD_AT, is_write, ANY);
        memory_read_unlock();
        g_assert_cmpuint(e.perm, ==, both & needed ? both : IOMMU_NONE);
    }
}

/* ---- Logging ---------------------------------------------------------------------------- */

/* Section 17.1: a program that maps what an IOMMU translates has to know when memory is logged. */
static void logged_for_migration(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegion *window = window_new(m, "window", puppet_region(b.u), 0x1000, 0x1000);

    (void)data;
    memory_region_add_subregion(b.bus_root, 0xa000, window);
    spy_on(m, "s", 0, b.bus);
    g_assert_cmphex(memory_region_get_dirty_log_mask(puppet_region(b.u)), ==, 0);
    memory_global_dirty_log_start();
    g_assert_cmphex(memory_region_get_dirty_log_mask(puppet_region(b.u)), ==,
                    1 << DIRTY_MEMORY_MIGRATION);
    g_assert_cmphex(memory_region_get_dirty_log_mask(window), ==, 0);
    assert_trace(m, "s:log_global_start s:begin s:log_start(1000-8fff u@0)0>4 "
                    "s:log_start(a000-afff u@1000)0>4 s:commit");
    memory_global_dirty_log_stop();
    g_assert_cmphex(memory_region_get_dirty_log_mask(puppet_region(b.u)), ==, 0);
    assert_trace(m, "s:begin s:log_stop(1000-8fff u@0)4>0 s:log_stop(a000-afff u@1000)4>0 "
                    "s:commit s:log_global_stop");
}

/* ---- What a guest can do ---------------------------------------------------------------- */

static void note_guest(MemoryContext *ctx, MemoryLogLevel level, const char *text, void *opaque)
{
    (void)ctx;
    g_assert_cmpint(level, ==, MEMORY_LOG_GUEST);
    g_string_append_printf(opaque, "%s\n", text);
}

/* Checks that every kind of access fails and changes nothing, and that the guest log contains the
 * word. */
static void assert_refused(Machine *m, AddressSpace *as, hwaddr addr, const char *word)
{
    GString *said = g_string_new(NULL);
    MemTxResult result = MEMTX_OK;
    uint8_t buf[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    hwaddr xlat, len = 8;
    IOMMUTLBEntry e;
    MemoryRegion *mr;
    void *map;

    memory_context_set_log(m->ctx, note_guest, said);
    g_assert_cmphex(address_space_read(as, addr, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    g_assert_nonnull(strstr(said->str, word));
    memory_context_set_log(m->ctx, NULL, NULL);
    assert_hex(buf, 8, "0000000000000000");
    g_assert_cmphex(address_space_write(as, addr, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_write_rom(as, addr, ANY, buf, 8), ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_ldq_le(as, addr, ANY, &result), ==, 0);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    address_space_stq_le(as, addr, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    g_assert_false(address_space_access_valid(as, addr, 1, false, ANY));
    memory_read_lock();
    mr = address_space_translate(as, addr, &xlat, &len, false, ANY);
    e = address_space_get_iotlb_entry(as, addr, true, ANY);
    memory_read_unlock();
    g_assert_cmpstr(memory_region_name(mr), ==, "unassigned");
    g_assert_true(!e.target_as && !e.iova && !e.translated_addr && !e.addr_mask && !e.perm);
    map = address_space_map(as, addr, &len, true, ANY);
    g_assert_nonnull(map); /* a bounce buffer */
    address_space_unmap(as, map, len, true, len);
    g_string_free(said, true);
}

static IOMMUTLBEntry hostile_entry;

static IOMMUTLBEntry hostile(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    (void)s, (void)addr, (void)flag, (void)index;
    return hostile_entry;
}

static void hostile_entries(Machine *m, gconstpointer data)
{
    static AddressSpace other_space;
    Board b = board_new(m, TYPE_PUPPET);
    MemoryContext *other = memory_context_new(NULL, NULL);
    MemoryContext *before = memory_context_set_current(other);
    MemoryRegion *other_root = g_new0(MemoryRegion, 1);
    g_autofree uint8_t *memory = g_memdup2(host_of(b.ram), BOARD_SIZE);
    const IOMMUTLBEntry good = { .target_as = b.system, .addr_mask = 0xfff, .perm = IOMMU_RW };

    (void)data;
    memory_region_init(other_root, NULL, "other", 0x1000);
    address_space_init(&other_space, other_root, "other");
    memory_context_set_current(before);
    b.u->answer = hostile;
    hostile_entry = (IOMMUTLBEntry){ 0 };
    assert_refused(m, b.bus, BOARD_AT, "IOMMU 'u' grants no such access");
    hostile_entry = good;
    hostile_entry.target_as = NULL;
    assert_refused(m, b.bus, BOARD_AT, "no space");
    hostile_entry.target_as = &other_space;
    assert_refused(m, b.bus, BOARD_AT, "another context");
    hostile_entry = good;
    hostile_entry.addr_mask = 0xffe;
    assert_refused(m, b.bus, BOARD_AT, "addr_mask");
    hostile_entry.addr_mask = 0xf00;
    assert_refused(m, b.bus, BOARD_AT, "addr_mask");
    hostile_entry = good;
    hostile_entry.perm = (IOMMUAccessFlags)7;
    assert_refused(m, b.bus, BOARD_AT, "permissions");
    hostile_entry.perm = (IOMMUAccessFlags)0xfffffff4;
    assert_refused(m, b.bus, BOARD_AT, "grants no such access");
    hostile_entry = good;
    hostile_entry.target_as = b.bus; /* leads back to itself without end */
    hostile_entry.translated_addr = BOARD_AT;
    assert_refused(m, b.bus, BOARD_AT, "too many");
    g_assert_cmpmem(host_of(b.ram), BOARD_SIZE, memory, BOARD_SIZE);
    memory_context_set_current(other);
    address_space_destroy(&other_space);
    memory_drain();
    object_unparent(OBJECT(other_root));
    memory_drain();
    memory_context_set_current(before);
    g_assert_true(memory_context_destroy(other, NULL));
    g_free(other_root);
}

/* The tables are behind the IOMMU itself, so a translation would need itself. */
static IOMMUTLBEntry table_behind_itself(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    MemTxResult result = MEMTX_OK;
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag, (void)index;
    e.translated_addr = address_space_ldl_le(s->opaque, BOARD_AT, ANY, &result);
    e.perm = result == MEMTX_OK ? IOMMU_RW : IOMMU_NONE;
    return e;
}

static void own_tables(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);

    (void)data;
    b.u->answer = table_behind_itself;
    b.u->opaque = b.bus;
    assert_refused(m, b.bus, BOARD_AT, "needs this translation for itself");
    b.u->asked = 0;
    address_space_ldub(b.bus, BOARD_AT, ANY, NULL);
    g_assert_cmpuint(b.u->asked, ==, 1);
}

/* Two IOMMUs that need each other are refused. Tables behind another IOMMU are fine. */
static void tables_behind_another(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *other = puppet_new(m, TYPE_PUPPET, "other", BOARD_SIZE, b.system);
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, "as");
    MemTxResult result = 0xee;

    (void)data;
    memory_region_add_subregion(root, BOARD_AT, puppet_region(other));
    other->answer = table_behind_itself;
    other->opaque = b.bus;
    stl_le_phys(b.system, 0, 0x3000);
    g_assert_cmphex(address_space_ldub(as, BOARD_AT + 5, ANY, &result), ==, board_byte(0x3005));
    g_assert_cmphex(result, ==, MEMTX_OK);
    b.u->answer = table_behind_itself;
    b.u->opaque = as;
    assert_refused(m, as, BOARD_AT, "grants no such access");
}

static const MemoryContextOptions own_readonly = { .quirks = MEMORY_QUIRK_OWN_READONLY };

static void add_wrong_types(void)
{
    for (unsigned i = 0; i < 5; i++) {
        g_autofree char *path = g_strdup_printf("/iommu/4/wrong-types/%u", i);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), wrong_types);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/iommu/4/kind", kind);
    TEST("/iommu/15.2/defaults", defaults);
    TEST("/iommu/15.2/methods", methods);
    TEST("/iommu/15.2/empty-page-mask", empty_page_mask);
    add_wrong_types();
    misuse_test_add("/iommu/4/without-translate", without_translate);
    TEST("/iommu/10.4/leads-on", leads_on);
    TEST("/iommu/10.4/page-and-offset", page_and_offset);
    TEST("/iommu/10.4/attributes", attributes);
    TEST("/iommu/10.4/permissions", permissions);
    TEST("/iommu/10.4/through-alias", through_alias);
    TEST("/iommu/10.4/as-root", as_root);
    TEST("/iommu/R11/page-of-everything", page_of_everything);
    TEST("/iommu/10.4/holes-behind", holes_behind);
    TEST("/iommu/R1/readonly-way", readonly_way);
    TEST_WITH("/iommu/R1/readonly-way-quirk", readonly_way, &own_readonly);
    TEST("/iommu/10.4/overlaid", overlaid);
    TEST("/iommu/10.4/nested", nested);
    TEST("/iommu/10.3/nested-lengths", nested_lengths);
    TEST("/iommu/R22/nested-permissions", nested_permissions);
    TEST("/iommu/17.1/logged-for-migration", logged_for_migration);
    TEST("/iommu/guest/hostile-entries", hostile_entries);
    TEST("/iommu/guest/own-tables", own_tables);
    TEST("/iommu/guest/tables-behind-another", tables_behind_another);
    return g_test_run();
}
