/* SPDX-License-Identifier: MIT
 *
 * Loads and stores (specification 11, 22.2; R5).
 */
#include <string.h>

#include "probe.h"

static const MemoryContextOptions big_machine = { .target_big_endian = true };

static void loads_from_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemTxResult r = 0xee;

    (void)data;
    ram_at(m, root, 0, "ram");
    g_assert_cmphex(address_space_ldub(as, 1, ANY, &r), ==, 0xa1);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(address_space_lduw_le(as, 1, ANY, NULL), ==, 0xa2a1);
    g_assert_cmphex(address_space_lduw_be(as, 1, ANY, NULL), ==, 0xa1a2);
    g_assert_cmphex(address_space_ldl_le(as, 4, ANY, NULL), ==, 0xa7a6a5a4);
    g_assert_cmphex(address_space_ldl_be(as, 4, ANY, NULL), ==, 0xa4a5a6a7);
    g_assert_cmphex(address_space_ldq_le(as, 3, ANY, NULL), ==, 0xaaa9a8a7a6a5a4a3);
    r = 0xee;
    g_assert_cmphex(address_space_ldq_be(as, 8, ANY, &r), ==, 0xa8a9aaabacadaeaf);
    g_assert_cmphex(r, ==, MEMTX_OK);
}

static void stores_to_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    MemTxResult r = 0xee;

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    address_space_stb(as, 0, 0x01, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_OK);
    address_space_stw_le(as, 1, 0x0203, ANY, NULL);
    address_space_stw_be(as, 3, 0x0405, ANY, NULL);
    address_space_stl_le(as, 5, 0x06070809, ANY, NULL);
    address_space_stl_be(as, 9, 0x0a0b0c0d, ANY, NULL);
    address_space_stq_le(as, 16, 0x1011121314151617, ANY, NULL);
    r = 0xee;
    address_space_stq_be(as, 24, 0x18191a1b1c1d1e1f, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_OK);
    assert_hex(host_of(ram), 32,
               "0103020405090807060a0b0c0dadaeaf1716151413121110"
               "18191a1b1c1d1e1f");
}

static void forms_without_result(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    stb_phys(as, 0, 1);
    stw_le_phys(as, 2, 0x0203);
    stw_be_phys(as, 4, 0x0203);
    stl_le_phys(as, 8, 0x04050607);
    stl_be_phys(as, 12, 0x04050607);
    stq_le_phys(as, 16, 0x08090a0b0c0d0e0f);
    stq_be_phys(as, 24, 0x08090a0b0c0d0e0f);
    assert_hex(host_of(ram), 32,
               "01a103020203a6a707060504040506070f0e0d0c0b0a0908"
               "08090a0b0c0d0e0f");
    g_assert_cmphex(ldub_phys(as, 0), ==, 1);
    g_assert_cmphex(lduw_le_phys(as, 2), ==, 0x0203);
    g_assert_cmphex(lduw_be_phys(as, 4), ==, 0x0203);
    g_assert_cmphex(ldl_le_phys(as, 8), ==, 0x04050607);
    g_assert_cmphex(ldl_be_phys(as, 12), ==, 0x04050607);
    g_assert_cmphex(ldq_le_phys(as, 16), ==, 0x08090a0b0c0d0e0f);
    g_assert_cmphex(ldq_be_phys(as, 24), ==, 0x08090a0b0c0d0e0f);
}

/* Section 22.2: the byte order is that of the space's machine, not that of the current context. */
static void guest_order(Machine *m, gconstpointer data)
{
    bool big = data != NULL;
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);

    ram = ram_at(m, root, 0, "ram");
    memory_context_set_current(NULL);
    g_assert_cmphex(address_space_lduw(as, 0, ANY, NULL), ==, big ? 0xa0a1 : 0xa1a0);
    g_assert_cmphex(address_space_ldl(as, 0, ANY, NULL), ==, big ? 0xa0a1a2a3 : 0xa3a2a1a0);
    g_assert_cmphex(ldq_phys(as, 0), ==, big ? 0xa0a1a2a3a4a5a6a7 : 0xa7a6a5a4a3a2a1a0);
    address_space_stw(as, 0, 0x0102, ANY, NULL);
    address_space_stl(as, 4, 0x01020304, ANY, NULL);
    address_space_stq(as, 8, 0x0102030405060708, ANY, NULL);
    address_space_stl_notdirty(as, 16, 0x01020304, ANY, NULL);
    assert_hex(host_of(ram), 20,
               big ? "0102a2a3010203040102030405060708"
                     "01020304"
                   : "0201a2a3040302010807060504030201"
                     "04030201");
    memory_context_set_current(m->ctx);
}

