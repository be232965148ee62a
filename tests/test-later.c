/* SPDX-License-Identifier: MIT
 *
 * What later versions of the interface added and the library has (specification 25), except for
 * what has a test of its own.
 */
#include <physmem/error.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

static const MemTxAttrs for_memory = { .memory = 1 }, for_debugger = { .debug = 1 };

/* ---- Filling ---------------------------------------------------------------------------- */

static void filled_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *host = host_of(ram_at(m, root, 0x1000, "ram"));

    (void)data;
    g_assert_cmphex(address_space_set(as, 0x1001, 0x5a, 0x7fd, ANY), ==, MEMTX_OK);
    g_assert_cmphex(host[0], ==, 0xa0);
    for (unsigned i = 1; i < 0x7fe; i++) {
        g_assert_cmphex(host[i], ==, 0x5a);
    }
    g_assert_cmphex(host[0x7fe], ==, 0);
    g_assert_cmphex(address_space_set(as, 0x1000, 1, 0, ANY), ==, MEMTX_OK);
    g_assert_cmphex(host[0], ==, 0xa0);
}

/* Devices see the accesses of a fill. A hole in between fails and does not stop it. */
static void filled_devices(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x10);
    uint8_t *host = host_of(ram_at(m, root, 0x1000, "ram"));

    (void)data;
    memory_region_add_subregion(root, 0xff0 - 0x10, &p->mr);
    g_assert_cmphex(address_space_set(as, 0xfe2, 7, 0x20, ANY), ==, MEMTX_DECODE_ERROR);
    assert_trace(m, "d:w2/2=707 d:w4/4=7070707 d:w8/8=707070707070707");
    assert_hex(host, 3, "0707a2");
}

/* ---- Questions -------------------------------------------------------------------------- */

static void what_is_io(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    ram_at(m, root, 0, "ram");
    memory_region_add_subregion(root, 0x1000, io_new(m, "io", 0x1000));
    memory_region_add_subregion(root, 0x2000, romd);
    g_assert_false(address_space_is_io(as, 0xfff));
    g_assert_true(address_space_is_io(as, 0x1000));
    g_assert_false(address_space_is_io(as, 0x2000));
    memory_region_rom_device_set_romd(romd, false);
    g_assert_true(address_space_is_io(as, 0x2000));
    g_assert_true(address_space_is_io(as, 0x3000));
    address_space_flush_icache_range(as, 0, 0x10000); /* ignores devices and holes */
}

/* The offset and size of a section after it was cut, or "nothing". */
static char *cut_text(uint64_t offset, uint64_t size)
{
    MemoryRegionSection s = { .size = int128_make64(0x100),
                              .offset_within_region = 0x1000,
                              .offset_within_address_space = 0x8000 };
    if (!memory_region_section_intersect_range(&s, offset, size)) {
        g_assert_cmphex(s.offset_within_region, ==, 0x1000);
        g_assert_cmphex(int128_get64(s.size), ==, 0x100);
        return g_strdup("nothing");
    }
    return g_strdup_printf("%" PRIx64 "+%" PRIx64 " at %" PRIx64, s.offset_within_region,
                           int128_get64(s.size), s.offset_within_address_space);
}

#define assert_cut(offset, size, want)                                                            \
    do {                                                                                          \
        g_autofree char *cut_now = cut_text(offset, size);                                        \
        g_assert_cmpstr(cut_now, ==, want);                                                       \
    } while (0)

static void sections_are_cut(void)
{
    assert_cut(0, 0x10000, "1000+100 at 8000");
    assert_cut(0, UINT64_MAX, "1000+100 at 8000");
    assert_cut(0x1010, 0x10, "1010+10 at 8010");
    assert_cut(0x10ff, 0x1000, "10ff+1 at 80ff");
    assert_cut(0xfff, 2, "1000+1 at 8000");
    assert_cut(0x1100, 1, "nothing");
    assert_cut(0xfff, 1, "nothing");
    assert_cut(0x1010, 0, "nothing");
}

/* ---- Attributes ------------------------------------------------------------------------- */

