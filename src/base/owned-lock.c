/* SPDX-License-Identifier: MIT
 *
 * Owned locks (owned-lock.h): how they begin and end, and how threads wait for them.
 */
#include "base/owned-lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/rcu.h"

/* How often a thread looks at the lock before it goes to sleep. This takes about as long as it
 * takes to wake a thread. Most holders are in a callback of a device, which is shorter. */
enum { LOOKS = 30 };

enum { CALM = 1000 }; /* see owned-lock.h */

/* ---- Life ------------------------------------------------------------------------------- */

static LockQueue *take_kept_queue(void)
{
    pthread_mutex_lock(&process.contexts_lock);
    LockQueue *queue = process.lock_queues;
    if (queue) {
        process.lock_queues = queue->next;
    }
    pthread_mutex_unlock(&process.contexts_lock);
    return queue;
}

bool owned_lock_init(OwnedLock *lock)
{
    LockQueue *kept = take_kept_queue();
    *lock = (OwnedLock){ .queue = kept ? kept : calloc(1, sizeof(LockQueue)) };
    return lock->queue != NULL;
}

void owned_lock_end(OwnedLock *lock)
{
    pthread_mutex_lock(&process.contexts_lock);
    lock->queue->next = process.lock_queues;
    process.lock_queues = lock->queue;
    pthread_mutex_unlock(&process.contexts_lock);
}

void owned_lock_forget_waiters(OwnedLock *lock)
{
    lock->queue->waiting &= OWNED_LOCK_ALERT;
}

/* ---- Waiting ---------------------------------------------------------------------------- */

static void futex(uint32_t *word, int operation, uint32_t val)
{
    syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, val, NULL, NULL, 0);
}

static bool take_soon(OwnedLock *lock)
{
    for (unsigned i = 0; i < LOOKS; i++) {
        if (!__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) && owned_lock_try(lock)) {
            return true;
        }
        caa_cpu_relax();
    }
    return false;
}

/* Sleeps until the lock is free, and takes it. It reads 'wakes' before it looks at the lock: if a
 * wake comes after the look, the kernel finds another number there and does not let the thread
 * sleep. When this function returns, 'asleep' is set, so that the next holder who gives the lock
 * back wakes the next thread. */
static void sleep_and_take(OwnedLock *lock)
{
    LockQueue *queue = lock->queue;

    for (;;) {
        uint32_t wakes = __atomic_load_n(&queue->wakes, __ATOMIC_ACQUIRE);
        __atomic_store_n(&queue->asleep, true, __ATOMIC_RELAXED);
        __sync_synchronize();
        if (owned_lock_try(lock)) {
            return;
        }
        futex(&queue->wakes, FUTEX_WAIT, wakes);
    }
}

/* ALERT is set after the barrier, so that a thread that finds it set can rely on it. */
static void begin_waiting(LockQueue *queue)
{
    if (!(__atomic_fetch_add(&queue->waiting, 1, __ATOMIC_RELAXED) & OWNED_LOCK_ALERT)) {
        barrier_heavy();
        __atomic_fetch_or(&queue->waiting, OWNED_LOCK_ALERT, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&queue->calm, 0, __ATOMIC_RELAXED);
}

void owned_lock_wait(OwnedLock *lock)
{
    int before = errno;

    if (!take_soon(lock)) {
        begin_waiting(lock->queue);
        sleep_and_take(lock);
        __atomic_sub_fetch(&lock->queue->waiting, 1, __ATOMIC_RELAXED);
    }
    errno = before;
}

/* Ends the alert if nobody has waited for a while. */
static void calm_down(LockQueue *queue)
{
    unsigned alert = OWNED_LOCK_ALERT;

    if (__atomic_add_fetch(&queue->calm, 1, __ATOMIC_RELAXED) >= CALM) {
        __atomic_compare_exchange_n(&queue->waiting, &alert, 0, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED);
    }
}

void owned_lock_wake(LockQueue *queue)
{
    int before = errno;

    __sync_synchronize();
    if (__atomic_load_n(&queue->waiting, __ATOMIC_RELAXED) == OWNED_LOCK_ALERT) {
        calm_down(queue);
    } else if (__atomic_exchange_n(&queue->asleep, false, __ATOMIC_RELAXED)) {
        __atomic_add_fetch(&queue->wakes, 1, __ATOMIC_RELEASE);
        futex(&queue->wakes, FUTEX_WAKE, 1);
    }
    errno = before;
}
