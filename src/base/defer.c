/* SPDX-License-Identifier: MIT
 *
 * The queue of deferred work that each context has (defer.h), and the functions that wait until a
 * queue has run: for programs that want their memory back now, and for the end of a context.
 *
 *    context_defer() --> reclaim.pushed   a stack, pushed to without a lock
 *                             |           taken as a whole, under reclaim.lock
 *                        reclaim.batch    oldest first; run after a grace period
 *
 * The thread that holds reclaim.lock takes the stack, waits for the readers of that moment and
 * runs the batch. This thread is either the reclaimer (reclaimer.c), which looks at all contexts
 * some milliseconds after something was deferred, or a thread that waits here and does so at once.
 * If a thread holds the lock and finds stack and batch empty, everything that was deferred before
 * has run.
 *
 * An item leaves the batch before it runs. So a child process (fork.c) finds in the batch exactly
 * the items that its parent had not begun.
 */
#include "base/context.h"
#include "base/fork.h"
#include "base/log.h"
#include "base/process.h"
#include "base/thread.h"

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

bool context_has_deferred(const MemoryContext *ctx)
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

void context_run_deferred(MemoryContext *ctx)
{
    begin_reclaim(ctx);
    if (take_batch(ctx)) {
        await_readers();
        run_batch(ctx);
    }
    end_reclaim(ctx);
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
