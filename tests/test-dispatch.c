/* SPDX-License-Identifier: MIT
 *
 * Dispatch to a region: validity, byte order, the guard, the lock, RAM devices (specification 4,
 * 14.1, 14.3; D5, D9). How accesses are cut is in test-split.c.
 */
#include <string.h>

#include "probe.h"

static const MemoryContextOptions overrun = { .quirks = MEMORY_QUIRK_REGION_OVERRUN };
static const MemoryContextOptions unaligned = { .quirks = MEMORY_QUIRK_IMPL_UNALIGNED };
static const MemoryContextOptions big_machine = { .target_big_endian = true };

static void refused(Probe *p, hwaddr addr, unsigned size)
{
    uint64_t val = 0xdead;
    MemOp op = size_memop(size);

    g_assert_false(memory_region_access_valid(&p->mr, addr, size, false, ANY));
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, addr, &val, op, ANY), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmphex(val, ==, 0);
    g_assert_cmphex(memory_region_dispatch_write(&p->mr, addr, 1, op, ANY), ==,
                    MEMTX_DECODE_ERROR);
}

/* ---- 14.1 ------------------------------------------------------------------------------- */

static void validity_order(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);
    uint64_t val;

    (void)data;
    probe_ask(p);
    p->ops.valid.min_access_size = 4;
    refused(p, 1, 2); /* accepts is called although alignment and size would refuse the access */
    assert_trace(m, "d:ar1/2 d:ar1/2 d:aw1/2");
    p->accepts = true;
    refused(p, 2, 4);
    refused(p, 4, 2);
    assert_trace(m, "d:ar2/4 d:ar2/4 d:aw2/4 d:ar4/2 d:ar4/2 d:aw4/2");
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 4, &val, MO_LEUL,
                                                (MemTxAttrs){ .user = 1 }),
                    ==, MEMTX_OK);
    assert_trace(m, "d:ar4/4 d:r4/4");
    g_assert_true(p->attrs.user);
}

static void validity_sizes(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    p->ops.valid.min_access_size = 2;
    p->ops.valid.max_access_size = 4;
    refused(p, 0, 1);
    refused(p, 0, 8);
    g_assert_true(memory_region_access_valid(&p->mr, 0, 2, true, ANY));
    p->ops.valid.max_access_size = 0; /* without a maximum the minimum does not count */
    g_assert_true(memory_region_access_valid(&p->mr, 0, 1, true, ANY));
    g_assert_true(memory_region_access_valid(&p->mr, 0, 8, true, ANY));
    g_assert_false(memory_region_access_valid(&p->mr, 4, 8, true, ANY));
    p->ops.valid.unaligned = true;
    g_assert_true(memory_region_access_valid(&p->mr, 4, 8, true, ANY));
}

static void too_wide(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);
    uint64_t val;

    (void)data;
    p->ops.valid.max_access_size = 0;
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 0, &val, MO_128, ANY), ==,
                    MEMTX_DECODE_ERROR);
    assert_trace(m, "");
}

static void missing_callback(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);
    uint64_t val = 1;

    (void)data;
    p->ops.read = NULL;
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 0, &val, MO_LEUL, ANY), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmphex(val, ==, 0);
    memory_region_dispatch_write(&p->mr, 0, 7, MO_LEUL, ANY);
    p->ops.write = NULL;
    g_assert_cmphex(memory_region_dispatch_write(&p->mr, 0, 1, MO_LEUL, ANY), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_false(memory_region_access_valid(&p->mr, 0, 4, true, ANY));
    assert_trace(m, "d:w0/4=7");
}

