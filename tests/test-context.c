/* SPDX-License-Identifier: MIT
 *
 * Contexts: options, the current one, the lock, messages, draining.
 */
#define _GNU_SOURCE /* memfd_create */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "support.h"

/* ---- Making ------------------------------------------------------------------------------- */

static void properties(void)
{
    const MemoryContextOptions opts = { .name = "sparc",
                                        .target_big_endian = true,
                                        .page_bits = 13 };
    MemoryContext *ctx = memory_context_new(&opts, NULL);
    MemoryContext *old = memory_context_set_current(ctx);

    g_assert_cmpstr(memory_context_name(ctx), ==, "sparc");
    g_assert_true(target_big_endian());
    g_assert_cmpint(qemu_target_page_bits(), ==, 13);
    g_assert_cmphex(qemu_target_page_size(), ==, 0x2000);
    g_assert_cmphex(TARGET_PAGE_ALIGN(0x2001), ==, 0x4000);
    g_assert_cmphex((hwaddr)TARGET_PAGE_MASK, ==, ~(hwaddr)0x1fff);
    memory_context_set_current(old);
    g_assert_true(memory_context_destroy(ctx, NULL));
}

static void defaults(Machine *m, gconstpointer data)
{
    (void)data;
    g_assert_cmpstr(memory_context_name(m->ctx), ==, "machine");
    g_assert_false(target_big_endian());
    g_assert_cmpint(TARGET_PAGE_BITS, ==, 12);
}

static void bad_options(void)
{
    static const MemoryContextOptions bad[] = { { .page_bits = 5 },
                                                { .page_bits = 31 },
                                                { .quirks = 1u << 31 } };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        Error *err = NULL;
        g_assert_null(memory_context_new(&bad[i], &err));
        g_assert_nonnull(err);
        error_free(err);
        g_assert_null(memory_context_new(&bad[i], NULL));
    }
}

static void default_context(void)
{
    MemoryContext *ctx = memory_context_default();
    Error *err = NULL;

    g_assert_true(memory_context_current() == ctx);
    g_assert_true(memory_context_default() == ctx);
    g_assert_false(memory_context_destroy(ctx, &err));
    g_assert_nonnull(err);
    error_free(err);
}

/* ---- The current one ---------------------------------------------------------------------- */

static gpointer current_of_new_thread(gpointer unused)
{
    (void)unused;
    return memory_context_current();
}

static void current(Machine *m, gconstpointer data)
{
    MemoryContext *other = memory_context_new(NULL, NULL);
    Object *root = object_get_root();

    (void)data;
    g_assert_true(memory_context_current() == m->ctx);
    g_assert_true(memory_context_set_current(other) == m->ctx);
    g_assert_true(object_get_root() != root);
    g_assert_true(memory_context_set_current(NULL) == other);
    g_assert_true(memory_context_current() == memory_context_default());
    g_assert_true(memory_context_set_current(m->ctx) == memory_context_default());
    g_assert_true(g_thread_join(g_thread_new("t", current_of_new_thread, NULL)) ==
                  memory_context_default());
    g_assert_true(memory_context_destroy(other, NULL));
}

static gpointer default_of_thread(gpointer unused)
{
    (void)unused;
    return memory_context_default();
}

/* All threads get the same default context, whichever asks first. It is made here, so this runs in
 * a process of its own. */
static void default_at_once(void)
{
    GThread *threads[4];

    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        return;
    }
    for (int i = 0; i < 4; i++) {
        threads[i] = g_thread_new("t", default_of_thread, NULL);
    }
    for (int i = 0; i < 4; i++) {
        g_assert_true(g_thread_join(threads[i]) == memory_context_default());
    }
}

/* ---- The lock ----------------------------------------------------------------------------- */

static gpointer is_locked_here(gpointer ctx)
{
    return GINT_TO_POINTER(memory_context_is_locked(ctx));
}

typedef struct Counter {
    MemoryContext *ctx;
    unsigned value;
} Counter;

static gpointer count_under_lock(gpointer data)
{
    Counter *c = data;

    for (unsigned i = 0; i < 20000; i++) {
        memory_context_lock(c->ctx);
        memory_context_lock(c->ctx);
        c->value++;
        memory_context_unlock(c->ctx);
        memory_context_unlock(c->ctx);
    }
    return NULL;
}

static void lock_owner(Machine *m, gconstpointer data)
{
    (void)data;
    g_assert_false(memory_context_is_locked(m->ctx));
    memory_context_lock(m->ctx);
    memory_context_lock(m->ctx);
    memory_context_unlock(m->ctx);
    g_assert_true(memory_context_is_locked(m->ctx));
    g_assert_null(g_thread_join(g_thread_new("t", is_locked_here, m->ctx)));
    memory_context_unlock(m->ctx);
    g_assert_false(memory_context_is_locked(m->ctx));
    memory_context_unlock(m->ctx);
    expect_message(m, "misuse", "lock", "machine", NULL);
}

