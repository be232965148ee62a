/* SPDX-License-Identifier: MIT
 *
 * Contexts share nothing: each has its own properties, default spaces, transactions, listeners,
 * messages and global logging. Each thread has its own current context.
 */
#include <string.h>

#include "support.h"

/* Makes a second machine beside the test's; it ends with the test. */
static MemoryContext *other_new(const MemoryContextOptions *opts)
{
    MemoryContext *ctx = memory_context_new(opts, NULL);

    g_assert_nonnull(ctx);
    return ctx;
}

static void other_end(MemoryContext *ctx)
{
    Error *err = NULL;

    memory_context_destroy(ctx, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
}

static void default_exists(void)
{
    g_assert_true(memory_context_current() == memory_context_default());
    g_assert_nonnull(memory_context_name(memory_context_default()));
    g_assert_true(memory_context_memory(memory_context_default()) == &address_space_memory);
}

static void default_stays(void)
{
    Error *err = NULL;

    g_assert_false(memory_context_destroy(memory_context_default(), &err));
    g_assert_nonnull(err);
    error_free(err);
}

static void current_is_switched(Machine *m, gconstpointer data)
{
    MemoryContext *other = other_new(NULL);

    (void)data;
    g_assert_true(memory_context_current() == m->ctx);
    g_assert_true(memory_context_set_current(other) == m->ctx);
    g_assert_true(memory_context_current() == other);
    g_assert_true(memory_context_set_current(NULL) == other);
    g_assert_true(memory_context_current() == memory_context_default());
    memory_context_set_current(m->ctx);
    other_end(other);
}

static void properties(Machine *m, gconstpointer data)
{
    const MemoryContextOptions opts = { .name = "big",
                                        .target_big_endian = true,
                                        .page_bits = 16 };
    MemoryContext *big = other_new(&opts);

    (void)data;
    g_assert_cmpstr(memory_context_name(m->ctx), ==, "machine");
    g_assert_cmpstr(memory_context_name(big), ==, "big");
    g_assert_false(target_big_endian());
    g_assert_cmpuint(TARGET_PAGE_SIZE, ==, 4096);
    memory_context_set_current(big);
    g_assert_true(target_big_endian());
    g_assert_cmpint(TARGET_PAGE_BITS, ==, 16);
    g_assert_cmpuint(TARGET_PAGE_ALIGN(1), ==, 65536);
    memory_context_set_current(m->ctx);
    g_assert_cmpint(TARGET_PAGE_BITS, ==, 12);
    other_end(big);
}

static void bad_options(void)
{
    const MemoryContextOptions bad[] = { { .page_bits = 5 }, { .page_bits = 31 } };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        Error *err = NULL;
        g_assert_null(memory_context_new(&bad[i], &err));
        g_assert_nonnull(err);
        error_free(err);
    }
}

/* One region with one value, read in both target byte orders. */
static void byte_order(Machine *m, gconstpointer data)
{
    MemoryContext *big = other_new(&(MemoryContextOptions){ .target_big_endian = true });
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    const uint8_t bytes[] = { 0x12, 0x34, 0x56, 0x78 };
    AddressSpace *as;

    (void)data;
    memory_context_set_current(big);
    memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x1000, NULL);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    as = memory_context_memory(big);
    memory_context_set_current(m->ctx);
    address_space_write(as, 0, MEMTXATTRS_UNSPECIFIED, bytes, 4);
    g_assert_cmphex(address_space_ldl(as, 0, MEMTXATTRS_UNSPECIFIED, NULL), ==, 0x12345678);
    memory_region_del_subregion(memory_context_memory(big)->root, ram);
    memory_context_set_current(big);
    memory_drain();
    object_unparent(OBJECT(ram));
    memory_drain();
    memory_context_set_current(m->ctx);
    other_end(big);
    g_free(ram);
}

/* Specification 1.3: MO_BSWAP says that data is not in the host's byte order. Native order is that
 * of the current context's target. */
static void orders_of_devices(Machine *m, gconstpointer data)
{
    MemoryContext *big = other_new(&(MemoryContextOptions){ .target_big_endian = true });
    MemoryContext *const contexts[] = { m->ctx, big };

    (void)data;
    for (unsigned i = 0; i < 2; i++) {
        memory_context_set_current(contexts[i]);
        g_assert_cmphex(devend_memop(DEVICE_HOST_ENDIAN), ==, 0);
        g_assert_cmphex(devend_memop(DEVICE_LITTLE_ENDIAN) | devend_memop(DEVICE_BIG_ENDIAN), ==,
                        MO_BSWAP);
        g_assert_false(memop_big_endian(devend_memop(DEVICE_LITTLE_ENDIAN)));
        g_assert_true(memop_big_endian(devend_memop(DEVICE_BIG_ENDIAN)));
        g_assert_cmphex(MO_TE, ==, i ? MO_BE : MO_LE);
        g_assert_cmphex(devend_memop(DEVICE_NATIVE_ENDIAN), ==, MO_TE);
        g_assert_cmphex(MO_TEUL, ==, MO_TE | MO_UL);
        g_assert_cmphex(MO_TEUQ, ==, MO_TE | MO_UQ);
        g_assert_cmphex(MO_TEUQ, ==, i ? MO_BEUQ : MO_LEUQ);
    }
    memory_context_set_current(m->ctx);
    other_end(big);
}