/* A ROM device needs its read callback only outside of ROMD mode. */
static void rom_device_without_read(Machine *m, gconstpointer data)
{
    MemoryRegionOps write_only = { .write = plain_ops.write, .endianness = DEVICE_LITTLE_ENDIAN };
    MemoryRegion *root, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    MemTxResult result = 0xee;

    (void)data;
    romd->ops = &write_only; /* changes a private field: romd_new() sets both callbacks */
    memory_region_add_subregion(root, 0, romd);
    count_up(host_of(romd), 0x40);
    g_assert_cmphex(address_space_ldl_be(as, 0, ANY, &result), ==, 0xa0a1a2a3);
    g_assert_cmphex(result, ==, MEMTX_OK);
    memory_region_rom_device_set_romd(romd, false);
    g_assert_cmphex(address_space_ldl_be(as, 0, ANY, &result), ==, 0);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    address_space_stl_be(as, 0, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    memory_region_del_subregion(root, romd);
    region_drop(m, romd);
}

/* D9: an access may reach beyond the visible part of a region, but not beyond the region. */
static void region_end(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x3e);
    MemTxResult result = 0, want = data ? MEMTX_OK : MEMTX_DECODE_ERROR;

    memory_region_add_subregion(root, 0, window_new(m, "w", &p->mr, 0, 6));
    g_assert_cmphex(address_space_ldl_le(as, 4, ANY, &result), ==, 0x17161514);
    g_assert_cmphex(result, ==, MEMTX_OK);
    memory_region_add_subregion(root, 0x100, &p->mr);
    g_assert_cmphex(address_space_ldl_le(as, 0x13c, ANY, &result), ==, data ? 0x4f4e4d4c : 0);
    g_assert_cmphex(result, ==, want);
    g_assert_true(memory_region_access_valid(&p->mr, 0x3c, 4, true, ANY) == (data != NULL));
    g_assert_true(memory_region_access_valid(&p->mr, 0x3c, 2, true, ANY));
    g_assert_true(memory_region_access_valid(&p->mr, UINT64_MAX, 1, true, ANY) == (data != NULL));
}

/* D9: callbacks that are wider than their access do not leave the region either. Its size counts
 * rounded up to impl.min_access_size. */
static void region_end_widened(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x3e);
    MemTxResult want = data ? MEMTX_OK : MEMTX_DECODE_ERROR;
    uint8_t bytes[4] = { 1, 2, 3, 4 };

    p->ops.impl.min_access_size = 4;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_cmphex(address_space_ldub(as, 0x3d, ANY, NULL), ==, 0x4d);
    assert_trace(m, "d:r3c/4");
    stb_phys(as, 0x39, 7);
    stb_phys(as, 0x3c, 7);
    assert_trace(m, "d:w39/4=7 d:w3c/4=7");
    g_assert_cmphex(memory_region_dispatch_write(&p->mr, 0x3d, 7, MO_8, ANY), ==, want);
    g_assert_true(memory_region_access_valid(&p->mr, 0x3d, 1, true, ANY) == (data != NULL));
    g_assert_true(memory_region_access_valid(&p->mr, 0x3d, 1, false, ANY));
    assert_trace(m, data ? "d:w3d/4=7" : "");
    p->ops.valid.max_access_size = 1;
    g_assert_cmphex(address_space_write(as, 0x3a, ANY, bytes, 4), ==, want);
    assert_trace(m, data ? "d:w3a/4=1 d:w3b/4=2 d:w3c/4=3 d:w3d/4=4"
                         : "d:w3a/4=1 d:w3b/4=2 d:w3c/4=3");
    g_assert_true(address_space_access_valid(as, 0x3a, 4, true, ANY) == (data != NULL));
    g_assert_true(address_space_access_valid(as, 0x3a, 3, true, ANY));
    g_assert_true(address_space_access_valid(as, 0x3a, 4, false, ANY));
}

/* With the quirk of D1, widened reads begin at their own offset. */
static void region_end_widened_read(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);
    uint64_t val;

    (void)data;
    p->ops.impl.min_access_size = 4;
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 0x3c, &val, MO_8, ANY), ==, MEMTX_OK);
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 0x3d, &val, MO_8, ANY), ==,
                    MEMTX_DECODE_ERROR);
    assert_trace(m, "d:r3c/4");
}

