/* SPDX-License-Identifier: MIT
 *
 * Inner locks: the locks that a thread may take while it holds a context's lock. Each protects a
 * few fields that are also used without the context's lock.
 *
 * They are recursive. They are not recursive mutexes of pthreads, because a child process must be
 * able to give back what the forking thread had locked: a mutex knows its owner by a number that is
 * different in the child, an inner lock knows it by thread_mark(), which stays the same.
 *
 * A context lists its inner locks, the newest first. A thread that holds one may only wait for
 * locks that come later in the list. fork.c takes all of them in this order.
 */
#ifndef BASE_INNER_LOCK_H
#define BASE_INNER_LOCK_H

#include <pthread.h>

#include <physmem/types.h>

typedef struct InnerLock {
    pthread_mutex_t mutex;
    const void *owner; /* thread_mark() of the holder, or NULL; written under the mutex; atomic */
    unsigned depth;
    struct InnerLock *next; /* in the context's list */
} InnerLock;

#define INNER_LOCK_INITIALIZER                                                                    \
    {                                                                                             \
        .mutex = PTHREAD_MUTEX_INITIALIZER                                                        \
    }

/* Initializes a lock and puts it at the head of the list of ctx. Locks that are initialized later
 * come earlier in the order in which locks are taken. */
void inner_lock_init(MemoryContext *ctx, InnerLock *lock);
/* Ends a lock that nobody holds. Its context must no longer be in process.contexts: fork() takes
 * all inner locks of the contexts there. */
void inner_lock_destroy(InnerLock *lock);

void inner_lock(InnerLock *lock);
/* Returns false, without waiting, if another thread holds the lock. */
bool inner_trylock(InnerLock *lock);
void inner_unlock(InnerLock *lock);

#endif
