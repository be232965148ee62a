/* SPDX-License-Identifier: MIT
 *
 * Deferred work (defer.h). This file has three parts: the queue of deferred work that each context
 * has; the reclaimer, a thread of the process that runs the queues; and the functions that wait
 * until a queue has run, for programs that want their memory back now and for the end of a context.
 *
 *    context_defer() --> reclaim.pushed   a stack, pushed to without a lock
 *                             |           taken as a whole, under reclaim.lock
 *                        reclaim.batch    oldest first; run after a grace period
 *
 * The thread that holds reclaim.lock takes the stack, waits for the readers of that moment and
 * runs the batch. This thread is either the reclaimer, which looks at all contexts some
 * milliseconds after something was deferred, or a thread that drains a context and does so at
 * once. If a thread holds the lock and finds stack and batch empty, everything that was deferred
 * before has run.
 *
 * An item leaves the batch before it runs. So a child process (fork.c) finds in the batch exactly
 * the items that its parent had not begun.
 */
#define _GNU_SOURCE /* pthread_setname_np */
#include <signal.h>
#include <time.h>

#include "base/context.h"
#include "base/fork.h"
#include "base/log.h"
#include "base/process.h"
#include "base/thread.h"

/* The reclaimer waits this long for more work, so that one grace period serves all of it. */
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

/* Appends the stack to the batch. The batch is empty before, except in a child process, where it
 * has the items that the parent had not begun. Returns whether there is something to run. Under
 * reclaim.lock. */
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

/* Runs the batch with ctx as the current context. Returns whether one of the items has deferred
 * something. Under reclaim.lock. */
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

/* The library waits for a grace period here and nowhere else, because fork() must be able to keep
 * threads from doing so (fork.c). */
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

/* Visits each context once. A context remembers the number of the last pass that visited it. The
 * reclaimer of a child process continues its parent's numbers, so no number is used twice. */
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
        pthread_setname_np(thread, "physmem-reclaim");
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

/* Takes reclaim.lock. Returns the thread's cancellation state, for end_wait(). Until then,
 * cancellation is disabled: a thread that is cancelled while it waits would leave liburcu's locks
 * held and the batch half done. */
static int begin_wait(MemoryContext *ctx)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    fork_gate_pass();
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

/* If an item of the batch has deferred more work, that work needs another grace period, so the loop
 * goes on. It does not wait for work of other threads, which might never stop deferring. */
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