/* ---- 14.3 ------------------------------------------------------------------------------- */

static void order_of_the_value(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);
    uint64_t val;

    (void)data;
    memcpy(p->byte, "\x44\x33\x22\x11", 4);
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 0, &val, MO_BEUL, ANY), ==, MEMTX_OK);
    g_assert_cmphex(val, ==, 0x44332211);
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 0, &val, MO_LESL, ANY), ==, MEMTX_OK);
    g_assert_cmphex(val, ==, 0x11223344); /* MO_SIGN is ignored */
    g_string_truncate(m->trace, 0);
    memory_region_dispatch_write(&p->mr, 0, 0x1122, MO_BEUW, ANY);
    assert_trace(m, "d:w0/2=2211");
}

static void native_order(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);

    p->ops.endianness = DEVICE_NATIVE_ENDIAN;
    memory_region_dispatch_write(&p->mr, 0, 0x11223344, MO_LEUL, ANY);
    assert_trace(m, data ? "d:w0/4=44332211" : "d:w0/4=11223344");
    p->ops.impl.max_access_size = 2;
    memory_region_dispatch_write(&p->mr, 0, 0x11223344, MO_BEUL, ANY);
    assert_trace(m, data ? "d:w0/2=1122 d:w2/2=3344" : "d:w0/2=2211 d:w2/2=4433");
}

/* ---- Simple accesses ---------------------------------------------------------------------- */

/* Accesses by address that are simple at first, and then not, and then again. */
typedef struct Changing {
    Machine *m;
    Probe *p;
    AddressSpace *as;
} Changing;

static void load_is(const Changing *c, MemTxResult want_result, const char *want)
{
    MemTxResult result = 0xdead;
    uint32_t val = address_space_ldl_le(c->as, 8, ANY, &result);

    g_assert_cmphex(result, ==, want_result);
    g_assert_cmphex(val, ==, result == MEMTX_OK ? 0x1b1a1918 : 0);
    assert_trace(c->m, want);
}

static void store_is(const Changing *c, MemTxResult want_result, const char *want)
{
    MemTxResult result = 0xdead;

    address_space_stl_le(c->as, 8, 0x1b1a1918, ANY, &result);
    g_assert_cmphex(result, ==, want_result);
    assert_trace(c->m, want);
}

static void both_are_simple(const Changing *c)
{
    load_is(c, MEMTX_OK, "d:r8/4");
    store_is(c, MEMTX_OK, "d:w8/4=1b1a1918");
}

static void both_are_refused(const Changing *c)
{
    load_is(c, MEMTX_DECODE_ERROR, "");
    store_is(c, MEMTX_DECODE_ERROR, "");
}

static Changing changing_new(Machine *m)
{
    MemoryRegion *root;
    Changing c = { m, probe_new_plain(m, "d", 0x40), probe_space(m, &root) };

    memory_region_add_subregion(root, 0, &c.p->mr);
    return c;
}

static uint64_t other_read(void *opaque, hwaddr addr, unsigned size)
{
    const Probe *p = opaque;

    g_string_append_printf(p->m->trace, "other:r%" PRIx64 "/%u", addr, size);
    return 0x1b1a1918;
}

static void other_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    const Probe *p = opaque;

    g_string_append_printf(p->m->trace, "other:w%" PRIx64 "/%u=%" PRIx64, addr, size, val);
}

/* The device gets its callbacks after threads have accessed it. */
static void late_callbacks(Machine *m, gconstpointer data)
{
    Changing c = changing_new(m);
    const MemoryRegionOps simple = c.p->ops;

    (void)data;
    c.p->ops.read = NULL;
    c.p->ops.write = NULL;
    both_are_refused(&c);
    both_are_refused(&c);
    c.p->ops = simple;
    both_are_simple(&c);
}