static void memory_only(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x10);
    MemTxResult result;
    uint8_t buf[4];

    (void)data;
    ram_at(m, root, 0x1000, "ram");
    memory_region_add_subregion(root, 0, &p->mr);
    address_space_ldl_le(as, 0x1000, for_memory, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmphex(address_space_ldl_le(as, 0, for_memory, &result), ==, 0);
    g_assert_cmphex(result, ==, MEMTX_ACCESS_ERROR);
    address_space_stl_le(as, 0, 1, for_memory, &result);
    g_assert_cmphex(result, ==, MEMTX_ACCESS_ERROR);
    g_assert_cmphex(address_space_read(as, 0, for_memory, buf, 4), ==, MEMTX_ACCESS_ERROR);
    assert_hex(buf, 4, "00000000");
    g_assert_cmphex(address_space_write(as, 0, for_memory, buf, 4), ==, MEMTX_ACCESS_ERROR);
    g_assert_false(address_space_access_valid(as, 0, 4, false, for_memory));
    g_assert_true(address_space_access_valid(as, 0x1000, 4, true, for_memory));
    g_assert_cmphex(address_space_read(as, 0x5000, for_memory, buf, 4), ==, MEMTX_DECODE_ERROR);
    assert_trace(m, ""); /* the device was not called */
    address_space_ldl_le(as, 0, ANY, &result);
    assert_trace(m, "d:r0/4");
}

