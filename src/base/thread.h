/* SPDX-License-Identifier: MIT
 *
 * What the library remembers of the calling thread. Rooms that have more to remember do so in
 * variables of their own.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <physmem/types.h>

struct CallbackFrame;

struct ThreadState {
    MemoryContext *current;       /* NULL: the default context */
    unsigned locks;               /* how many contexts' locks it holds */
    unsigned reclaiming;          /* how many batches of deferred work it is running */
    bool deferred;                /* it has deferred something since its batch began */
    unsigned process_locks;       /* how many locks of struct Process it holds */
    struct AllocReserve *reserve; /* memory set aside (alloc.c) */
    unsigned reserve_depth;
    unsigned idle_depth; /* read sections other than those of accesses (access/lookup.h) */
    unsigned sections;   /* read sections that the program has entered itself */
    const struct CallbackFrame *callback; /* access/: the device callback that runs, or NULL */
};

extern _Thread_local struct ThreadState thread_state;

/* An address that no other living thread has. Every lock and unlock asks for it. */
static inline const void *thread_mark(void)
{
    return &thread_state;
}

#endif