/* The library looks at the operations of the device at each access. */
static void other_operations(Machine *m, gconstpointer data)
{
    Changing c = changing_new(m);
    const MemoryRegionOps simple = c.p->ops;

    (void)data;
    both_are_simple(&c);
    c.p->ops.valid.max_access_size = 2;
    both_are_refused(&c);
    c.p->ops = simple;
    c.p->ops.valid.min_access_size = 8;
    both_are_refused(&c);
    c.p->ops = simple;
    c.p->ops.read = NULL;
    c.p->ops.write = NULL;
    both_are_refused(&c);
    c.p->ops.read = other_read;
    c.p->ops.write = other_write;
    load_is(&c, MEMTX_OK, "other:r8/4");
    store_is(&c, MEMTX_OK, "other:w8/4=1b1a1918");
    c.p->ops = simple;
    c.p->ops.impl.max_access_size = 2;
    load_is(&c, MEMTX_OK, "d:r8/2 d:ra/2");
    c.p->ops.impl.max_access_size = c.p->ops.impl.min_access_size = 8;
    load_is(&c, MEMTX_OK, "d:r8/8");
    c.p->ops = simple;
    probe_ask(c.p);
    load_is(&c, MEMTX_DECODE_ERROR, "d:ar8/4");
    c.p->accepts = true;
    store_is(&c, MEMTX_OK, "d:aw8/4 d:w8/4=1b1a1918");
    c.p->ops = simple;
    probe_use_attrs(c.p);
    c.p->result = MEMTX_OK;
    both_are_simple(&c);
    c.p->ops = simple;
    both_are_simple(&c);
    c.p->ops.endianness = DEVICE_BIG_ENDIAN;
    load_is(&c, MEMTX_OK, "d:r8/4");
    store_is(&c, MEMTX_OK, "d:w8/4=18191a1b");
    c.p->ops = simple;
    both_are_simple(&c);
}

static void assert_counted(const Changing *c, uint64_t reads, uint64_t writes)
{
    MemoryRegionCounts counts;

    g_assert_true(memory_region_get_counts(&c->p->mr, &counts));
    g_assert_cmpuint(counts.reads, ==, reads);
    g_assert_cmpuint(counts.writes, ==, writes);
}

static void counted_and_not(Machine *m, gconstpointer data)
{
    Changing c = changing_new(m);

    (void)data;
    both_are_simple(&c);
    memory_region_set_counting(&c.p->mr, true);
    both_are_simple(&c);
    both_are_simple(&c);
    assert_counted(&c, 2, 2);
    memory_region_set_counting(&c.p->mr, false);
    both_are_simple(&c);
}

static void taken_and_not(Machine *m, gconstpointer data)
{
    Changing c = changing_new(m);
    EventNotifier e;

    (void)data;
    g_assert_cmpint(event_notifier_init(&e, 0), ==, 0);
    both_are_simple(&c);
    memory_region_add_eventfd(&c.p->mr, 8, 4, false, 0, &e);
    store_is(&c, MEMTX_OK, "");
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 1);
    load_is(&c, MEMTX_OK, "d:r8/4");
    memory_region_del_eventfd(&c.p->mr, 8, 4, false, 0, &e);
    both_are_simple(&c);
    g_assert_cmpint(event_notifier_test_and_clear(&e), ==, 0);
    event_notifier_cleanup(&e);
}

static void note_whether_locked(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)addr;
    (void)size;
    (void)is_write;
    p->hook_value = memory_context_is_locked(p->m->ctx);
}

static void locked_and_not(Machine *m, gconstpointer data)
{
    Changing c = changing_new(m);

    (void)data;
    c.p->hook = note_whether_locked;
    both_are_simple(&c);
    g_assert_true(c.p->hook_value);
    g_assert_false(memory_context_is_locked(m->ctx));
    memory_region_enable_lockless_io(&c.p->mr);
    both_are_simple(&c);
    g_assert_false(c.p->hook_value);
}

/* ---- RAM devices (4) -------------------------------------------------------------------- */

static uint8_t registers[0x1000];