/* The number that a device of native order gives out is what the CPU of its machine loads. */
static void device_of_native_order(Machine *m, gconstpointer data)
{
    bool big = data != NULL;
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);

    p->ops.endianness = DEVICE_NATIVE_ENDIAN;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_cmphex(address_space_ldub(as, 1, ANY, NULL), ==, 0x11);
    g_assert_cmphex(address_space_lduw(as, 2, ANY, NULL), ==, 0x1312);
    g_assert_cmphex(address_space_lduw_le(as, 2, ANY, NULL), ==, big ? 0x1213 : 0x1312);
    g_assert_cmphex(address_space_lduw_be(as, 2, ANY, NULL), ==, big ? 0x1312 : 0x1213);
    g_assert_cmphex(address_space_ldl(as, 4, ANY, NULL), ==, 0x17161514);
    g_assert_cmphex(address_space_ldl_le(as, 4, ANY, NULL), ==, big ? 0x14151617 : 0x17161514);
    g_assert_cmphex(address_space_ldl_be(as, 4, ANY, NULL), ==, big ? 0x17161514 : 0x14151617);
    g_assert_cmphex(address_space_ldq(as, 8, ANY, NULL), ==, 0x1f1e1d1c1b1a1918);
    assert_trace(m, "d:r1/1 d:r2/2 d:r2/2 d:r2/2 d:r4/4 d:r4/4 d:r4/4 d:r8/8");
    address_space_stb(as, 1, 0xa1, ANY, NULL);
    address_space_stw_le(as, 2, 0xa1a2, ANY, NULL);
    address_space_stl_be(as, 4, 0xa1a2a3a4, ANY, NULL);
    address_space_stq(as, 8, 0xa1a2a3a4a5a6a7a8, ANY, NULL);
    assert_trace(m, big ? "d:w1/1=a1 d:w2/2=a2a1 d:w4/4=a1a2a3a4 d:w8/8=a1a2a3a4a5a6a7a8"
                        : "d:w1/1=a1 d:w2/2=a1a2 d:w4/4=a4a3a2a1 d:w8/8=a1a2a3a4a5a6a7a8");
}

/* An access is dispatched as it is, neither aligned nor cut. If the device does not accept it, all
 * of it is refused. */
static void one_dispatch(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemTxResult r = 0xee;

    (void)data;
    memory_region_add_subregion(root, 0x101, &p->mr);
    g_assert_cmphex(address_space_ldl_le(as, 0x105, ANY, &r), ==, 0x17161514);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(address_space_ldl_be(as, 0x105, ANY, NULL), ==, 0x14151617);
    address_space_stw_be(as, 0x101, 0x1234, ANY, NULL);
    assert_trace(m, "d:r4/4 d:r4/4 d:w0/2=3412");
    g_assert_cmphex(address_space_ldl_le(as, 0x104, ANY, &r), ==, 0);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    p->ops.valid.max_access_size = 4;
    g_assert_cmphex(address_space_ldq_le(as, 0x101, ANY, &r), ==, 0);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    r = 0;
    address_space_stq_le(as, 0x101, 1, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    assert_trace(m, "");
}

static void result_of_the_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemTxAttrs attrs = { .secure = 1 };
    MemTxResult r = 0;

    (void)data;
    probe_use_attrs(p);
    p->result = MEMTX_ERROR;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_cmphex(address_space_lduw_le(as, 0, attrs, &r), ==, 0x1110);
    g_assert_cmphex(r, ==, MEMTX_ERROR);
    g_assert_true(p->attrs.secure && !p->attrs.unspecified);
    r = 0;
    address_space_stb(as, 0, 1, attrs, &r);
    g_assert_cmphex(r, ==, MEMTX_ERROR);
    ldub_phys(as, 0);
    g_assert_true(p->attrs.unspecified);
}

