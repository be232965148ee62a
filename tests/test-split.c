/* SPDX-License-Identifier: MIT
 *
 * How accesses are cut into what callbacks can do (specification 14.2; D1, R16).
 */
#include "probe.h"

static const MemoryContextOptions faithful = { .quirks = MEMORY_QUIRK_IMPL_UNALIGNED };

/* A device whose callbacks take min to max bytes at aligned addresses. The guest may make any
 * access. */
static Probe *narrow_new(Machine *m, unsigned min, unsigned max, enum device_endian endian)
{
    return probe_new(m, "d", 0x40,
                     (MemoryRegionOps){ .endianness = endian,
                                        .valid = { 1, 8, true, NULL },
                                        .impl = { min, max, false } });
}

static uint64_t read_le(Probe *p, hwaddr addr, unsigned size)
{
    uint64_t val = 0xdead;
    MemOp op = (MemOp)(size_memop(size) | MO_LE);

    g_assert_cmphex(memory_region_dispatch_read(&p->mr, addr, &val, op, ANY), ==, MEMTX_OK);
    return val;
}

static void write_le(Probe *p, hwaddr addr, uint64_t val, unsigned size)
{
    MemOp op = (MemOp)(size_memop(size) | MO_LE);

    g_assert_cmphex(memory_region_dispatch_write(&p->mr, addr, val, op, ANY), ==, MEMTX_OK);
}

/* ---- 14.2 ------------------------------------------------------------------------------- */

static void split_by_impl(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 0, 2, DEVICE_LITTLE_ENDIAN);

    (void)data;
    g_assert_cmphex(read_le(p, 8, 8), ==, 0x1f1e1d1c1b1a1918);
    assert_trace(m, "d:r8/2 d:ra/2 d:rc/2 d:re/2");
    write_le(p, 4, 0x11223344, 4);
    assert_trace(m, "d:w4/2=3344 d:w6/2=1122");
    p->ops.impl.max_access_size = 0; /* counts as 4 */
    g_assert_cmphex(read_le(p, 8, 8), ==, 0x1f1e1d1c1b1a1918);
    assert_trace(m, "d:r8/4 d:rc/4");
}

static void split_big_endian(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 1, 2, DEVICE_BIG_ENDIAN);
    uint64_t val;

    (void)data;
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 8, &val, MO_BEUL, ANY), ==, MEMTX_OK);
    g_assert_cmphex(val, ==, 0x18191a1b);
    assert_trace(m, "d:r8/2 d:ra/2");
    g_assert_cmphex(memory_region_dispatch_write(&p->mr, 8, 0x11223344, MO_BEUL, ANY), ==,
                    MEMTX_OK);
    assert_trace(m, "d:w8/2=1122 d:wa/2=3344");
}

/* All pieces are done, all results count, and each piece has the attributes of the access. */
static void errors_do_not_stop(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 1, 2, DEVICE_LITTLE_ENDIAN);
    uint64_t val;

    (void)data;
    probe_use_attrs(p);
    p->result = MEMTX_ERROR;
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 0, &val, MO_LEUL,
                                                (MemTxAttrs){ .requester_id = 7 }),
                    ==, MEMTX_ERROR);
    g_assert_cmphex(val, ==, 0x13121110);
    assert_trace(m, "d:r0/2 d:r2/2");
    g_assert_cmphex(p->attrs.requester_id, ==, 7);
    p->result = MEMTX_ERROR | MEMTX_DECODE_ERROR;
    g_assert_cmphex(memory_region_dispatch_write(&p->mr, 0, 0, MO_LEUL, ANY), ==,
                    MEMTX_ERROR | MEMTX_DECODE_ERROR);
}

static void plain_callback_first(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryRegionOps plain = p->ops;

    (void)data;
    probe_use_attrs(p);
    p->result = MEMTX_ERROR;
    p->ops.read = plain.read;
    p->ops.write = plain.write;
    read_le(p, 0, 4); /* succeeds */
    write_le(p, 0, 0, 4);
}

/* Bits above the size are dropped: those that a callback returns (R16) and those that a caller
 * passes. */
static uint64_t noisy_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return 0x8877665544332211;
}

