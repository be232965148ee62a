/* SPDX-License-Identifier: MIT
 *
 * The little that all contexts of a process share: registered types, the default context, the list
 * and the numbering of contexts, the reclaimer. Together with address_space_io, it is all mutable
 * static state of the library.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <pthread.h>
#include <semaphore.h>

#include <physmem/types.h>

#include "base/lock.h"

enum { PROCESS_TYPE_BUCKETS = 256 };

struct Process {
    pthread_once_t types_begun;
    InnerLock types_lock; /* registration and the making of classes */
    struct TypeImpl *types[PROCESS_TYPE_BUCKETS]; /* chains by hash of the name; only grow */

    pthread_mutex_t default_lock; /* nests outside any context's lock */
    MemoryContext *default_context;

    uint64_t context_serial;

    pthread_mutex_t contexts_lock; /* of the list; held, no thread waits for a context's lock */
    LIST_HEAD(, MemoryContext) contexts; /* those that are completely made */

    /* defer.c */
    bool work;             /* some context has deferred something since the last pass; atomic */
    bool reclaimer_runs;   /* atomic */
    sem_t work_posted;     /* the reclaimer waits for it */
    uint64_t reclaim_passes; /* numbered from 1 on; atomic */
    pthread_mutex_t grace_lock; /* held while a thread waits for readers; nests in a reclaim.lock */
    bool readers_awaited;  /* somebody has the grace_lock and waits; atomic */
    bool grace_lost;       /* a child process where no grace period can end (fork.c) */

    /* fork.c */
    unsigned forking;      /* threads in fork(): the gate is closed; atomic */
    bool fork_has_grace;   /* fork.c has the grace_lock; under contexts_lock */

    bool light_is_full; /* barrier.h: there is no membarrier() */

    pthread_key_t lookaside_key; /* access/: frees a thread's lookaside with the thread */
};

extern struct Process process;

/* The default context, which 'make' makes when there is none yet. 'make' must not ask for the
 * current context of a thread that has none: see context_switch(). */
MemoryContext *process_default_context(MemoryContext *(*make)(void));

/* Lists a context that is completely made; takes out one that is about to be taken apart. */
void process_add_context(MemoryContext *ctx);
void process_remove_context(MemoryContext *ctx);

/* To be called after a context has deferred something. */
void reclaimer_wake(void);

/* Notes that the process has no reclaimer yet: at its beginning, and in a child. */
void reclaimer_reset(void);

/* Registers what fork.c does around a fork(). Called once. */
void fork_handle(void);

/* To be called before a thread takes one of the locks that a fork() takes (fork-gate.c). */
void wait_at_fork_gate(void);
/* Waits for some microseconds: for another thread at the gate, or for locks to become free. */
void fork_gate_pause(void);
static inline bool is_forking(void)
{
    return __atomic_load_n(&process.forking, __ATOMIC_RELAXED) != 0;
}
static inline void pass_fork_gate(void)
{
    if (__builtin_expect(is_forking(), 0)) {
        wait_at_fork_gate();
    }
}

/* Numbers from 1 on; none is given out twice. */
uint64_t process_next_serial(void);

#endif
