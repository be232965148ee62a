/* SPDX-License-Identifier: MIT
 *
 * Deferred work: frees memory that readers may still use, after a grace period (all readers of that
 * moment have left their read sections), without making the caller wait. To free a structure in
 * this way, embed a Deferred in it and call context_defer().
 */
#ifndef BASE_DEFER_H
#define BASE_DEFER_H

#include <pthread.h>

#include <physmem/types.h>

/* 'run' is called once, after a grace period, without the context's lock. The thread that calls it
 * is the reclaimer, or a thread that waits in context_drain() or context_await_grace(). */
typedef struct Deferred {
    struct Deferred *next;
    MemoryContext *context;
    void (*run)(struct Deferred *d);
} Deferred;

/* The deferred work of one context (defer.c). */
typedef struct Reclaim {
    Deferred *pushed;     /* the newest first; atomic */
    pthread_mutex_t lock; /* the reclaim lock: held while a batch is taken and run */
    const void *thread;   /* thread_mark() of the thread that holds the lock, or NULL; atomic */
    Deferred *batch;      /* the oldest first; written under the lock */
    uint64_t pass;        /* the reclaimer's last pass here; under process.contexts_lock */
    bool fork_has_lock;   /* the forking thread took the lock; under process.contexts_lock */
} Reclaim;

/* Calls run(d) after a grace period. Any thread may call this, with or without locks; it neither
 * waits nor allocates. */
void context_defer(MemoryContext *ctx, Deferred *d, void (*run)(Deferred *d));

/* Returns NULL if the calling thread may wait for readers. Otherwise returns the reason, worded as
 * the end of a message that begins with "waiting for ...". */
const char *context_wait_obstacle(void);

/* Waits until all present readers have left and all work of ctx that was deferred before the call
 * has run. The caller must have seen context_wait_obstacle() return NULL. */
void context_await_grace(MemoryContext *ctx);

/* Does memory_drain() for ctx. Returns false, with a MISUSE message, if the calling thread must not
 * wait. */
bool context_drain(MemoryContext *ctx);

/* Returns whether ctx has work that is deferred and has not begun to run. Any thread. */
bool context_has_deferred(const MemoryContext *ctx);

/* Runs the deferred work of ctx after a grace period. The caller holds reclaim.lock, which this
 * call gives back. For the reclaimer. */
void context_run_deferred(MemoryContext *ctx);

/* ---- The reclaimer (reclaimer.c) -------------------------------------------------------- */

/* Makes the reclaimer, the thread of the process that runs deferred work, look at all contexts
 * soon. It is started if it does not run yet. */
void reclaimer_wake(void);

/* Notes that this process has no reclaimer: at its beginning, and in a child process. */
void reclaimer_reset(void);

#endif