static void debuggers_write_rom(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *rom, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    MemTxResult result;
    hwaddr len = 2;

    (void)data;
    rom = ram_at(m, root, 0, "rom");
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion(root, 0x1000, romd);
    address_space_stl_le(as, 0, 0x11223344, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    address_space_stl_le(as, 0, 0x11223344, for_debugger, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmphex(address_space_write(as, 0xffe, for_debugger, "\1\2\3\4", 4), ==, MEMTX_OK);
    assert_hex(host_of(rom), 4, "44332211");
    assert_hex(host_of(rom) + 0xffe, 2, "0102");
    assert_hex(host_of(romd), 2, "0304");
    g_assert_true(address_space_access_valid(as, 0, 4, true, for_debugger));
    uint8_t *p = address_space_map(as, 8, &len, true, for_debugger);
    g_assert_true(p == host_of(rom) + 8);
    address_space_unmap(as, p, len, true, 0);
    g_assert_false(address_space_access_valid(as, 0, 4, true, ANY));
}

/* ---- Dispatch --------------------------------------------------------------------------- */

/* Dispatch goes through a chain of windows, whose ends count. */
static void dispatch_follows_aliases(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryRegion *inner = window_new(m, "inner", &p->mr, 0x10, 0x20);
    MemoryRegion *outer = window_new(m, "outer", inner, 0x8, 0x10);
    uint64_t val;

    (void)data;
    g_assert_cmphex(memory_region_dispatch_read(outer, 4, &val, MO_LEUL, ANY), ==, MEMTX_OK);
    g_assert_cmphex(memory_region_dispatch_write(outer, 0xc, 1, MO_LEUL, ANY), ==, MEMTX_OK);
    assert_trace(m, "d:r1c/4 d:w24/4=1");
    g_assert_true(memory_region_access_valid(outer, 4, 4, false, ANY));
    g_assert_false(memory_region_access_valid(outer, 4, 16, false, ANY));
    g_assert_false(memory_region_access_valid(outer, 0xe, 4, false, ANY));
    g_assert_cmphex(memory_region_dispatch_read(outer, 0xe, &val, MO_LEUL, ANY), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmphex(memory_region_dispatch_write(outer, 0x10, 1, MO_8, ANY), ==,
                    MEMTX_DECODE_ERROR);
    assert_trace(m, "");
}

/* A window that begins so late that its end exceeds 2^64 does not show the target's beginning. */
static void dispatch_does_not_wrap(Machine *m, gconstpointer data)
{
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryRegion *w = window_new(m, "w", &p->mr, HWADDR_MAX - 7, 0x20);
    uint64_t val = 1;

    (void)data;
    g_assert_cmphex(memory_region_dispatch_read(w, 8, &val, MO_LEUL, ANY), ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(val, ==, 0);
    g_assert_cmphex(memory_region_dispatch_write(w, 0x10, 1, MO_8, ANY), ==, MEMTX_DECODE_ERROR);
    g_assert_false(memory_region_access_valid(w, 8, 4, false, ANY));
    assert_trace(m, "");
}

/* ---- Spaces ----------------------------------------------------------------------------- */

/* The sanitizers check that the space is freed, and not too early. */
static void space_is_freed(Machine *m, gconstpointer data)
{
    AddressSpace *as = malloc(sizeof(*as));

    (void)data;
    address_space_init(as, box_new(m, "root", 0x1000), "as");
    memory_read_lock();
    address_space_destroy_free(as);
    g_assert_cmphex(address_space_ldub(as, 0, ANY, NULL), ==, 0); /* a reader is still inside */
    memory_read_unlock();
    memory_drain();
}

static void note_client(QEMUBH *bh, void *opaque)
{
    Machine *m = opaque;

    g_string_append_printf(m->trace, "%s%s", m->trace->len ? " " : "", (const char *)bh);
}

static QEMUBH *client(const char *name)
{
    return (QEMUBH *)(uintptr_t)name;
}

static void *map_all(AddressSpace *as)
{
    hwaddr len = 8;

    address_space_set_max_bounce_bytes(as, 8);
    return address_space_map(as, 0, &len, true, ANY);
}

static void clients_of_a_space(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .schedule_bh = note_client, .opaque = m };
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root), *other = space_new(m, root, "other");
    void *p = map_all(as), *q = map_all(other);

    (void)data;
    memory_context_set_hooks(m->ctx, &hooks);
    address_space_register_map_client(as, client("a"));
    address_space_register_map_client(other, client("o"));
    address_space_register_map_client(as, client("b"));
    address_space_register_map_client(as, client("gone"));
    cpu_register_map_client(client("any"));
    address_space_unregister_map_client(other, client("gone")); /* it is not registered */
    address_space_unregister_map_client(as, client("gone"));
    assert_trace(m, "");
    address_space_unmap(as, p, 8, true, 0);
    assert_trace(m, "any b a");
    address_space_register_map_client(as, client("at-once"));
    assert_trace(m, "at-once");
    address_space_unmap(other, q, 8, true, 0);
    assert_trace(m, "o");
}

/* When a space ends, its clients no longer wait. A buffer that is still mapped is lost, and the
 * library reports it. */
static void clients_end_with_their_space(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .schedule_bh = note_client, .opaque = m };
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as = space_new(m, root, "as"), *other = space_new(m, root, "other");
    void *p = map_all(other);
    static void *volatile lost; /* the leak checker finds the buffer here */

    (void)data;
    lost = map_all(as);
    g_assert_nonnull(lost);
    memory_context_set_hooks(m->ctx, &hooks);
    address_space_register_map_client(as, client("never"));
    address_space_register_map_client(other, client("o"));
    space_drop(m, as);
    memory_drain();
    expect_message(m, "misuse", "bounce buffers", "(1)", NULL);
    address_space_unmap(other, p, 8, true, 0);
    assert_trace(m, "o");
}

/* ---- Errors ----------------------------------------------------------------------------- */

static void abort_on_error(void)
{
    if (g_test_subprocess()) {
        Error *err = NULL;
        error_setg(&err, "two is %d", 3);
        error_propagate(&error_abort, err);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*two is 3*");
}

static void exit_on_error(void)
{
    if (g_test_subprocess()) {
        MemoryRegion mr;
        memory_region_init_ram_nomigrate(&mr, NULL, "none", 0, &error_fatal);
        abort();
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("physmem: *none*");
    g_test_trap_assert_stderr_unmatched("*unexpected*");
}

static void no_error_no_end(void)
{
    error_propagate(&error_abort, NULL);
    error_propagate(&error_fatal, NULL);
    g_assert_true(&error_abort != &error_fatal);
    g_assert_null(error_abort);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/later/25/set/memory", filled_memory);
    TEST("/later/25/set/devices", filled_devices);
    TEST("/later/25/is-io", what_is_io);
    g_test_add_func("/later/25/section-intersect", sections_are_cut);
    TEST("/later/25/attrs/memory", memory_only);
    TEST("/later/25/attrs/debug", debuggers_write_rom);
    TEST("/later/25/dispatch-alias", dispatch_follows_aliases);
    TEST("/later/25/dispatch-alias-end", dispatch_does_not_wrap);
    TEST("/later/25/destroy-free", space_is_freed);
    TEST("/later/25/map-clients/of-a-space", clients_of_a_space);
    TEST("/later/25/map-clients/end", clients_end_with_their_space);
    g_test_add_func("/later/error/abort", abort_on_error);
    g_test_add_func("/later/error/fatal", exit_on_error);
    g_test_add_func("/later/error/none", no_error_no_end);
    return g_test_run();
}
