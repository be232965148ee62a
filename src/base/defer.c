/* SPDX-License-Identifier: MIT
 *
 * What readers may still hold goes after a grace period: deferral and the wait for all of it. The
 * wait is only for programs that want their memory back now, and for the end of a context.
 */
#include "base/context.h"
#include "base/thread.h"

const char rcu_grace;

/* On the reclaimer's thread. What 'run' makes or frees belongs to the context in question. */
static void run_deferred(struct rcu_head *head)
{
    Deferred *d = caa_container_of(head, Deferred, head);
    MemoryContext *ctx, *old;

    grace_over();
    ctx = d->context;
    old = context_switch(ctx);
    thread_state.reclaiming++;
    d->run(d);
    thread_state.reclaiming--;
    context_switch(old);
    /* The last touch of ctx: context_drain() may return, and the context go. */
    __atomic_sub_fetch(&ctx->deferred, 1, __ATOMIC_RELEASE);
}

void context_defer(MemoryContext *ctx, Deferred *d, void (*run)(Deferred *d))
{
    d->context = ctx;
    d->run = run;
    __atomic_add_fetch(&ctx->deferred, 1, __ATOMIC_RELAXED);
    grace_awaited();
    urcu_bp_call_rcu(&d->head, run_deferred);
}

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
    return NULL;
}

void context_await_grace(void)
{
    grace_awaited();
    urcu_bp_synchronize_rcu();
    grace_over();
    urcu_bp_barrier();
}

/* A barrier covers what was deferred before it; what that deferred in turn needs another. */
bool context_drain(MemoryContext *ctx)
{
    const char *obstacle = context_wait_obstacle();
    if (obstacle) {
        return misuse(ctx, "waiting for deferred work %s", obstacle);
    }
    while (__atomic_load_n(&ctx->deferred, __ATOMIC_ACQUIRE)) {
        urcu_bp_barrier();
    }
    return true;
}

void memory_drain(void)
{
    context_drain(memory_context_current());
}
