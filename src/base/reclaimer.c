/* SPDX-License-Identifier: MIT
 *
 * The reclaimer: a thread of the process that runs the deferred work of all contexts (defer.c) some
 * milliseconds after something was deferred. It is started when work is deferred for the first
 * time. A child process starts its own.
 */
#define _GNU_SOURCE /* pthread_setname_np */
#include <signal.h>
#include <time.h>

#include "base/context.h"
#include "base/fork.h"

/* The reclaimer waits this long for more work, so that one grace period serves all of it. */
enum { BATCH_NS = 2 * 1000 * 1000 };

/* Returns the next context that has work and was not visited in this pass, or NULL. Its
 * reclaim.lock is taken, so that the context does not end meanwhile. A context whose lock another
 * thread holds is left to a later pass. */
static MemoryContext *next_with_work(uint64_t pass)
{
    MemoryContext *ctx;

    fork_gate_pass();
    pthread_mutex_lock(&process.contexts_lock);
    LIST_FOREACH(ctx, &process.contexts, process_link) {
        if (ctx->reclaim.pass == pass) {
            continue;
        }
        ctx->reclaim.pass = pass;
        if (context_has_deferred(ctx)) {
            if (pthread_mutex_trylock(&ctx->reclaim.lock) == 0) {
                break;
            }
            reclaimer_wake();
        }
    }
    pthread_mutex_unlock(&process.contexts_lock);
    return ctx;
}

/* Visits each context once. A context remembers the number of the last pass that visited it. The
 * reclaimer of a child process continues its parent's numbers, so no number is used twice. */
static void make_pass(void)
{
    uint64_t pass = __atomic_add_fetch(&process.reclaim_passes, 1, __ATOMIC_RELAXED);
    MemoryContext *ctx;

    while ((ctx = next_with_work(pass))) {
        context_run_deferred(ctx);
    }
}

static void *reclaimer(void *unused)
{
    static const struct timespec collect = { .tv_nsec = BATCH_NS };

    (void)unused;
    pthread_setname_np(pthread_self(), "physmem-reclaim"); /* another thread would use /proc */
    for (;;) {
        while (sem_wait(&process.work_posted)) {
        }
        nanosleep(&collect, NULL);
        /* This pass finds all that was pushed before the store. A later push posts the semaphore
         * again. */
        __atomic_store_n(&process.work, false, __ATOMIC_SEQ_CST);
        make_pass();
    }
    return NULL;
}

/* Runs at the beginning of the process, before the program's constructors, and again in each child
 * process. */
__attribute__((constructor(101))) void reclaimer_reset(void)
{
    process.reclaimer_runs = false;
    process.work = false;
    sem_init(&process.work_posted, 0, 0);
}

/* The new thread blocks all signals: the program's own threads handle them. */
static bool create_reclaimer(void)
{
    sigset_t all, before;
    pthread_t thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool created = pthread_create(&thread, NULL, reclaimer, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (created) {
        pthread_detach(thread);
    }
    return created;
}

/* Starts the reclaimer if it does not run yet. Returns false if the host cannot make a thread; the
 * work then waits for the next call or for a drain. */
static bool start_reclaimer(void)
{
    if (__atomic_load_n(&process.reclaimer_runs, __ATOMIC_RELAXED) ||
        __atomic_exchange_n(&process.reclaimer_runs, true, __ATOMIC_RELAXED)) {
        return true;
    }
    if (!process.grace_lost && create_reclaimer()) {
        return true;
    }
    __atomic_store_n(&process.reclaimer_runs, false, __ATOMIC_RELAXED);
    return false;
}

void reclaimer_wake(void)
{
    if (!__atomic_load_n(&process.work, __ATOMIC_SEQ_CST) && start_reclaimer() &&
        !__atomic_exchange_n(&process.work, true, __ATOMIC_SEQ_CST)) {
        sem_post(&process.work_posted);
    }
}