static void excess_bits(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    p->ops.read = noisy_read;
    g_assert_cmphex(read_le(p, 0, 1), ==, 0x11);
    g_assert_cmphex(read_le(p, 0, 2), ==, 0x2211);
    p->ops.impl.max_access_size = 2;
    g_assert_cmphex(read_le(p, 0, 4), ==, 0x22112211);
    write_le(p, 0, 0x123456789a, 1);
    assert_trace(m, "d:w0/1=9a");
}

/* ---- D1: emulation of what the callbacks cannot do ---------------------------------------- */

static void unaligned_reads(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 1, 4, DEVICE_LITTLE_ENDIAN);

    (void)data;
    g_assert_cmphex(read_le(p, 1, 4), ==, 0x14131211);
    assert_trace(m, "d:r1/1 d:r2/2 d:r4/1");
    p->ops.impl.min_access_size = 4;
    g_assert_cmphex(read_le(p, 1, 4), ==, 0x14131211);
    assert_trace(m, "d:r0/4 d:r4/4");
    g_assert_cmphex(read_le(p, 6, 8), ==, 0x1d1c1b1a19181716);
    assert_trace(m, "d:r4/4 d:r8/4 d:rc/4");
    p->ops.impl.min_access_size = 2;
    g_assert_cmphex(read_le(p, 3, 4), ==, 0x16151413);
    assert_trace(m, "d:r2/2 d:r4/2 d:r6/2");
}

static void unaligned_reads_big(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 4, 4, DEVICE_BIG_ENDIAN);
    uint64_t val;

    (void)data;
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 3, &val, MO_BEUL, ANY), ==, MEMTX_OK);
    g_assert_cmphex(val, ==, 0x13141516);
    assert_trace(m, "d:r0/4 d:r4/4");
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 5, &val, MO_BEUW, ANY), ==, MEMTX_OK);
    g_assert_cmphex(val, ==, 0x1516);
    assert_trace(m, "d:r4/4");
}

static void small_reads(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 4, 4, DEVICE_LITTLE_ENDIAN);

    (void)data;
    for (hwaddr addr = 0; addr < 8; addr++) {
        g_assert_cmphex(read_le(p, addr, 1), ==, 0x10 + addr);
    }
    assert_trace(m, "d:r0/4 d:r0/4 d:r0/4 d:r0/4 d:r4/4 d:r4/4 d:r4/4 d:r4/4");
    /* An access that is smaller than the minimum is still covered by an aligned one. */
    p->ops.impl.unaligned = true;
    g_assert_cmphex(read_le(p, 7, 1), ==, 0x17);
    assert_trace(m, "d:r4/4");
}

static void unaligned_writes(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 1, 4, DEVICE_LITTLE_ENDIAN);

    (void)data;
    write_le(p, 1, 0x44332211, 4);
    assert_trace(m, "d:w1/1=11 d:w2/2=3322 d:w4/1=44");
    p->ops.impl.min_access_size = 2;
    write_le(p, 2, 0x44332211, 4);
    assert_trace(m, "d:w2/2=2211 d:w4/2=4433");
    p->ops.endianness = DEVICE_BIG_ENDIAN;
    write_le(p, 2, 0x44332211, 4);
    assert_trace(m, "d:w2/2=1122 d:w4/2=3344");
}

/* A piece that is smaller than the device's minimum: as in the original, nothing is read to fill
 * it up. */
static void small_writes(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 4, 4, DEVICE_LITTLE_ENDIAN);

    (void)data;
    write_le(p, 1, 0x22, 1);
    write_le(p, 2, 0x44332211, 4);
    assert_trace(m, "d:w1/4=22 d:w2/4=44332211");
    p->ops.endianness = DEVICE_BIG_ENDIAN;
    write_le(p, 1, 0x22, 1);
    assert_trace(m, "d:w1/4=22000000");
    p->ops.endianness = DEVICE_LITTLE_ENDIAN;
    /* One of the two pieces would be too small, so it stays one access. */
    p->ops.impl.min_access_size = 2;
    write_le(p, 1, 0x44332211, 4);
    assert_trace(m, "d:w1/4=44332211");
}