static uint64_t port_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)size;
    return 0xa0 + addr;
}

static const MemoryRegionOps port_ops = { .read = port_read };

/* address_space_io is a space of the default context, whichever context is current. */
static void io_of_the_default_context(Machine *m, gconstpointer data)
{
    MemoryRegion *ports = g_new0(MemoryRegion, 1);

    (void)data;
    g_assert_true(memory_context_io(m->ctx) != &address_space_io);
    memory_context_set_current(NULL);
    g_assert_true(memory_context_io(memory_context_default()) == &address_space_io);
    memory_region_init_io(ports, NULL, &port_ops, NULL, "ports", 8);
    memory_region_add_subregion(get_system_io(), 0x60, ports);
    memory_context_set_current(m->ctx);
    g_assert_cmphex(address_space_ldub(&address_space_io, 0x64, MEMTXATTRS_UNSPECIFIED, NULL), ==,
                    0xa4);
    g_assert_cmphex(address_space_ldub(memory_context_io(m->ctx), 0x64, MEMTXATTRS_UNSPECIFIED,
                                       NULL),
                    ==, 0xff);
    memory_context_set_current(NULL);
    memory_region_del_subregion(get_system_io(), ports);
    memory_drain();
    object_unparent(OBJECT(ports));
    memory_context_set_current(m->ctx);
    g_free(ports);
}

/* In a process that has not called the library before. */
static void io_before_anything_else(void)
{
    MemoryListener listener = { .name = "early" };

    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_test_trap_assert_passed();
        return;
    }
    memory_listener_register(&listener, &address_space_io);
    g_assert_true(listener.address_space == memory_context_io(memory_context_default()));
    memory_listener_unregister(&listener);
}

static void default_spaces(Machine *m, gconstpointer data)
{
    MemoryContext *other = other_new(NULL);
    MemoryRegion *mine = get_system_memory(), *theirs;
    MemoryRegion *io = io_new(m, "io", 0x10);

    (void)data;
    memory_context_set_current(other);
    theirs = get_system_memory();
    g_assert_true(theirs != mine);
    g_assert_true(get_system_io() != memory_context_io(m->ctx)->root);
    memory_context_set_current(m->ctx);
    memory_region_add_subregion(mine, 0x100, io);
    assert_map(memory_context_memory(m->ctx), "100-10f io@0");
    assert_map(memory_context_memory(other), "");
    memory_region_del_subregion(mine, io);
    other_end(other);
}

static void floating_ports(Machine *m, gconstpointer data)
{
    MemTxResult result = MEMTX_ERROR;

    (void)data;
    g_assert_cmphex(address_space_ldl(memory_context_io(m->ctx), 0x80, MEMTXATTRS_UNSPECIFIED,
                                      &result),
                    ==, 0xffffffff);
    g_assert_cmpuint(result, ==, MEMTX_OK);
    g_assert_cmphex(memory_region_size(get_system_io()), ==, 0x10000);
    g_assert_cmpstr(memory_region_name(get_system_io()), ==, "io");
    g_assert_cmpstr(memory_region_name(get_system_memory()), ==, "system");
    g_assert_cmphex(memory_region_size(get_system_memory()), ==, UINT64_MAX);
}

/* An open transaction of one machine does not delay edits of another one. */
static void transactions(Machine *m, gconstpointer data)
{
    MemoryContext *other = other_new(NULL);
    MemoryRegion *root = box_new(m, "root", 0x1000), *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_context_set_current(other);
    memory_region_transaction_begin();
    g_assert_true(memory_context_is_locked(other));
    g_assert_false(memory_context_is_locked(m->ctx));
    memory_region_add_subregion(root, 0, io); /* edits m->ctx, whichever context is current */
    assert_map(as, "0-f io@0");
    memory_region_transaction_commit();
    memory_context_set_current(m->ctx);
    other_end(other);
}