static void lock_excludes(Machine *m, gconstpointer data)
{
    Counter c = { m->ctx, 0 };
    GThread *other = g_thread_new("t", count_under_lock, &c);

    (void)data;
    count_under_lock(&c);
    g_thread_join(other);
    g_assert_cmpuint(c.value, ==, 40000);
}

/* ---- Messages ----------------------------------------------------------------------------- */

static void standard_error(void)
{
    if (g_test_subprocess()) {
        MemoryContext *ctx = memory_context_new(&(MemoryContextOptions){ .name = "m1" }, NULL);
        memory_context_unlock(ctx);
        g_assert_true(memory_context_destroy(ctx, NULL));
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_stderr("*physmem: m1: misuse: *lock*\n*");
}

/* ---- Draining ----------------------------------------------------------------------------- */

static int memory_fd(void)
{
    int fd = memfd_create("test", 0);

    g_assert_cmpint(fd, >=, 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static MemoryRegion *ram_on(int fd)
{
    MemoryRegion *mr = g_new(MemoryRegion, 1);

    g_assert_true(memory_region_init_ram_from_fd(mr, NULL, "ram", 0x1000, RAM_SHARED, fd, 0,
                                                 NULL));
    return mr;
}

/* The end of a block is deferred; it closes the block's file. */
static void drain(Machine *m, gconstpointer data)
{
    int fd = memory_fd();
    MemoryRegion *mr = ram_on(fd);

    (void)m, (void)data;
    memory_read_lock();
    object_unparent(OBJECT(mr));
    g_assert_true(is_open(fd));
    memory_read_unlock();
    memory_drain();
    g_assert_false(is_open(fd));
    g_free(mr);
}

static void drain_refused(Machine *m, gconstpointer data)
{
    MemoryContext *other = memory_context_new(NULL, NULL);

    (void)data;
    memory_read_lock();
    memory_drain();
    memory_read_unlock();
    expect_message(m, "misuse", "read section", NULL);
    memory_context_lock(m->ctx);
    memory_drain();
    memory_context_unlock(m->ctx);
    expect_message(m, "misuse", "lock", NULL);
    memory_context_lock(other);
    memory_drain();
    memory_context_unlock(other);
    expect_message(m, "misuse", "lock", NULL);
    memory_drain();
    g_assert_true(memory_context_destroy(other, NULL));
}

/* ---- The end ------------------------------------------------------------------------------ */

static void destroy_waits(void)
{
    MemoryContext *ctx = memory_context_new(NULL, NULL);
    MemoryContext *old = memory_context_set_current(ctx);
    int fd = memory_fd();
    MemoryRegion *mr = ram_on(fd);

    object_unparent(OBJECT(mr));
    memory_context_set_current(old);
    g_assert_true(memory_context_destroy(ctx, NULL));
    g_assert_false(is_open(fd));
    g_free(mr);
}

/* A default space may end before its context. */
static void destroy_behind_a_space(void)
{
    MemoryContext *ctx = memory_context_new(NULL, NULL);

    address_space_destroy(memory_context_io(ctx));
    g_assert_true(memory_context_destroy(ctx, NULL));
}

static void assert_not_destroyed(MemoryContext *ctx, const char *word)
{
    Error *err = NULL;

    g_assert_false(memory_context_destroy(ctx, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), word));
    error_free(err);
}

static void destroy_refused(Machine *m, gconstpointer data)
{
    RAMBlock *block;

    (void)data;
    box_new(m, "the-box", 0x100);
    assert_not_destroyed(m->ctx, "the-box");
    region_drop(m, m->regions->pdata[0]);
    block = qemu_ram_alloc(0x1000, 0, NULL, NULL);
    assert_not_destroyed(m->ctx, "RAM");
    qemu_ram_free(block);
    memory_context_lock(m->ctx);
    assert_not_destroyed(m->ctx, "machine");
    memory_context_unlock(m->ctx);
    expect_message(m, "misuse", "lock", NULL);
    memory_read_lock();
    assert_not_destroyed(m->ctx, "machine");
    memory_read_unlock();
    expect_message(m, "misuse", "read section", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/context/properties", properties);
    TEST("/context/defaults", defaults);
    g_test_add_func("/context/bad-options", bad_options);
    g_test_add_func("/context/default", default_context);
    g_test_add_func("/context/default-at-once", default_at_once);
    TEST("/context/current", current);
    misuse_test_add("/context/lock/owner", lock_owner);
    TEST("/context/lock/excludes", lock_excludes);
    g_test_add_func("/context/standard-error", standard_error);
    TEST("/context/drain", drain);
    misuse_test_add("/context/drain-refused", drain_refused);
    g_test_add_func("/context/destroy-waits", destroy_waits);
    g_test_add_func("/context/destroy-behind-a-space", destroy_behind_a_space);
    misuse_test_add("/context/destroy-refused", destroy_refused);
    return g_test_run();
}
