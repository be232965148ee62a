/* SPDX-License-Identifier: MIT
 *
 * Inside the library: a child process can use the library, whatever the other threads of its
 * parent were doing at the fork(). If a child hangs, an alarm ends it and the test fails.
 */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include "base/context.h"
#include "base/process.h"
#include "support.h"

enum { PATIENCE = 60 }; /* seconds until the alarm; no result depends on it */

/* Forks; returns 0 in the child. */
static pid_t begin_child(void)
{
    pid_t pid = fork();

    g_assert_cmpint(pid, >=, 0);
    if (!pid) {
        alarm(PATIENCE);
    }
    return pid;
}

static void assert_child_succeeds(pid_t pid)
{
    int status;

    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

static void wait_for(const bool *flag)
{
    while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE)) {
        g_usleep(100);
    }
}

static void set(bool *flag)
{
    __atomic_store_n(flag, true, __ATOMIC_RELEASE);
}

static void edit_and_drain(AddressSpace *as, MemoryRegion *mr)
{
    memory_region_set_address(mr, 0x3000);
    assert_map(as, "3000-3fff a@0");
    memory_region_set_address(mr, 0x1000);
    assert_map(as, "1000-1fff a@0");
    memory_drain();
}

static void assert_context_comes_and_goes(void)
{
    MemoryContext *ctx = memory_context_new(NULL, NULL);

    g_assert_nonnull(ctx);
    g_assert_true(memory_context_destroy(ctx, NULL));
}

/* ---- One thread ------------------------------------------------------------------------- */