/* Sizes that no callback can have. */
static void odd_limits(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 16, 32, DEVICE_LITTLE_ENDIAN);

    (void)data;
    g_assert_cmphex(read_le(p, 9, 2), ==, 0x1a19);
    assert_trace(m, "d:r8/8");
    p->ops.impl.min_access_size = 1;
    p->ops.impl.max_access_size = 6;
    g_assert_cmphex(read_le(p, 8, 8), ==, 0x1f1e1d1c1b1a1918);
    assert_trace(m, "d:r8/4 d:rc/4");
}

/* With impl.unaligned the device gets the guest's access as it is. */
static void unaligned_callbacks(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 1, 4, DEVICE_LITTLE_ENDIAN);

    (void)data;
    p->ops.impl.unaligned = true;
    g_assert_cmphex(read_le(p, 1, 8), ==, 0x1817161514131211);
    write_le(p, 3, 0x2211, 2);
    assert_trace(m, "d:r1/4 d:r5/4 d:w3/2=2211");
}

static void faithful_mode(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 1, 4, DEVICE_LITTLE_ENDIAN);
    uint64_t val;

    (void)data;
    g_assert_cmphex(read_le(p, 1, 8), ==, 0x1817161514131211);
    write_le(p, 3, 0x2211, 2);
    assert_trace(m, "d:r1/4 d:r5/4 d:w3/2=2211");
    p->ops.impl.min_access_size = 4;
    g_assert_cmphex(read_le(p, 5, 2), ==, 0x1615);
    write_le(p, 1, 0x22, 1);
    assert_trace(m, "d:r5/4 d:w1/4=22");
    p->ops.endianness = DEVICE_BIG_ENDIAN;
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 5, &val, MO_BEUW, ANY), ==, MEMTX_OK);
    g_assert_cmphex(val, ==, (uint64_t)p->byte[5] << 8 | p->byte[6]);
    g_string_truncate(m->trace, 0);
}

/* All sizes and limits at all offsets return the bytes that are there. */
static void reads_agree(Machine *m, gconstpointer data)
{
    static const enum device_endian orders[] = { DEVICE_LITTLE_ENDIAN, DEVICE_BIG_ENDIAN };

    (void)data;
    for (unsigned i = 0; i < 2 * 16; i++) {
        unsigned min = 1u << (i & 3), max = 1u << (i >> 2 & 3);
        Probe *p = narrow_new(m, min, max < min ? min : max, orders[i >> 4]);
        for (unsigned j = 0; j < 4 * 16; j++) {
            unsigned size = 1u << (j & 3);
            uint64_t want = 0;
            for (unsigned k = 0; k < size; k++) {
                want |= (uint64_t)p->byte[(j >> 2) + k] << (8 * k);
            }
            g_assert_cmphex(read_le(p, j >> 2, size), ==, want);
        }
    }
    g_string_truncate(m->trace, 0);
}

/* ---- D1 for one region -------------------------------------------------------------------- */

/* Registers of 4 bytes at exact addresses, with callbacks of 8 bytes. */
static uint64_t exact_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)size;
    return addr % 4 ? 0 : 0x1000 + addr;
}

static Probe *exact_new(Machine *m)
{
    Probe *p = narrow_new(m, 8, 8, DEVICE_LITTLE_ENDIAN);

    p->ops.read = exact_read;
    return p;
}

static void quirk_of_a_region(Machine *m, gconstpointer data)
{
    Probe *p = exact_new(m), *other = exact_new(m);
    uint64_t val;

    (void)data;
    g_assert_cmphex(read_le(p, 4, 4), ==, 0); /* the upper half of the register at 0 */
    memory_region_set_quirks(&p->mr, MEMORY_QUIRK_IMPL_UNALIGNED);
    g_assert_cmphex(read_le(p, 4, 4), ==, 0x1004);
    g_assert_cmphex(read_le(other, 4, 4), ==, 0);
    g_assert_cmphex(memory_region_dispatch_read(&p->mr, 0x3c, &val, MO_LEUL, ANY), ==,
                    MEMTX_DECODE_ERROR);
    memory_region_set_quirks(&p->mr, MEMORY_QUIRK_IMPL_UNALIGNED | MEMORY_QUIRK_REGION_OVERRUN);
    g_assert_cmphex(read_le(p, 0x3c, 4), ==, 0x103c);
    write_le(p, 0x3c, 7, 4);
    assert_trace(m, "d:w3c/8=7");
    memory_region_set_quirks(&p->mr, 0);
    g_assert_cmphex(read_le(p, 4, 4), ==, 0);
}

