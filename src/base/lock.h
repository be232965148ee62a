/* SPDX-License-Identifier: MIT
 *
 * The locks that nest inside a context's lock. Recursive, and a child process can give back what
 * the forking thread held: the owner is thread_mark(), where pthread's recursive mutex knows its
 * owner by a number that fork() changes.
 *
 * A context lists its inner locks, so that fork.c can take them. With one held, no thread waits for
 * another lock than a further one of the list.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>

#include <physmem/types.h>

typedef struct InnerLock {
    pthread_mutex_t mutex;
    const void *owner; /* thread_mark() of the holder; written under the mutex */
    unsigned depth;
    struct InnerLock *next; /* of the context's list */
} InnerLock;

#define INNER_LOCK_INITIALIZER { .mutex = PTHREAD_MUTEX_INITIALIZER }

/* Puts a new lock of ctx at the head of its list. */
void inner_lock_init(MemoryContext *ctx, InnerLock *lock);

void inner_lock(InnerLock *lock);
bool inner_trylock(InnerLock *lock);
void inner_unlock(InnerLock *lock);

#endif