static MemoryRegion *bar_new(Machine *m, Object *owner)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    memory_region_init_ram_device_ptr(mr, owner, "bar", sizeof(registers), registers);
    g_ptr_array_add(m->regions, mr);
    for (unsigned i = 0; i < 0x20; i++) {
        registers[i] = (uint8_t)(0x10 + i);
    }
    return mr;
}

static void count_access(void *opaque)
{
    ++*(unsigned *)opaque;
}

/* Each access is dispatched in its own width; the flush hook counts the accesses. */
static void ram_device(Machine *m, gconstpointer data)
{
    unsigned count = 0;
    MemoryContextHooks hooks = { .flush_coalesced_mmio = count_access, .opaque = &count };
    MemoryRegion *root, *bar = bar_new(m, NULL);
    AddressSpace *as = probe_space(m, &root);
    uint8_t buf[13];
    uint64_t val;

    (void)data;
    memory_region_add_subregion(root, 0, bar);
    memory_context_set_hooks(m->ctx, &hooks);
    memory_region_set_flush_coalesced(bar);
    g_assert_cmphex(address_space_ldq_le(as, 3, ANY, NULL), ==, 0x1a19181716151413);
    g_assert_cmpuint(count, ==, 1);
    g_assert_cmphex(address_space_read(as, 1, ANY, buf, 13), ==, MEMTX_OK);
    assert_hex(buf, 13, "1112131415161718191a1b1c1d");
    g_assert_cmpuint(count, ==, 1 + 3); /* widths of 8, 4 and 1 */
    g_assert_cmphex(address_space_write(as, 5, ANY, "abc", 3), ==, MEMTX_OK);
    g_assert_cmpmem(registers + 5, 3, "abc", 3);
    g_assert_cmpuint(count, ==, 4 + 2);
    g_assert_cmphex(memory_region_dispatch_read(bar, 1, &val, MO_BEUW, ANY), ==, MEMTX_OK);
    g_assert_cmphex(val, ==, 0x1112);
    memory_context_set_hooks(m->ctx, NULL);
}

/* ---- D5: the guard ---------------------------------------------------------------------- */

/* Accesses another device by address, or itself. */
static void come_back(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    AddressSpace *as = p->opaque;
    MemTxResult result = 0;

    (void)addr, (void)size, (void)is_write;
    p->hook = NULL;
    p->hook_value = address_space_ldl_le(as, 0x100, ANY, &result);
    p->result = result;
}

static void guard(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    memory_region_add_subregion(root, 0x100, &p->mr);
    p->opaque = as;
    p->hook = come_back;
    address_space_ldl_le(as, 0x108, ANY, NULL);
    assert_trace(m, "d:r8/4");
    g_assert_cmphex(p->result, ==, MEMTX_ACCESS_ERROR);
    g_assert_cmphex(p->hook_value, ==, 0);

    memory_region_disable_reentrancy_guard(&p->mr);
    p->hook = come_back;
    address_space_ldl_le(as, 0x108, ANY, NULL);
    assert_trace(m, "d:r8/4 d:r0/4");
    g_assert_cmphex(p->result, ==, MEMTX_OK);
    g_assert_cmphex(p->hook_value, ==, 0x13121110);
}

/* A chain of any length is refused: a calls b, b calls c, and c calls another region of a's
 * owner. */
