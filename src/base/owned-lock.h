/* SPDX-License-Identifier: MIT
 *
 * A lock that knows its owner, so that it can be recursive. If no other thread wants it, one atomic
 * operation takes it and a plain store gives it back. (A mutex of pthreads needs a call and an
 * atomic operation each way.) The context's lock is such a lock (context.h).
 *
 *   owner   the mark of the holder (thread_mark()), or NULL. A thread takes the lock by changing
 *           NULL to its own mark, and only the holder changes it back. So a thread that finds its
 *           own mark there is the holder, and a relaxed read is enough to find out.
 *   depth   how many times the holder has taken the lock again. Only the holder uses it.
 *   queue   where other threads wait for the lock.
 *
 * Giving the lock back has two steps: free the lock, then look whether a thread waits. Waiting
 * begins with two steps, too: count oneself as waiting, then look whether the lock is free. A
 * processor may do a read before an earlier store, so a barrier stands between the steps:
 *
 *     holder:  owner = NULL;  barrier_light();  read queue->waiting
 *     waiter:  waiting += 1;  barrier_heavy();  read owner
 *
 * Either the waiter sees that the lock is free, or the holder sees the waiter. The heavy barrier
 * interrupts all processors that run a thread of the process, also those that run a guest. So the
 * waiter then sets the bit ALERT in 'waiting'. It stays until the lock has been given back CALM
 * times with nobody waiting. A waiter that finds the bit set makes no barrier: since the last
 * barrier, every holder has found 'waiting' other than 0.
 *
 * While 'waiting' is not 0, 'asleep' says whether a thread needs a wake. Both sides use it with
 * full barriers. It spares the holder a system call while the thread that it has woken is on its
 * way. That thread sets it again, also on behalf of the others.
 *
 * Between the two steps of the holder, another thread may take the lock and end it. So the holder's
 * second step reads nothing of the lock itself, and a queue is never freed: the queues of locks
 * that have ended are kept for new locks (process.lock_queues). A wake that comes this late may
 * reach a waiter of another lock, which looks at its lock and goes to sleep again.
 *
 * A signal handler may interrupt these functions anywhere and take the same lock, if it gives it
 * back before it returns. In a child process, the thread that called fork() has the same mark, so
 * it holds the locks that it held before.
 */
#ifndef BASE_OWNED_LOCK_H
#define BASE_OWNED_LOCK_H

#include "base/barrier.h"
#include "base/thread.h"

#define OWNED_LOCK_ALERT (1u << 31)

typedef struct LockQueue {
    unsigned waiting;       /* the number of threads, and OWNED_LOCK_ALERT; atomic */
    unsigned calm;          /* how often the lock was given back with nobody waiting; atomic */
    bool asleep;            /* one of them may sleep, and was not woken; atomic */
    uint32_t wakes;         /* the number of wakes so far; threads sleep on this word; atomic */
    struct LockQueue *next; /* in process.lock_queues */
} LockQueue;

typedef struct OwnedLock {
    const void *owner; /* atomic */
    unsigned depth;
    LockQueue *queue;
} OwnedLock;

/* Returns false if the host has no memory. */
bool owned_lock_init(OwnedLock *lock);
/* Ends a lock that no thread holds or waits for. */
void owned_lock_end(OwnedLock *lock);

/* Forgets the threads that were waiting at a fork(). Called in the child process. */
void owned_lock_forget_waiters(OwnedLock *lock);

/* The slow ways of the functions below. They do not change errno. */
__attribute__((cold)) void owned_lock_wait(OwnedLock *lock);
__attribute__((cold)) void owned_lock_wake(LockQueue *queue);

static inline bool owned_lock_is_mine(const OwnedLock *lock)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == thread_mark();
}

/* Takes the lock if no thread holds it. Returns false if one does, also if it is this thread. */
static inline bool owned_lock_try(OwnedLock *lock)
{
    const void *nobody = NULL;
    return __atomic_compare_exchange_n(&lock->owner, &nobody, thread_mark(), false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Takes the lock. The calling thread must not hold it. */
static inline void owned_lock_take(OwnedLock *lock)
{
    if (__builtin_expect(!owned_lock_try(lock), 0)) {
        owned_lock_wait(lock);
    }
}

/* Gives the lock back. The calling thread holds it at depth 0. */
static inline void owned_lock_leave(OwnedLock *lock)
{
    LockQueue *queue = lock->queue;
    __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELEASE);
    barrier_light();
    if (__builtin_expect(__atomic_load_n(&queue->waiting, __ATOMIC_RELAXED) != 0, 0)) {
        owned_lock_wake(queue);
    }
}

#endif