static void listeners(Machine *m, gconstpointer data)
{
    MemoryContext *other = other_new(NULL);
    MemoryRegion *root = box_new(m, "root", 0x1000), *io = io_new(m, "io", 0x10);

    (void)data;
    memory_context_set_current(other);
    AddressSpace *theirs = memory_context_memory(other);
    spy_on(m, "s", 0, theirs);
    memory_region_add_subregion(root, 0, io);
    memory_region_set_enabled(io, false);
    assert_trace(m, "");
    address_space_remove_listeners(theirs);
    memory_context_set_current(m->ctx);
    other_end(other);
}

static void global_logging(Machine *m, gconstpointer data)
{
    MemoryContext *other = other_new(NULL);

    (void)m, (void)data;
    memory_global_dirty_log_start();
    g_assert_true(global_dirty_log);
    g_assert_false(*memory_context_global_dirty_log(other));
    memory_global_dirty_log_stop();
    other_end(other);
}

static void destroy_is_refused(Machine *m, gconstpointer data)
{
    MemoryContext *other = other_new(NULL);
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    Error *err = NULL;

    (void)data;
    memory_context_set_current(other);
    memory_region_init(mr, NULL, "left-behind", 0x10);
    memory_context_set_current(m->ctx);
    g_assert_false(memory_context_destroy(other, &err));
    g_assert_nonnull(err);
    error_free(err);
    object_unparent(OBJECT(mr));
    other_end(other);
    g_free(mr);
}

/* ---- Threads ---------------------------------------------------------------------------- */

enum { THREADS = 4, LAPS = 25 };

static gpointer own_machine(gpointer data)
{
    const MemoryContextOptions opts = { .page_bits = GPOINTER_TO_UINT(data) };
    MemoryContext *ctx = memory_context_new(&opts, NULL);
    MemoryRegion io;
    AddressSpace *as = memory_context_memory(ctx);

    g_assert_true(memory_context_current() == memory_context_default());
    memory_context_set_current(ctx);
    for (int i = 0; i < LAPS; i++) {
        hwaddr at = 0x1000ull * (1 + GPOINTER_TO_UINT(data));
        memory_region_init_io(&io, NULL, &plain_ops, NULL, "io", 0x10);
        memory_region_add_subregion(get_system_memory(), at, &io);
        g_assert_cmpint(qemu_target_page_bits(), ==, GPOINTER_TO_UINT(data));
        g_assert_cmphex(address_space_ldub(as, at + 7, MEMTXATTRS_UNSPECIFIED, NULL), ==, 7);
        memory_region_del_subregion(get_system_memory(), &io);
        g_assert_cmphex(address_space_ldub(as, at + 7, MEMTXATTRS_UNSPECIFIED, NULL), ==, 0);
        memory_drain();
        object_unparent(OBJECT(&io));
    }
    memory_context_set_current(NULL);
    other_end(ctx);
    return NULL;
}

static void threads_with_machines(void)
{
    GThread *t[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        t[i] = g_thread_new("machine", own_machine, GUINT_TO_POINTER(10 + i));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        g_thread_join(t[i]);
    }
}

static gpointer locked_elsewhere(gpointer data)
{
    return GINT_TO_POINTER(memory_context_is_locked(data));
}

static void lock_is_the_threads(Machine *m, gconstpointer data)
{
    (void)data;
    memory_context_lock(m->ctx);
    memory_context_lock(m->ctx);
    memory_context_unlock(m->ctx);
    g_assert_true(memory_context_is_locked(m->ctx));
    g_assert_false(GPOINTER_TO_INT(g_thread_join(g_thread_new("t", locked_elsewhere, m->ctx))));
    memory_context_unlock(m->ctx);
    g_assert_false(memory_context_is_locked(m->ctx));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/contexts/default", default_exists);
    g_test_add_func("/contexts/default/stays", default_stays);
    g_test_add_func("/contexts/bad-options", bad_options);
    TEST("/contexts/current", current_is_switched);
    TEST("/contexts/properties", properties);
    TEST("/contexts/byte-order", byte_order);
    TEST("/contexts/1.3/orders-of-devices", orders_of_devices);
    TEST("/contexts/default-spaces", default_spaces);
    TEST("/contexts/22.3/io-of-the-default-context", io_of_the_default_context);
    g_test_add_func("/contexts/22.3/io-before-anything-else", io_before_anything_else);
    TEST("/contexts/22.3/floating-ports", floating_ports);
    TEST("/contexts/transactions", transactions);
    TEST("/contexts/listeners", listeners);
    TEST("/contexts/global-logging", global_logging);
    TEST("/contexts/destroy-is-refused", destroy_is_refused);
    TEST("/contexts/lock-is-the-threads", lock_is_the_threads);
    g_test_add_func("/contexts/threads", threads_with_machines);
    return g_test_run();
}
