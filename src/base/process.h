/* SPDX-License-Identifier: MIT
 *
 * What the contexts of a process share: registered types, the default context, the list of
 * contexts, the numbering of views, the reclaimer, and what fork() needs. This structure and
 * address_space_io are all the mutable static state of the library.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <pthread.h>
#include <semaphore.h>

#include <physmem/types.h>

#include "base/inner-lock.h"

enum { PROCESS_TYPE_BUCKETS = 256 };

struct Process {
    pthread_once_t types_begun;
    InnerLock types_lock;                         /* for registering types and making classes */
    struct TypeImpl *types[PROCESS_TYPE_BUCKETS]; /* chains by hash of the name; none is removed */

    pthread_mutex_t default_lock; /* taken before any context's lock */
    MemoryContext *default_context;

    uint64_t lineage; /* the newest one; atomic */

    pthread_mutex_t contexts_lock;       /* its holder never waits for a context's lock */
    LIST_HEAD(, MemoryContext) contexts; /* those that are complete */
    struct LockQueue *lock_queues;       /* of locks that have ended; under contexts_lock */

    /* reclaimer.c */
    bool work;               /* some context has deferred something since the last pass; atomic */
    bool reclaimer_runs;     /* the thread exists; atomic */
    sem_t work_posted;       /* the reclaimer waits for it */
    uint64_t reclaim_passes; /* the number of the last pass, from 1 on; atomic */

    /* defer.c */
    pthread_mutex_t grace_lock; /* held while a thread waits for readers; after reclaim.lock */
    bool readers_awaited;       /* the holder of the grace_lock waits for readers; atomic */
    bool grace_lost;            /* no grace period can end in this child process (fork.c) */

    /* fork.c */
    unsigned forking;    /* how many threads are in fork(); above 0 the gate is closed; atomic */
    bool fork_has_grace; /* the forking thread took the grace_lock; under contexts_lock */

    bool light_is_full; /* barrier.h: the kernel has no membarrier() */

    /* cells.c */
    struct CellTable *cell_tables; /* of all threads, and of threads that ended; atomic */
    pthread_key_t cells_key;       /* gives back a thread's table when the thread ends */

    uint64_t block_number; /* ram/readers.c: the number of the newest block; atomic */

    uint64_t iommu_epoch; /* region/iommu.c: the newest epoch of all IOMMUs; atomic */

    pthread_key_t lookaside_key; /* access/: frees a thread's lookaside with the thread */
};

extern struct Process process;

/* Returns the default context. If there is none yet, 'make' makes it. While 'make' runs, the thread
 * must have a current context (context_switch()) before anything asks for it: else
 * memory_context_current() would call this function again, which would deadlock. */
MemoryContext *process_default_context(MemoryContext *(*make)(void));

/* Lists a context that is complete, and removes one that is about to end. */
void process_add_context(MemoryContext *ctx);
void process_remove_context(MemoryContext *ctx);

/* Returns a lineage for a view (view/age.h), from 1 on. No lineage is returned twice. */
uint64_t process_next_lineage(void);

#endif
