/* SPDX-License-Identifier: MIT
 *
 * Deferred work: memory that readers may still hold is freed after a grace period. This file has
 * the queue of each context, the thread that runs the queues (the reclaimer), and the calls that
 * wait for a queue: for programs that want their memory back now, and for the end of a context.
 *
 *    context_defer() --> reclaim.pushed   a stack, pushed to without a lock
 *                             |           taken as a whole, under reclaim.lock
 *                        reclaim.batch    oldest first; run after a grace period
 *
 * The thread that holds reclaim.lock takes the stack, waits for the readers of that moment and runs
 * the batch. That is the reclaimer, which looks at all contexts some time after the first deferral,
 * or a thread that drains, which does not wait that long. A thread that holds the lock and finds
 * stack and batch empty knows that everything deferred before has run.
 *
 * An item is taken off the batch before it runs. So a child process (fork.c) finds in the batch
 * exactly the items that its parent had not begun.
 */
#define _GNU_SOURCE /* pthread_setname_np */
#include <signal.h>
#include <time.h>

#include "base/context.h"
#include "base/process.h"
#include "base/thread.h"

/* The reclaimer waits this long for further work, so that one grace period serves all of it. */
enum { BATCH_NS = 2 * 1000 * 1000 };

const char rcu_grace;

/* ---- The work of a context -------------------------------------------------------------- */