/* A quirk of the context holds for all its regions: set_quirks(mr, 0) does not remove it. */
static void quirk_of_both(Machine *m, gconstpointer data)
{
    Probe *p = exact_new(m);

    (void)data;
    memory_region_set_quirks(&p->mr, 0);
    g_assert_cmphex(read_le(p, 4, 4), ==, 0x1004);
}

static void quirk_of_others(Machine *m, gconstpointer data)
{
    Probe *p = exact_new(m);

    (void)data;
    memory_region_set_quirks(&p->mr, MEMORY_QUIRK_OWN_READONLY | MEMORY_QUIRK_IMPL_UNALIGNED);
    expect_message(m, "misuse", "memory_region_set_quirks", "'d'", "0x4", NULL);
    g_assert_cmphex(read_le(p, 4, 4), ==, 0);
}

static void note_guest(MemoryContext *ctx, MemoryLogLevel level, const char *text, void *opaque)
{
    (void)ctx;
    g_assert_cmpint(level, ==, MEMORY_LOG_GUEST);
    g_string_append_printf(opaque, "%s\n", text);
}

/* The first widened write of each region is reported, counted from when the guest log is set. */
static void widened_writes_are_told(Machine *m, gconstpointer data)
{
    Probe *p = narrow_new(m, 4, 8, DEVICE_LITTLE_ENDIAN);
    Probe *q = narrow_new(m, 2, 4, DEVICE_BIG_ENDIAN);
    g_autoptr(GString) said = g_string_new(NULL);

    (void)data;
    memory_context_set_log(m->ctx, NULL, NULL);
    write_le(p, 5, 1, 1);
    memory_context_set_log(m->ctx, note_guest, said);
    write_le(p, 4, 1, 4);
    read_le(p, 4, 2);
    g_assert_cmpstr(said->str, ==, "");
    write_le(p, 6, 1, 2);
    g_assert_true(g_pattern_match_simple("write of 2 bytes at 0x6 of region 'd': *4 bytes*\n",
                                         said->str));
    g_string_truncate(said, 0);
    write_le(p, 7, 1, 1);
    g_assert_cmpstr(said->str, ==, "");
    write_le(q, 3, 1, 1);
    g_assert_true(g_pattern_match_simple("write of 1 bytes at 0x3 of region 'd': *2 bytes*\n",
                                         said->str));
    memory_context_set_log(m->ctx, NULL, NULL);
    g_string_truncate(m->trace, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/split/14.2/split-by-impl", split_by_impl);
    TEST("/split/14.2/split-big-endian", split_big_endian);
    TEST("/split/14.2/errors-do-not-stop", errors_do_not_stop);
    TEST("/split/14.2/plain-callback-first", plain_callback_first);
    TEST("/split/R16/excess-bits", excess_bits);
    TEST("/split/D1/unaligned-reads", unaligned_reads);
    TEST("/split/D1/unaligned-reads-big", unaligned_reads_big);
    TEST("/split/D1/small-reads", small_reads);
    TEST("/split/D1/unaligned-writes", unaligned_writes);
    TEST("/split/D1/small-writes", small_writes);
    TEST("/split/D1/odd-limits", odd_limits);
    TEST("/split/D1/unaligned-callbacks", unaligned_callbacks);
    TEST_WITH("/split/D1/quirk", faithful_mode, &faithful);
    TEST("/split/D1/reads-agree", reads_agree);
    TEST_WITH("/split/D1/reads-agree-quirk", reads_agree, &faithful);
    TEST("/split/D1/quirk-of-region", quirk_of_a_region);
    TEST_WITH("/split/D1/quirk-of-both", quirk_of_both, &faithful);
    misuse_test_add("/split/D1/quirk-of-others", quirk_of_others);
    TEST("/split/D1/widened-writes-told", widened_writes_are_told);
    return g_test_run();
}