static void rom_refuses_stores(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    MemTxResult r = 0;

    (void)data;
    ram = ram_at(m, root, 0, "rom");
    memory_region_set_readonly(ram, true);
    address_space_stl_le(as, 0, 1, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    address_space_stl_notdirty(as, 0, 1, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_ldl_le(as, 0, ANY, &r), ==, 0xa3a2a1a0);
    g_assert_cmphex(r, ==, MEMTX_OK);
}

/* ---- R5 --------------------------------------------------------------------------------- */

static void seam_of_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *a, *b;
    AddressSpace *as = probe_space(m, &root);
    MemTxResult r = 0xee;

    (void)data;
    a = ram_at(m, root, 0, "a");
    b = ram_at(m, root, 0x1000, "b");
    memcpy(host_of(a) + 0xffd, "\1\2\3", 3);
    g_assert_cmphex(address_space_ldq_be(as, 0xffd, ANY, &r), ==, 0x010203a0a1a2a3a4);
    g_assert_cmphex(r, ==, MEMTX_OK);
    g_assert_cmphex(address_space_ldl_le(as, 0xffe, ANY, NULL), ==, 0xa1a00302);
    r = 0xee;
    address_space_stl_be(as, 0xffd, 0x11223344, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_OK);
    assert_hex(host_of(a) + 0xffd, 3, "112233");
    assert_hex(host_of(b), 2, "44a1");
}

/* If one range covers both sides of a page's end, an access across it is a plain one. */
static void no_inner_seam(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemTxResult r = 0xee;
    uint64_t bytes;

    (void)data;
    ram = ram_at(m, root, 0x803, "ram");
    for (hwaddr at = 0xff9; at < 0x1000; at++) {
        address_space_stq_be(as, at, 0x1122334455667788 + at, ANY, &r);
        g_assert_cmphex(r, ==, MEMTX_OK);
        memcpy(&bytes, host_of(ram) + at - 0x803, 8);
        g_assert_cmphex(GUINT64_FROM_BE(bytes), ==, 0x1122334455667788 + at);
        g_assert_cmphex(address_space_ldq_be(as, at, ANY, &r), ==, 0x1122334455667788 + at);
        g_assert_cmphex(r, ==, MEMTX_OK);
    }
    p->ops.valid.unaligned = p->ops.impl.unaligned = true;
    memory_region_add_subregion(root, 0x3fe1, &p->mr);
    address_space_ldq_le(as, 0x3ffc, ANY, NULL);
    assert_trace(m, "d:r1b/8");
}

/* An access to RAM and ROM writes the RAM part only. */
static void seam_of_kinds(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *a, *rom;
    AddressSpace *as = probe_space(m, &root);
    MemTxResult r = 0;

    (void)data;
    a = ram_at(m, root, 0, "a");
    rom = ram_at(m, root, 0x1000, "rom");
    memory_region_set_readonly(rom, true);
    address_space_stl_be(as, 0xffe, 0x11223344, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    assert_hex(host_of(a) + 0xffe, 2, "1122");
    assert_hex(host_of(rom), 2, "a0a1");
    g_assert_cmphex(address_space_ldl_be(as, 0xffe, ANY, &r), ==, 0x1122a0a1);
    g_assert_cmphex(r, ==, MEMTX_OK);
    memory_region_del_subregion(root, rom);
    g_assert_cmphex(address_space_ldl_be(as, 0xffe, ANY, &r), ==, 0x11220000);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
}

/* A device is not called for a part of an access that begins before it. */
static void seam_to_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemTxResult r = 0;

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    memcpy(host_of(ram) + 0xffe, "\1\2", 2);
    memory_region_add_subregion(root, 0x1000, &p->mr);
    g_assert_cmphex(address_space_ldl_be(as, 0xffe, ANY, &r), ==, 0x01020000);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    address_space_stl_be(as, 0xffe, 0, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    assert_trace(m, "");
}

/* ---- Atomicity, and the map changing under loads ------------------------------------------ */

enum { ROUNDS = 200000 };

typedef struct Race {
    AddressSpace *as;
    bool stop;
} Race;

static gpointer store_both(gpointer opaque)
{
    Race *race = opaque;

    for (unsigned i = 0; !__atomic_load_n(&race->stop, __ATOMIC_RELAXED); i++) {
        address_space_stq_le(race->as, 8, i & 1 ? UINT64_MAX : 0, ANY, NULL);
        address_space_stw_be(race->as, 2, i & 1 ? UINT16_MAX : 0, ANY, NULL);
    }
    return NULL;
}

static void whole_or_nothing(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    Race race = { .as = probe_space(m, &root) };
    GThread *thread;

    (void)data;
    memset(host_of(ram_at(m, root, 0, "ram")), 0, 16);
    thread = g_thread_new("stores", store_both, &race);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t q = address_space_ldq_le(race.as, 8, ANY, NULL);
        uint16_t w = address_space_lduw_le(race.as, 2, ANY, NULL);
        g_assert_true(q == 0 || q == UINT64_MAX);
        g_assert_true(w == 0 || w == UINT16_MAX);
    }
    __atomic_store_n(&race.stop, true, __ATOMIC_RELAXED);
    g_thread_join(thread);
}

