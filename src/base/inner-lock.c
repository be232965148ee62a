/* SPDX-License-Identifier: MIT
 *
 * Inner locks (inner-lock.h). As with the lock of a context (lock.c), only the holder writes its
 * own mark to 'owner'. So relaxed accesses are enough to find out whether a thread is the holder.
 */
#include "base/inner-lock.h"

#include "base/context.h"
#include "base/thread.h"

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
