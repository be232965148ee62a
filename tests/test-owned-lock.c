/* SPDX-License-Identifier: MIT
 *
 * Inside the library: the lock that knows its owner. The cases with threads run with both kinds of
 * barriers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/owned-lock.h"
#include "support.h"

enum { THREADS = 4, ROUNDS = 8000, SLEEPS = 20, ENDS = 1000 };

typedef struct Fixture {
    OwnedLock lock;
    bool light_was_full;
    unsigned value; /* under the lock */
} Fixture;

static unsigned waiters(const OwnedLock *lock)
{
    return __atomic_load_n(&lock->queue->waiting, __ATOMIC_RELAXED) & ~OWNED_LOCK_ALERT;
}

static void setup(Fixture *f, gconstpointer light_is_full)
{
    f->light_was_full = process.light_is_full;
    process.light_is_full = f->light_was_full || light_is_full;
    g_assert_true(owned_lock_init(&f->lock));
}

static void teardown(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_null(f->lock.owner);
    g_assert_cmpuint(waiters(&f->lock), ==, 0);
    owned_lock_end(&f->lock);
    process.light_is_full = f->light_was_full;
}

static void wait_for_waiters(const OwnedLock *lock, unsigned count)
{
    while (waiters(lock) != count) {
        g_usleep(100);
    }
}

/* ---- One thread ------------------------------------------------------------------------- */

static gpointer cannot_take(gpointer opaque)
{
    OwnedLock *lock = opaque;

    g_assert_false(owned_lock_is_mine(lock));
    g_assert_false(owned_lock_try(lock));
    return NULL;
}

static void knows_its_owner(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_false(owned_lock_is_mine(&f->lock));
    owned_lock_take(&f->lock);
    g_assert_true(owned_lock_is_mine(&f->lock));
    g_assert_false(owned_lock_try(&f->lock));
    g_thread_join(g_thread_new("t", cannot_take, &f->lock));
    owned_lock_leave(&f->lock);
    g_assert_false(owned_lock_is_mine(&f->lock));
    g_assert_true(owned_lock_try(&f->lock));
    owned_lock_leave(&f->lock);
}

static unsigned kept_queues(void)
{
    unsigned count = 0;

    for (const LockQueue *q = process.lock_queues; q; q = q->next) {
        count++;
    }
    return count;
}

static void queues_serve_again(Fixture *f, gconstpointer data)
{
    unsigned most = kept_queues() + 1;

    (void)f;
    (void)data;
    for (unsigned i = 0; i < 100; i++) {
        OwnedLock lock;
        g_assert_true(owned_lock_init(&lock));
        owned_lock_end(&lock);
        g_assert_cmpuint(kept_queues(), <=, most);
    }
}

/* ---- Threads ---------------------------------------------------------------------------- */

/* Every 100th holder keeps the lock for so long that the others go to sleep. */
static gpointer count_up(gpointer opaque)
{
    Fixture *f = opaque;

    for (unsigned i = 0; i < ROUNDS; i++) {
        owned_lock_take(&f->lock);
        unsigned was = f->value;
        if (was % 100 == 0) {
            g_usleep(10);
        }
        f->value = was + 1;
        owned_lock_leave(&f->lock);
    }
    return NULL;
}

static void excludes(Fixture *f, gconstpointer data)
{
    GThread *thread[THREADS];

    (void)data;
    for (unsigned i = 0; i < THREADS; i++) {
        thread[i] = g_thread_new("t", count_up, f);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        g_thread_join(thread[i]);
    }
    g_assert_cmpuint(f->value, ==, THREADS * ROUNDS);
}

static gpointer take_once(gpointer opaque)
{
    Fixture *f = opaque;

    errno = ENOTTY;
    owned_lock_take(&f->lock);
    f->value++;
    owned_lock_leave(&f->lock);
    g_assert_cmpint(errno, ==, ENOTTY);
    return NULL;
}

/* All threads sleep when the lock is given back, once. Each has to wake the next. */
static void each_sleeper_wakes(Fixture *f, gconstpointer data)
{
    (void)data;
    for (unsigned round = 0; round < SLEEPS; round++) {
        GThread *thread[THREADS];
        owned_lock_take(&f->lock);
        for (unsigned i = 0; i < THREADS; i++) {
            thread[i] = g_thread_new("t", take_once, f);
        }
        wait_for_waiters(&f->lock, THREADS);
        g_usleep(round * 100);
        owned_lock_leave(&f->lock);
        for (unsigned i = 0; i < THREADS; i++) {
            g_thread_join(thread[i]);
        }
    }
    g_assert_cmpuint(f->value, ==, SLEEPS * THREADS);
}