/* Two blocks change places. A load sees one of them, never a hole. */
static gpointer load_on(gpointer opaque)
{
    Race *race = opaque;
    MemTxResult r;

    while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
        uint32_t got = address_space_ldl_le(race->as, 0x2000, ANY, &r);
        g_assert_cmphex(r, ==, MEMTX_OK);
        g_assert_true(got == 1 || got == 2);
    }
    return NULL;
}

static void swap_under_load(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *a, *b;
    Race race = { .as = probe_space(m, &root) };
    GThread *thread;

    (void)data;
    a = ram_at(m, root, 0x2000, "a");
    b = ram_at(m, root, 0x4000, "b");
    memcpy(host_of(a), "\1\0\0\0", 4);
    memcpy(host_of(b), "\2\0\0\0", 4);
    memory_context_set_verify(m->ctx, false);
    thread = g_thread_new("loads", load_on, &race);
    for (unsigned i = 0; i < 2000; i++) {
        memory_region_transaction_begin();
        memory_region_set_address(a, i & 1 ? 0x2000 : 0x4000);
        memory_region_set_address(b, i & 1 ? 0x4000 : 0x2000);
        memory_region_transaction_commit();
    }
    __atomic_store_n(&race.stop, true, __ATOMIC_RELAXED);
    g_thread_join(thread);
}

/* More ranges than a thread remembers, in mixed order. */
static void many_ranges(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x100000);
    AddressSpace *as = space_new(m, root, "as");
    unsigned at = 0;

    (void)data;
    for (unsigned i = 0; i < 64; i++) {
        MemoryRegion *mr = ram_new(m, "ram", 0x1000);
        memory_region_add_subregion(root, i * 0x2000, mr);
        host_of(mr)[5] = (uint8_t)i;
    }
    for (unsigned i = 0; i < 5000; i++) {
        MemTxResult r;
        at = (at * 29 + i + 7) % 64;
        g_assert_cmphex(address_space_ldub(as, at * 0x2000 + 5, ANY, NULL), ==, at);
        address_space_ldub(as, at * 0x2000 + 0x1000, ANY, &r);
        g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    }
}

/* ---- The fuzzer's hook -------------------------------------------------------------------- */

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
    uint8_t buf[4];

    (void)data;
    ram_at(m, root, 0x1000, "ram");
    memory_context_set_hooks(m->ctx, &hooks);
    g_assert_cmphex(address_space_ldl_le(as, 0x1010, ANY, NULL), ==, 0x77777777);
    address_space_read(as, 0x1010, ANY, buf, 4);
    address_space_stl_le(as, 0x1010, 0, ANY, NULL);
    assert_trace(m, "ram@1010+4 ram@1010+4");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ldst/11/loads", loads_from_memory);
    TEST("/ldst/11/stores", stores_to_memory);
    TEST("/ldst/11/phys", forms_without_result);
    TEST("/ldst/22.2/little", guest_order);
    TEST_WITH("/ldst/22.2/big", guest_order, &big_machine);
    TEST("/ldst/22.2/native-device-little", device_of_native_order);
    TEST_WITH("/ldst/22.2/native-device-big", device_of_native_order, &big_machine);
    TEST("/ldst/11/one-dispatch", one_dispatch);
    TEST("/ldst/11/result", result_of_the_device);
    TEST("/ldst/11/rom", rom_refuses_stores);
    TEST("/ldst/R5/memory", seam_of_memory);
    TEST("/ldst/R5/no-inner-seam", no_inner_seam);
    TEST("/ldst/R5/kinds", seam_of_kinds);
    TEST("/ldst/R5/device", seam_to_device);
    TEST("/ldst/11/whole-or-nothing", whole_or_nothing);
    TEST("/ldst/10.2/swap-under-load", swap_under_load);
    TEST("/ldst/10.2/many-ranges", many_ranges);
    TEST("/ldst/1.9/dma-hook", dma_hook);
    return g_test_run();
}
