/* SPDX-License-Identifier: MIT
 *
 * The locks that nest inside a context's lock. They are recursive, and a child process can unlock
 * what the forking thread had locked: the owner is known by thread_mark(). (A recursive mutex of
 * pthread's knows its owner by a number that fork() changes.)
 *
 * A context lists its inner locks, newest first, so that fork.c can take them in that order. A
 * thread that holds one waits for no other lock than a later one of the list.
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