/* After a thread has waited, the holders are alert for a while. Then a thread waits again. */
static void alert_ends(Fixture *f, gconstpointer data)
{
    const unsigned *waiting = &f->lock.queue->waiting;

    (void)data;
    for (unsigned round = 0; round < 2; round++) {
        owned_lock_take(&f->lock);
        GThread *thread = g_thread_new("t", take_once, f);
        while (__atomic_load_n(waiting, __ATOMIC_RELAXED) != (OWNED_LOCK_ALERT | 1)) {
            g_usleep(100);
        }
        owned_lock_leave(&f->lock);
        g_thread_join(thread);
        for (unsigned i = 0; i < 2000; i++) {
            owned_lock_take(&f->lock);
            owned_lock_leave(&f->lock);
        }
        g_assert_cmphex(__atomic_load_n(waiting, __ATOMIC_RELAXED), ==, 0);
    }
    g_assert_cmpuint(f->value, ==, 2);
}

/* ---- The end of a lock ------------------------------------------------------------------ */

typedef struct Passed {
    OwnedLock lock;
    bool done; /* under the lock */
} Passed;

static gpointer pass(gpointer opaque)
{
    Passed *p = opaque;

    owned_lock_take(&p->lock);
    p->done = true;
    owned_lock_leave(&p->lock);
    return NULL;
}

static bool is_done(Passed *p)
{
    owned_lock_take(&p->lock);
    bool done = p->done;
    owned_lock_leave(&p->lock);
    return done;
}

/* A thread that sees under the lock what the last other holder did may end the lock at once. */
static void ends_behind_the_holder(Fixture *f, gconstpointer data)
{
    (void)f;
    (void)data;
    for (unsigned i = 0; i < ENDS; i++) {
        Passed *p = calloc(1, sizeof(*p));
        g_assert_true(owned_lock_init(&p->lock));
        GThread *thread = g_thread_new("t", pass, p);
        for (unsigned looks = 1; !is_done(p); looks++) {
            if (looks % 1000 == 0) {
                sched_yield(); /* on a busy machine the other thread may wait for this processor */
            }
        }
        owned_lock_end(&p->lock);
        memset(p, 0xa5, sizeof(*p));
        free(p);
        g_thread_join(thread);
    }
}

/* ---- Signal handlers -------------------------------------------------------------------- */

static MemoryContext *interrupted;
static unsigned under_lock, handled;

static void lock_in_handler(int number)
{
    (void)number;
    memory_context_lock(interrupted);
    under_lock++;
    memory_context_unlock(interrupted);
    handled++;
}

/* The handler interrupts the calls that take and give back the lock, of the same thread. */
static void a_handler_locks(Machine *m, gconstpointer data)
{
    struct sigaction action = { .sa_handler = lock_in_handler }, before;
    struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
    unsigned own = 0;

    (void)data;
    interrupted = m->ctx;
    under_lock = handled = 0;
    sigaction(SIGVTALRM, &action, &before);
    setitimer(ITIMER_VIRTUAL, &often, NULL);
    while (__atomic_load_n(&handled, __ATOMIC_RELAXED) < 50) {
        memory_context_lock(m->ctx);
        memory_context_lock(m->ctx);
        memory_context_unlock(m->ctx);
        g_assert_true(memory_context_is_locked(m->ctx));
        memory_context_unlock(m->ctx);
        g_assert_false(memory_context_is_locked(m->ctx));
        own++;
    }
    setitimer(ITIMER_VIRTUAL, &never, NULL);
    sigaction(SIGVTALRM, &before, NULL);
    g_assert_cmpuint(under_lock, ==, handled);
    g_assert_cmpuint(own, >, 0);
}

#define ADD(path, func)                                                                           \
    g_test_add("/owned-lock/" path, Fixture, NULL, setup, func, teardown);                        \
    g_test_add("/owned-lock/full/" path, Fixture, "full", setup, func, teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("owner", knows_its_owner);
    ADD("queues", queues_serve_again);
    ADD("excludes", excludes);
    ADD("sleepers", each_sleeper_wakes);
    ADD("alert", alert_ends);
    ADD("end", ends_behind_the_holder);
    TEST("/owned-lock/signal", a_handler_locks);
    return g_test_run();
}