static void guard_by_owner(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *far = box_new(m, "far", 0x1000), *middle = box_new(m, "middle", 0x1000);
    AddressSpace *as = probe_space(m, &root), *other = space_new(m, far, "other");
    AddressSpace *between = space_new(m, middle, "between");
    DeviceState *owner = device_new("owner");
    Probe *a = probe_new_owned(m, OBJECT(owner), "a", 0x40, plain_ops);
    Probe *a2 = probe_new_owned(m, OBJECT(owner), "a2", 0x40, plain_ops);
    Probe *b = probe_new_plain(m, "b", 0x40), *c = probe_new_plain(m, "c", 0x40);

    (void)data;
    memory_region_add_subregion(root, 0, &a->mr);
    memory_region_add_subregion(root, 0x100, &b->mr);
    memory_region_add_subregion(middle, 0x100, &c->mr);
    memory_region_add_subregion(far, 0x100, &a2->mr);
    a->hook = b->hook = c->hook = come_back;
    a->opaque = as;
    b->opaque = between;
    c->opaque = other;
    address_space_ldl_le(as, 0, ANY, NULL);
    assert_trace(m, "a:r0/4 b:r0/4 c:r0/4");
    g_assert_cmphex(c->result, ==, MEMTX_ACCESS_ERROR);
    g_assert_cmphex(b->result, ==, MEMTX_OK);
    g_assert_cmphex(a->result, ==, MEMTX_OK);
    g_assert_cmphex(address_space_ldl_le(other, 0x100, ANY, NULL), ==, 0x13121110);
    assert_trace(m, "a2:r0/4");
    memory_region_del_subregion(root, &a->mr);
    memory_region_del_subregion(far, &a2->mr);
    region_drop(m, &a->mr);
    region_drop(m, &a2->mr);
    memory_drain();
    object_unref(owner);
}

/* Accesses the other device first, then itself. */
static void ask_and_come_back(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    MemTxResult result = 0;

    (void)addr, (void)size, (void)is_write;
    p->hook = NULL;
    address_space_ldl_le(p->opaque, 0x200, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    address_space_ldl_le(p->opaque, 0x100, ANY, &p->result);
}

static void guard_after_others(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40), *q = probe_new_plain(m, "q", 0x40);

    (void)data;
    memory_region_add_subregion(root, 0x100, &p->mr);
    memory_region_add_subregion(root, 0x200, &q->mr);
    p->opaque = as;
    p->hook = ask_and_come_back;
    address_space_stb(as, 0x100, 0, ANY, NULL);
    assert_trace(m, "d:w0/1=0 q:r0/4");
    g_assert_cmphex(p->result, ==, MEMTX_ACCESS_ERROR);
}

/* DMA to memory is not an access to a device, whatever owns the memory and whatever kind it is. */
static void guard_spares_memory(Machine *m, gconstpointer data)
{
    DeviceState *owner = device_new("owner");
    MemoryRegion *root, *bar = bar_new(m, OBJECT(owner));
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_owned(m, OBJECT(owner), "d", 0x40, plain_ops);

    (void)data;
    memory_region_add_subregion(root, 0, &p->mr);
    memory_region_add_subregion(root, 0x100, bar);
    p->hook = come_back;
    p->opaque = as;
    address_space_stl_le(as, 0, 1, ANY, NULL);
    assert_trace(m, "d:w0/4=1");
    g_assert_cmphex(p->result, ==, MEMTX_OK);
    g_assert_cmphex(p->hook_value, ==, 0x13121110);
    memory_region_del_subregion(root, &p->mr);
    memory_region_del_subregion(root, bar);
    region_drop(m, &p->mr);
    region_drop(m, bar);
    memory_drain();
    object_unref(owner);
}

/* ---- The lock and the flush --------------------------------------------------------------- */

static void note_lock(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)addr, (void)size, (void)is_write;
    g_string_append(p->m->trace, memory_context_is_locked(p->m->ctx) ? " locked" : " free");
}

static void lock_around(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40), *q = probe_new_plain(m, "q", 0x40);

    (void)data;
    p->hook = note_lock;
    q->hook = note_lock;
    memory_region_enable_lockless_io(&q->mr);
    memory_region_add_subregion(root, 0, &p->mr);
    memory_region_add_subregion(root, 0x100, &q->mr);
    address_space_ldl_le(as, 0, ANY, NULL);
    address_space_ldl_le(as, 0x100, ANY, NULL);
    assert_trace(m, "d:r0/4 locked q:r0/4 free");
    memory_context_lock(m->ctx);
    address_space_ldl_le(as, 0, ANY, NULL);
    g_assert_true(memory_context_is_locked(m->ctx));
    memory_context_unlock(m->ctx);
    g_assert_false(memory_context_is_locked(m->ctx));
    assert_trace(m, "d:r0/4 locked");
}

