/* SPDX-License-Identifier: MIT
 *
 * The lock of a context. Inner locks are in inner-lock.c, read sections in read-section.c.
 *
 * A thread writes its mark (thread_mark()) into 'lock_owner' when it has taken the lock, and clears
 * the field before it gives the lock back. So a thread that reads the field without the lock finds
 * its own mark only if it is the holder. Relaxed accesses are enough for that.
 */
#include "base/context.h"
#include "base/fork.h"
#include "base/log.h"
#include "base/thread.h"

static void set_owner(MemoryContext *ctx, const void *owner)
{
    __atomic_store_n(&ctx->lock_owner, owner, __ATOMIC_RELAXED);
}

static inline bool holds(const MemoryContext *ctx)
{
    return __atomic_load_n(&ctx->lock_owner, __ATOMIC_RELAXED) == thread_mark();
}

bool memory_context_is_locked(const MemoryContext *ctx)
{
    return holds(ctx);
}

static inline void has_locked(MemoryContext *ctx)
{
    set_owner(ctx, thread_mark());
    thread_state.locks++;
}

void memory_context_lock(MemoryContext *ctx)
{
    if (!holds(ctx)) {
        fork_gate_pass();
        pthread_mutex_lock(&ctx->mutex);
        has_locked(ctx);
    }
    ctx->lock_depth++;
}

bool context_trylock(MemoryContext *ctx)
{
    if (!holds(ctx)) {
        if (pthread_mutex_trylock(&ctx->mutex)) {
            return false;
        }
        has_locked(ctx);
    }
    ctx->lock_depth++;
    return true;
}

void memory_context_unlock(MemoryContext *ctx)
{
    if (!holds(ctx)) {
        misuse(ctx, "%s: this thread does not hold the lock of context \"%s\"", __func__,
               ctx->name);
        return;
    }
    if (--ctx->lock_depth == 0) {
        thread_state.locks--;
        set_owner(ctx, NULL);
        pthread_mutex_unlock(&ctx->mutex);
    }
}