static void works_on(Machine *m, gconstpointer data)
{
    AddressSpace *as = memory_context_memory(m->ctx);
    MemoryRegion *a = ram_new(m, "a", 0x1000);
    pid_t pid;

    (void)data;
    memory_region_add_subregion(get_system_memory(), 0x1000, a);
    address_space_stb(as, 0x1000, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    pid = begin_child();
    if (!pid) {
        g_assert_cmpint(address_space_ldub(as, 0x1000, MEMTXATTRS_UNSPECIFIED, NULL), ==, 1);
        address_space_stb(as, 0x1000, 2, MEMTXATTRS_UNSPECIFIED, NULL);
        edit_and_drain(as, a);
        assert_context_comes_and_goes();
        _exit(0);
    }
    assert_child_succeeds(pid);
    g_assert_cmpint(address_space_ldub(as, 0x1000, MEMTXATTRS_UNSPECIFIED, NULL), ==, 1);
    edit_and_drain(as, a);
}

static void note(Deferred *d);

typedef struct Noted {
    Deferred deferred;
    bool ran;
} Noted;

static void note(Deferred *d)
{
    set(&caa_container_of(d, Noted, deferred)->ran);
}

/* The child has no reclaimer yet. Work that was deferred before the fork(), and the child's own,
 * is still done without a drain. */
static void deferred_work_is_done(Machine *m, gconstpointer data)
{
    Noted before = { .ran = false }, own = { .ran = false };
    pid_t pid;

    (void)data;
    memory_read_lock();
    context_defer(m->ctx, &before.deferred, note);
    pid = begin_child();
    memory_read_unlock();
    if (!pid) {
        context_defer(m->ctx, &own.deferred, note);
        wait_for(&own.ran);
        wait_for(&before.ran);
        _exit(0);
    }
    assert_child_succeeds(pid);
    wait_for(&before.ran);
    memory_drain();
}

static void a_child_forks(Machine *m, gconstpointer data)
{
    AddressSpace *as = memory_context_memory(m->ctx);
    MemoryRegion *a = ram_new(m, "a", 0x1000);
    pid_t pid;

    (void)data;
    memory_region_add_subregion(get_system_memory(), 0x1000, a);
    pid = begin_child();
    if (!pid) {
        edit_and_drain(as, a);
        pid = begin_child();
        edit_and_drain(as, a);
        if (pid) {
            assert_child_succeeds(pid);
        }
        _exit(0);
    }
    assert_child_succeeds(pid);
}

static void defer_and_wait(MemoryContext *ctx)
{
    Noted n = { .ran = false };

    context_defer(ctx, &n.deferred, note);
    wait_for(&n.ran);
}

/* The reclaimers of the parents have visited the context before. The reclaimer of each child still
 * finds the context's work. */
static void deferred_work_is_done_in_each_generation(Machine *m, gconstpointer data)
{
    pid_t pid = begin_child();

    (void)data;
    if (!pid) {
        defer_and_wait(m->ctx);
        pid = begin_child();
        if (!pid) {
            defer_and_wait(m->ctx);
            _exit(0);
        }
        assert_child_succeeds(pid);
        _exit(0);
    }
    assert_child_succeeds(pid);
}

/* ---- Other threads ---------------------------------------------------------------------- */

typedef struct Editor {
    MemoryContext *ctx, *outer; /* outer is locked around each edit of ctx; it may be NULL */
    MemoryRegion *mr;
    bool begun, stop;
} Editor;

static gpointer edit(gpointer opaque)
{
    Editor *e = opaque;

    for (hwaddr i = 0; !__atomic_load_n(&e->stop, __ATOMIC_ACQUIRE); i++) {
        if (e->outer) {
            memory_context_lock(e->outer);
        }
        memory_region_set_address(e->mr, 0x10000 + i % 16 * 0x1000);
        if (e->outer) {
            memory_context_unlock(e->outer);
        }
        set(&e->begun);
    }
    return NULL;
}

/* One thread edits the older context while it holds the lock of the younger one; another thread
 * edits the younger one. The fork has to take both locks. */
static void others_edit(Machine *m, gconstpointer data)
{
    MemoryContext *younger = memory_context_new(NULL, NULL);
    MemoryRegion *a = ram_new(m, "a", 0x1000), *b = io_new(m, "b", 0x1000), *c;
    Editor editor[2] = { { .ctx = m->ctx, .outer = younger, .mr = b } };
    GThread *thread[2];

    (void)data;
    memory_region_add_subregion(get_system_memory(), 0x1000, a);
    memory_region_add_subregion(get_system_memory(), 0x10000, b);
    memory_context_set_current(younger);
    c = io_new(m, "c", 0x1000);
    memory_region_add_subregion(get_system_memory(), 0x10000, c);
    memory_context_set_current(m->ctx);
    editor[1] = (Editor){ .ctx = younger, .mr = c };
    for (int i = 0; i < 2; i++) {
        thread[i] = g_thread_new("t", edit, &editor[i]);
        wait_for(&editor[i].begun);
    }
    for (int i = 0; i < 30; i++) {
        pid_t pid = begin_child();
        if (!pid) {
            memory_region_set_address(b, 0);
            memory_region_set_address(c, 0);
            memory_drain();
            memory_context_set_current(younger);
            memory_drain();
            _exit(0);
        }
        assert_child_succeeds(pid);
    }
    for (int i = 0; i < 2; i++) {
        set(&editor[i].stop);
        g_thread_join(thread[i]);
    }
    memory_region_del_subregion(c->container, c);
    g_ptr_array_steal_index(m->regions, m->regions->len - 1);
    memory_context_set_current(younger);
    memory_drain();
    object_unparent(OBJECT(c));
    memory_context_set_current(m->ctx);
    g_assert_true(memory_context_destroy(younger, NULL));
    g_free(c);
}

typedef struct Holder {
    MemoryContext *ctx;
    bool begun;
} Holder;

static void *fork_and_wait(void *pid)
{
    *(pid_t *)pid = begin_child();
    if (!*(pid_t *)pid) {
        _exit(0);
    }
    for (;;) {
        pause();
    }
    return NULL;
}

/* A thread that is cancelled while its fork() waits still forks, and leaves the gate open. */
static void a_forking_thread_is_cancelled(Machine *m, gconstpointer data)
{
    pthread_t thread;
    pid_t pid = 0;

    (void)data;
    memory_context_lock(m->ctx);
    g_assert_cmpint(pthread_create(&thread, NULL, fork_and_wait, &pid), ==, 0);
    while (!__atomic_load_n(&process.forking, __ATOMIC_SEQ_CST)) {
        g_usleep(100);
    }
    pthread_cancel(thread);
    /* The cancellation has probably arrived by then; the result does not depend on it. */
    g_usleep(1000);
    memory_context_unlock(m->ctx);
    pthread_join(thread, NULL);
    g_assert_cmpuint(process.forking, ==, 0);
    assert_child_succeeds(pid);
}

static gpointer hold_ramlist(gpointer opaque)
{
    Holder *h = opaque;

    memory_context_set_current(h->ctx);
    qemu_mutex_lock_ramlist();
    set(&h->begun);
    g_usleep(1000); /* the fork has probably begun by then; the result does not depend on it */
    qemu_mutex_unlock_ramlist();
    return NULL;
}

static void others_hold_an_inner_lock(Machine *m, gconstpointer data)
{
    Holder h = { m->ctx, false };
    GThread *thread = g_thread_new("t", hold_ramlist, &h);
    pid_t pid;

    (void)data;
    wait_for(&h.begun);
    pid = begin_child();
    if (!pid) {
        ram_new(m, "a", 0x1000);
        _exit(0);
    }
    assert_child_succeeds(pid);
    g_thread_join(thread);
}

static gpointer make_ram(gpointer opaque)
{
    memory_context_set_current(opaque);
    qemu_mutex_lock_ramlist();
    qemu_mutex_unlock_ramlist();
    return NULL;
}

/* The forking thread holds an inner lock several times. The child can give it back. */
static void an_inner_lock_is_held(Machine *m, gconstpointer data)
{
    pid_t pid;

    (void)data;
    qemu_mutex_lock_ramlist();
    qemu_mutex_lock_ramlist();
    pid = begin_child();
    qemu_mutex_unlock_ramlist();
    qemu_mutex_unlock_ramlist();
    g_thread_join(g_thread_new("t", make_ram, m->ctx));
    if (!pid) {
        _exit(0);
    }
    assert_child_succeeds(pid);
}

static gpointer lock_and_unlock(gpointer opaque)
{
    memory_context_lock(opaque);
    memory_context_unlock(opaque);
    return NULL;
}

/* A thread waits for the lock that the forking thread holds. The child has the lock, and nobody
 * waits there. */
static void another_waits_for_the_lock(Machine *m, gconstpointer data)
{
    const unsigned *waiting = &m->ctx->lock.queue->waiting;
    pid_t pid;

    (void)data;
    memory_context_lock(m->ctx);
    GThread *other = g_thread_new("t", lock_and_unlock, m->ctx);
    while (!__atomic_load_n(waiting, __ATOMIC_RELAXED)) {
        g_usleep(100);
    }
    pid = begin_child();
    if (!pid) {
        g_assert_cmphex(*waiting & ~OWNED_LOCK_ALERT, ==, 0);
        g_assert_true(memory_context_is_locked(m->ctx));
        memory_context_unlock(m->ctx);
        g_assert_false(memory_context_is_locked(m->ctx));
        g_thread_join(g_thread_new("t", lock_and_unlock, m->ctx));
        _exit(0);
    }
    memory_context_unlock(m->ctx);
    g_thread_join(other);
    assert_child_succeeds(pid);
}

/* ---- In a callback ---------------------------------------------------------------------- */

typedef struct Forker {
    MemoryRegion mr;
    pid_t pid;
} Forker;

static uint64_t forker_read(void *opaque, hwaddr addr, unsigned size)
{
    Forker *f = opaque;

    (void)addr, (void)size;
    f->pid = begin_child();
    memory_region_set_address(&f->mr, 0x5000);
    return f->pid == 0;
}

static const MemoryRegionOps forker_ops = { .read = forker_read };

static Forker *forker_new(void)
{
    Forker *f = g_new0(Forker, 1);

    memory_region_init_io(&f->mr, NULL, &forker_ops, f, "forker", 0x1000);
    memory_region_add_subregion(get_system_memory(), 0x1000, &f->mr);
    return f;
}

static void forker_end(Forker *f)
{
    memory_region_del_subregion(get_system_memory(), &f->mr);
    memory_drain();
    object_unparent(OBJECT(&f->mr));
    g_free(f);
}

static bool fork_in_callback(Machine *m)
{
    return address_space_ldub(memory_context_memory(m->ctx), 0x1000, MEMTXATTRS_UNSPECIFIED, NULL);
}

static void in_a_callback(Machine *m, gconstpointer data)
{
    Forker *f = forker_new();

    (void)data;
    if (fork_in_callback(m)) {
        g_assert_false(memory_context_is_locked(m->ctx));
        memory_drain();
        assert_context_comes_and_goes();
        forker_end(f);
        _exit(0);
    }
    assert_child_succeeds(f->pid);
    forker_end(f);
}

typedef struct Locker {
    Deferred deferred;
    bool begun, ran;
} Locker;

static void run_locker(Deferred *d)
{
    Locker *l = caa_container_of(d, Locker, deferred);

    set(&l->begun);
    CONTEXT_LOCK(d->context);
    l->ran = true;
}

/* Deferred work waits for the lock that the callback's thread holds. In the child this item is
 * lost, and only this one. */
static void deferred_work_waits_for_the_callback(Machine *m, gconstpointer data)
{
    Forker *f = forker_new();
    Locker l = { .begun = false };
    Noted behind = { .ran = false };

    (void)data;
    memory_context_lock(m->ctx);
    context_defer(m->ctx, &l.deferred, run_locker);
    context_defer(m->ctx, &behind.deferred, note);
    wait_for(&l.begun);
    if (fork_in_callback(m)) {
        memory_context_unlock(m->ctx);
        memory_drain();
        g_assert_false(l.ran);
        g_assert_true(behind.ran);
        forker_end(f);
        _exit(0);
    }
    memory_context_unlock(m->ctx);
    assert_child_succeeds(f->pid);
    memory_drain();
    g_assert_true(l.ran && behind.ran);
    forker_end(f);
}

static void run_fork(Deferred *d)
{
    Locker *l = caa_container_of(d, Locker, deferred);

    l->begun = !begin_child();
    l->ran = true;
}

static void in_deferred_work(Machine *m, gconstpointer data)
{
    Locker l = { .begun = false };
    Noted behind = { .ran = false };
    int status;

    (void)data;
    context_defer(m->ctx, &l.deferred, run_fork);
    context_defer(m->ctx, &behind.deferred, note);
    memory_drain();
    g_assert_true(l.ran && behind.ran);
    memory_drain();
    assert_context_comes_and_goes();
    if (l.begun) {
        _exit(0);
    }
    g_assert_cmpint(wait(&status), >, 0);
    g_assert_cmpint(status, ==, 0);
}

/* ---- In a read section ------------------------------------------------------------------ */

static gpointer drain(gpointer ctx)
{
    memory_context_set_current(ctx);
    memory_drain();
    return NULL;
}

static void wait_until_somebody_waits_for_readers(void)
{
    while (pthread_mutex_trylock(&process.grace_lock) == 0) {
        pthread_mutex_unlock(&process.grace_lock);
        g_usleep(100);
    }
}

/* The thread that holds liburcu's locks does not exist in the child, so the locks stay locked. The
 * child knows this and refuses to wait for readers. */
static void others_wait_for_the_forking_thread(Machine *m, gconstpointer data)
{
    AddressSpace *as = memory_context_memory(m->ctx);
    MemoryRegion *a = ram_new(m, "a", 0x1000);
    Noted n = { .ran = false };
    GThread *thread;
    pid_t pid;

    (void)data;
    memory_region_add_subregion(get_system_memory(), 0x1000, a);
    memory_read_lock();
    context_defer(m->ctx, &n.deferred, note);
    thread = g_thread_new("t", drain, m->ctx);
    wait_until_somebody_waits_for_readers();
    pid = begin_child();
    memory_read_unlock();
    if (!pid) {
        MemoryContext *other = memory_context_new(NULL, NULL);
        address_space_stb(as, 0x1000, 2, MEMTXATTRS_UNSPECIFIED, NULL);
        memory_region_set_address(a, 0x3000);
        g_assert_cmpint(address_space_ldub(as, 0x3000, MEMTXATTRS_UNSPECIFIED, NULL), ==, 2);
        memory_drain();
        expect_message(m, "misuse", "fork()", "read section", NULL);
        g_assert_false(memory_context_destroy(other, NULL));
        _exit(0);
    }
    assert_child_succeeds(pid);
    g_thread_join(thread);
    g_assert_true(n.ran);
}

/* ---- Waits for readers ------------------------------------------------------------------ */

typedef struct Reader {
    MemoryContext *ctx;
    bool begun;
} Reader;

/* Needs the context's lock only after the fork has begun. */
static gpointer read_a_device(gpointer opaque)
{
    Reader *r = opaque;

    memory_read_lock();
    set(&r->begun);
    while (!__atomic_load_n(&process.forking, __ATOMIC_SEQ_CST)) {
        g_usleep(100);
    }
    /* The fork has probably taken all free locks by then; the result does not depend on it. */
    g_usleep(1000);
    g_assert_cmpint(address_space_ldub(memory_context_memory(r->ctx), 0x1000,
                                       MEMTXATTRS_UNSPECIFIED, NULL),
                    ==, 0);
    memory_read_unlock();
    return NULL;
}

static gpointer destroy(gpointer ctx)
{
    g_assert_true(memory_context_destroy(ctx, NULL));
    return NULL;
}

/* A drain waits for a reader, and the reader waits for the lock of its device's context. */
static void fork_among(Machine *m, GThreadFunc await_readers, gpointer ctx)
{
    Reader r = { m->ctx, false };
    MemoryRegion *io = io_new(m, "io", 0x1000);
    Noted n = { .ran = false };

    memory_region_add_subregion(get_system_memory(), 0x1000, io);
    memory_drain();
    GThread *reader = g_thread_new("reader", read_a_device, &r);
    wait_for(&r.begun);
    context_defer(m->ctx, &n.deferred, note);
    GThread *waiter = g_thread_new("waiter", await_readers, ctx);
    wait_until_somebody_waits_for_readers();
    pid_t pid = begin_child();
    if (!pid) {
        memory_drain();
        assert_context_comes_and_goes();
        _exit(0);
    }
    assert_child_succeeds(pid);
    g_thread_join(reader);
    g_thread_join(waiter);
    memory_drain();
    g_assert_true(n.ran);
}

static void a_reader_needs_the_lock(Machine *m, gconstpointer data)
{
    (void)data;
    fork_among(m, drain, m->ctx);
}

static void a_context_ends_meanwhile(Machine *m, gconstpointer data)
{
    (void)data;
    fork_among(m, destroy, memory_context_new(NULL, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/fork/works-on", works_on);
    TEST("/fork/deferred-work-is-done", deferred_work_is_done);
    TEST("/fork/a-child-forks", a_child_forks);
    TEST("/fork/deferred-work-is-done-in-each-generation",
         deferred_work_is_done_in_each_generation);
    TEST("/fork/others-edit", others_edit);
    TEST("/fork/a-forking-thread-is-cancelled", a_forking_thread_is_cancelled);
    TEST("/fork/others-hold-an-inner-lock", others_hold_an_inner_lock);
    TEST("/fork/an-inner-lock-is-held", an_inner_lock_is_held);
    TEST("/fork/another-waits-for-the-lock", another_waits_for_the_lock);
    TEST("/fork/in-a-callback", in_a_callback);
    TEST("/fork/deferred-work-waits-for-the-callback", deferred_work_waits_for_the_callback);
    TEST("/fork/in-deferred-work", in_deferred_work);
    TEST("/fork/a-reader-needs-the-lock", a_reader_needs_the_lock);
    TEST("/fork/a-context-ends-meanwhile", a_context_ends_meanwhile);
    misuse_test_add("/fork/others-wait-for-the-forking-thread",
                    others_wait_for_the_forking_thread);
    return g_test_run();
}