static Deferred *in_order(Deferred *newest)
{
    Deferred *oldest = NULL;

    while (newest) {
        Deferred *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

static void set_batch(MemoryContext *ctx, Deferred *first)
{
    __atomic_store_n(&ctx->reclaim.batch, first, __ATOMIC_RELAXED);
}

static void append_batch(MemoryContext *ctx, Deferred *first)
{
    Deferred *last = ctx->reclaim.batch;

    while (last && last->next) {
        last = last->next;
    }
    if (last) {
        last->next = first;
    } else {
        set_batch(ctx, first);
    }
}

/* Under reclaim.lock. In a child process a part of the parent's batch may still be there. False:
 * there is nothing to do. */
static bool take_batch(MemoryContext *ctx)
{
    append_batch(ctx, in_order(__atomic_exchange_n(&ctx->reclaim.pushed, NULL, __ATOMIC_SEQ_CST)));
    return ctx->reclaim.batch != NULL;
}

static bool has_work(const MemoryContext *ctx)
{
    return __atomic_load_n(&ctx->reclaim.pushed, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&ctx->reclaim.batch, __ATOMIC_RELAXED);
}

/* Under reclaim.lock. ctx is the current context while 'run' is called. Returns whether this thread
 * has deferred something meanwhile. */
static bool run_batch(MemoryContext *ctx)
{
    MemoryContext *old = context_switch(ctx);
    Deferred *d;

    thread_state.deferred = false;
    thread_state.reclaiming++;
    while ((d = ctx->reclaim.batch)) {
        set_batch(ctx, d->next);
        d->run(d);
    }
    thread_state.reclaiming--;
    context_switch(old);
    return thread_state.deferred;
}

/* The only place where the library waits for a grace period: a fork() has to know of each one. */
static void await_readers(void)
{
    pthread_mutex_lock(&process.grace_lock);
    __atomic_store_n(&process.readers_awaited, true, __ATOMIC_RELAXED);
    grace_awaited();
    urcu_bp_synchronize_rcu();
    grace_over();
    __atomic_store_n(&process.readers_awaited, false, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&process.grace_lock);
}

static void begin_reclaim(MemoryContext *ctx)
{
    __atomic_store_n(&ctx->reclaim.thread, thread_mark(), __ATOMIC_RELAXED);
}

static void end_reclaim(MemoryContext *ctx)
{
    __atomic_store_n(&ctx->reclaim.thread, NULL, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&ctx->reclaim.lock);
}

/* ---- The reclaimer ---------------------------------------------------------------------- */

/* The next context that this pass has not visited and that has work. Takes its reclaim.lock, so
 * that it does not end meanwhile. If another thread has that lock, a later pass looks again. */
static MemoryContext *next_with_work(uint64_t pass)
{
    MemoryContext *ctx;

    pass_fork_gate();
    pthread_mutex_lock(&process.contexts_lock);
    LIST_FOREACH(ctx, &process.contexts, process_link) {
        if (ctx->reclaim.pass == pass) {
            continue;
        }
        ctx->reclaim.pass = pass;
        if (has_work(ctx)) {
            if (pthread_mutex_trylock(&ctx->reclaim.lock) == 0) {
                break;
            }
            reclaimer_wake();
        }
    }
    pthread_mutex_unlock(&process.contexts_lock);
    return ctx;
}

/* A context remembers the number of its last pass. The reclaimer of a child process goes on with
 * the numbers of its parent, so no number is used twice. */
static void make_pass(void)
{
    uint64_t pass = __atomic_add_fetch(&process.reclaim_passes, 1, __ATOMIC_RELAXED);
    MemoryContext *ctx;

    while ((ctx = next_with_work(pass))) {
        begin_reclaim(ctx);
        if (take_batch(ctx)) {
            await_readers();
            run_batch(ctx);
        }
        end_reclaim(ctx);
    }
}

static void *reclaimer(void *unused)
{
    static const struct timespec collect = { .tv_nsec = BATCH_NS };

    (void)unused;
    for (;;) {
        while (sem_wait(&process.work_posted)) {
        }
        nanosleep(&collect, NULL);
        /* A push after this store posts again. A push before it is found by this pass. */
        __atomic_store_n(&process.work, false, __ATOMIC_SEQ_CST);
        make_pass();
    }
    return NULL;
}

/* Runs at the beginning of the process, ahead of the program's constructors, and in a child. */
__attribute__((constructor(101))) void reclaimer_reset(void)
{
    process.reclaimer_runs = false;
    process.work = false;
    sem_init(&process.work_posted, 0, 0);
}

/* Blocks all signals in the new thread: they are for the program's own threads. */
static bool create_reclaimer(void)
{
    sigset_t all, before;
    pthread_t thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool created = pthread_create(&thread, NULL, reclaimer, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (created) {
        pthread_setname_np(thread, "physmem-reclaim");
        pthread_detach(thread);
    }
    return created;
}

/* False: the host has no memory for a thread. The work then waits for the next call, or a drain. */
static bool reclaimer_runs(void)
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
    if (!__atomic_load_n(&process.work, __ATOMIC_SEQ_CST) && reclaimer_runs() &&
        !__atomic_exchange_n(&process.work, true, __ATOMIC_SEQ_CST)) {
        sem_post(&process.work_posted);
    }
}

void context_defer(MemoryContext *ctx, Deferred *d, void (*run)(Deferred *d))
{
    d->context = ctx;
    d->run = run;
    d->next = __atomic_load_n(&ctx->reclaim.pushed, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&ctx->reclaim.pushed, &d->next, d, true, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED)) {
    }
    thread_state.deferred = true;
    reclaimer_wake();
}

/* ---- Waiting ---------------------------------------------------------------------------- */

const char *context_wait_obstacle(void)
{
    if (read_ongoing()) {
        return "inside a read section would never end";
    }
    if (thread_state.locks) {
        return "with a context's lock held would deadlock";
    }
    if (thread_state.reclaiming) {
        return "from a deferred call would deadlock";
    }
    if (process.grace_lost) {
        return "in this child process would never end: its parent called fork() in a read section "
               "or a callback while another thread waited for readers";
    }
    return NULL;
}

/* A thread that was cancelled here would leave liburcu's locks held, and half of the batch. */
static int begin_wait(MemoryContext *ctx)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pass_fork_gate();
    pthread_mutex_lock(&ctx->reclaim.lock);
    begin_reclaim(ctx);
    return old;
}

static void end_wait(MemoryContext *ctx, int old)
{
    end_reclaim(ctx);
    pthread_setcancelstate(old, NULL);
}

void context_await_grace(MemoryContext *ctx)
{
    int old = begin_wait(ctx);

    take_batch(ctx);
    await_readers();
    run_batch(ctx);
    end_wait(ctx, old);
}

/* Work that is deferred by deferred work needs another grace period. Work that other threads defer
 * meanwhile is not waited for, since they may never stop. */
bool context_drain(MemoryContext *ctx)
{
    const char *obstacle = context_wait_obstacle();
    if (obstacle) {
        return misuse(ctx, "waiting for deferred work %s", obstacle);
    }
    int old = begin_wait(ctx);
    while (take_batch(ctx)) {
        await_readers();
        if (!run_batch(ctx)) {
            break;
        }
    }
    end_wait(ctx, old);
    return true;
}

void memory_drain(void)
{
    context_drain(memory_context_current());
}