static void note_flush(void *opaque)
{
    Machine *m = opaque;

    g_string_append_printf(m->trace, "%sflush%s", m->trace->len ? " " : "",
                           memory_context_is_locked(m->ctx) ? "" : "!");
}

static void flush_hook(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .flush_coalesced_mmio = note_flush, .opaque = m };
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    memory_context_set_hooks(m->ctx, &hooks);
    memory_region_add_subregion(root, 0, &p->mr);
    g_string_truncate(m->trace, 0);
    address_space_ldl_le(as, 0, ANY, NULL);
    assert_trace(m, "d:r0/4");
    memory_region_set_flush_coalesced(&p->mr);
    memory_region_enable_lockless_io(&p->mr);
    address_space_write(as, 0, ANY, "\1\0\0\0\2\0", 6);
    assert_trace(m, "flush d:w0/4=1 flush d:w4/2=2");
    qemu_flush_coalesced_mmio_buffer();
    assert_trace(m, "flush");
}

/* Refused accesses are written to the guest log, and nothing else is. */
static void note_guest(MemoryContext *ctx, MemoryLogLevel level, const char *text, void *opaque)
{
    (void)ctx;
    if (level == MEMORY_LOG_GUEST) {
        g_string_append_printf(opaque, "%s\n", text);
    }
}

static void guest_log(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "uart", 0x40);
    GString *said = g_string_new(NULL);

    (void)data;
    memory_region_add_subregion(root, 0, &p->mr);
    memory_context_set_log(m->ctx, note_guest, said);
    address_space_ldl_le(as, 4, ANY, NULL);
    g_assert_cmpstr(said->str, ==, "");
    address_space_ldl_le(as, 2, ANY, NULL);
    g_assert_nonnull(strstr(said->str, "read of 4 bytes at 0x2 of region 'uart'"));
    g_string_truncate(said, 0);
    address_space_stb(as, 0x5000, 1, ANY, NULL);
    g_assert_nonnull(strstr(said->str, "write of 1 bytes at address 0x5000"));
    memory_context_set_log(m->ctx, NULL, NULL);
    g_string_free(said, true);
}

static uint64_t picky_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return 0;
}

static bool picky_accepts(void *opaque, hwaddr addr, unsigned size, bool is_write,
                          MemTxAttrs attrs)
{
    (void)opaque, (void)size, (void)is_write, (void)attrs;
    return addr != 8;
}

static const MemoryRegionOps picky_ops = {
    .read = picky_read,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 2, .max_access_size = 4, .accepts = picky_accepts },
};

static void assert_reason(GString *said, MemTxResult result, const char *reason)
{
    g_assert_cmpint(result, ==, MEMTX_DECODE_ERROR);
    g_assert_nonnull(strstr(said->str, reason));
    g_string_truncate(said, 0);
}

/* The message says which rule the access breaks. */
static void guest_log_reasons(Machine *m, gconstpointer data)
{
    MemoryRegion picky, rom;
    GString *said = g_string_new(NULL);
    uint64_t val;

    (void)data;
    memory_region_init_io(&picky, NULL, &picky_ops, NULL, "picky", 0x12);
    memory_region_init_rom_nomigrate(&rom, NULL, "rom", 0x1000, &error_abort);
    memory_context_set_log(m->ctx, note_guest, said);
    assert_reason(said, memory_region_dispatch_read(&picky, 0, &val, MO_8, ANY), "this size");
    assert_reason(said, memory_region_dispatch_read(&picky, 2, &val, MO_LEUL, ANY), "not aligned");
    assert_reason(said, memory_region_dispatch_read(&picky, 0x10, &val, MO_LEUL, ANY), "the end");
    assert_reason(said, memory_region_dispatch_read(&picky, 8, &val, MO_LEUL, ANY),
                  "valid.accepts");
    assert_reason(said, memory_region_dispatch_write(&picky, 0, 0, MO_LEUL, ANY), "for writes");
    assert_reason(said, memory_region_dispatch_write(&rom, 0, 0, MO_LEUL, ANY), "read-only");
    memory_context_set_log(m->ctx, NULL, NULL);
    memory_region_wait_unused(&picky, &error_abort);
    memory_region_wait_unused(&rom, &error_abort);
    g_string_free(said, true);
}

