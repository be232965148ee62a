/* SPDX-License-Identifier: MIT
 *
 * The calls that take and give back the lock of a context. The lock itself is in owned-lock.h, and
 * context.h has the inline calls for the library. Inner locks are in inner-lock.c, read sections in
 * read-section.c.
 */
#include "base/context.h"
#include "base/log.h"

bool memory_context_is_locked(const MemoryContext *ctx)
{
    return owned_lock_is_mine(&ctx->lock);
}

void memory_context_lock(MemoryContext *ctx)
{
    context_lock(ctx);
}

bool context_trylock(MemoryContext *ctx)
{
    if (owned_lock_is_mine(&ctx->lock)) {
        ctx->lock.depth++;
        return true;
    }
    if (!owned_lock_try(&ctx->lock)) {
        return false;
    }
    thread_state.locks++;
    return true;
}

void context_unlock_refused(MemoryContext *ctx)
{
    misuse(ctx, "memory_context_unlock: this thread does not hold the lock of context \"%s\"",
           ctx->name);
}

void memory_context_unlock(MemoryContext *ctx)
{
    context_unlock(ctx);
}
