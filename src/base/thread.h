/* SPDX-License-Identifier: MIT
 *
 * What base/ remembers of the calling thread. The rooms above have per-thread state of their own.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <physmem/types.h>

struct CallbackFrame;

struct ThreadState {
    MemoryContext *current; /* NULL: the default one */
    unsigned locks;         /* contexts' locks held, each counted once */
    unsigned reclaiming;    /* deferred calls running */
    bool deferred;          /* something was deferred since a batch began to run */
    unsigned process_locks; /* locks of struct Process that are held */
    struct AllocReserve *reserve; /* alloc.c */
    unsigned reserve_depth;
    unsigned idle_depth;    /* read sections not of an access that uses a spot (access/lookup.h) */
    unsigned sections;      /* memory_read_lock() called, memory_read_unlock() not yet */
    const struct CallbackFrame *callback; /* access/: the device callback that runs, or NULL */
};

extern _Thread_local struct ThreadState thread_state;

#endif