static void complain(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)size, (void)is_write;
    memory_region_log_guest_error(&p->mr, "register 0x%" PRIx64 " is %s", addr, "reserved");
}

/* A device can write to the guest log of any context, not only of the current one. */
static void guest_log_of_devices(Machine *m, gconstpointer data)
{
    MemoryContext *other = memory_context_new(NULL, NULL);
    Probe *p = probe_new_plain(m, "uart", 0x40);
    GString *said = g_string_new(NULL);
    uint64_t val;

    (void)data;
    p->hook = complain;
    memory_region_dispatch_read(&p->mr, 8, &val, MO_LEUL, ANY); /* no guest log is set yet */
    memory_context_set_log(m->ctx, note_guest, said);
    memory_context_set_current(other);
    memory_region_dispatch_read(&p->mr, 8, &val, MO_LEUL, ANY);
    memory_region_log_guest_error(NULL, "of another machine");
    memory_context_set_current(m->ctx);
    memory_region_log_guest_error(NULL, "%d%%", 7);
    g_assert_cmpstr(said->str, ==, "region 'uart': register 0x8 is reserved\n7%\n");
    g_string_truncate(said, 0);
    memory_region_log_guest_error(&p->mr, "%2000d", 1); /* longer than the buffer, so it is cut */
    g_assert_cmpuint(said->len, <, 1100);
    memory_context_set_log(m->ctx, NULL, NULL);
    g_string_truncate(m->trace, 0);
    g_string_free(said, true);
    g_assert_true(memory_context_destroy(other, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/dispatch/14.1/order", validity_order);
    TEST("/dispatch/14.1/sizes", validity_sizes);
    TEST("/dispatch/14/too-wide", too_wide);
    TEST("/dispatch/14.2/R10/missing-callback", missing_callback);
    TEST("/dispatch/14.2/R10/rom-device-without-read", rom_device_without_read);
    TEST("/dispatch/D9/region-end", region_end);
    TEST_WITH("/dispatch/D9/quirk", region_end, &overrun);
    TEST("/dispatch/D9/widened", region_end_widened);
    TEST_WITH("/dispatch/D9/widened-quirk", region_end_widened, &overrun);
    TEST_WITH("/dispatch/D9/widened-read", region_end_widened_read, &unaligned);
    TEST("/dispatch/14.3/order-of-the-value", order_of_the_value);
    TEST("/dispatch/14.3/native-little", native_order);
    TEST_WITH("/dispatch/14.3/native-big", native_order, &big_machine);
    TEST("/dispatch/simple/operations", other_operations);
    TEST("/dispatch/simple/late-callbacks", late_callbacks);
    TEST("/dispatch/simple/counted", counted_and_not);
    TEST("/dispatch/simple/ioeventfd", taken_and_not);
    TEST("/dispatch/simple/lock", locked_and_not);
    TEST("/dispatch/4/ram-device", ram_device);
    TEST("/dispatch/D5/guard", guard);
    TEST("/dispatch/D5/by-owner", guard_by_owner);
    TEST("/dispatch/D5/after-others", guard_after_others);
    TEST("/dispatch/D5/spares-memory", guard_spares_memory);
    TEST("/dispatch/10.2/lock", lock_around);
    TEST("/dispatch/10.2/flush", flush_hook);
    TEST("/dispatch/14.1/guest-log", guest_log);
    TEST("/dispatch/14.1/guest-log/reasons", guest_log_reasons);
    TEST("/dispatch/guest-log/of-devices", guest_log_of_devices);
    return g_test_run();
}
