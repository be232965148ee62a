/* SPDX-License-Identifier: MIT
 *
 * The lock of a context, its inner locks (lock.h), and the calls that enter and leave a read
 * section.
 *
 * A thread writes its mark (thread_mark()) into the owner field of a lock when it has taken the
 * lock, and clears the field before it gives the lock back. So a thread that reads the field
 * without the lock finds its own mark only if it is the holder. Relaxed accesses are enough for
 * that.
 */
#include "base/context.h"
#include "base/log.h"
#include "base/process.h"
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
        pass_fork_gate();
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

/* ---- Inner locks ------------------------------------------------------------------------ */

void inner_lock_init(MemoryContext *ctx, InnerLock *lock)
{
    *lock = (InnerLock){ .next = ctx->inner_locks };
    pthread_mutex_init(&lock->mutex, NULL);
    ctx->inner_locks = lock;
}

void inner_lock_destroy(InnerLock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

static bool owns(const InnerLock *lock)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == thread_mark();
}

static void owned(InnerLock *lock)
{
    __atomic_store_n(&lock->owner, thread_mark(), __ATOMIC_RELAXED);
    lock->depth++;
}

void inner_lock(InnerLock *lock)
{
    if (!owns(lock)) {
        pthread_mutex_lock(&lock->mutex);
    }
    owned(lock);
}

bool inner_trylock(InnerLock *lock)
{
    if (!owns(lock) && pthread_mutex_trylock(&lock->mutex)) {
        return false;
    }
    owned(lock);
    return true;
}

void inner_unlock(InnerLock *lock)
{
    if (--lock->depth == 0) {
        __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&lock->mutex);
    }
}

/* ---- Read sections ---------------------------------------------------------------------- */

void memory_read_lock(void)
{
    read_enter();
    thread_state.idle_depth++;
    thread_state.sections++;
}

void memory_read_unlock(void)
{
    thread_state.idle_depth--;
    thread_state.sections--;
    read_leave();
}
