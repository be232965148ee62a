/* SPDX-License-Identifier: MIT
 *
 * What base/ remembers of the calling thread, and what several rooms need to know of it. A room
 * keeps everything else in thread-local variables of its own.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <physmem/types.h>

#include "base/alloc.h"

/* A callback of a device that runs on the thread (access/guard.h). */
typedef struct Callback {
    const void *holder;           /* what the guard guards; NULL: none runs */
    const struct Callback *outer; /* the callback that has made the access; NULL: none */
} Callback;

struct ThreadState {
    MemoryContext *current; /* NULL: the default context */
    unsigned locks;         /* of how many contexts it holds the lock */
    unsigned reclaiming;    /* how many batches of deferred work it is running */
    bool deferred;          /* it has deferred something since its batch began */
    unsigned process_locks; /* how many locks of struct Process it holds */
    struct AllocReserve *reserve[ALLOC_RESERVE_SIZES]; /* memory set aside (alloc.c) */
    unsigned reserve_depth;
    unsigned idle_depth; /* read sections that do not belong to an access (access/lookaside.h) */
    unsigned sections;   /* read sections that the program has entered (memory_read_lock()) */
    Callback callback;   /* the innermost that runs */
};

extern _Thread_local struct ThreadState thread_state;

/* Returns an address that stands for the calling thread: no other living thread has it, and it
 * stays the same after fork(). Every lock and unlock uses it. */
static inline const void *thread_mark(void)
{
    return &thread_state;
}

#endif
