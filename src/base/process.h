/* SPDX-License-Identifier: MIT
 *
 * The little that all contexts of a process share: registered types, the default context, the
 * numbering of contexts. It is the only mutable static object of the library.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <pthread.h>

#include <physmem/types.h>

enum { PROCESS_TYPE_BUCKETS = 256 };

struct Process {
    pthread_once_t types_begun;
    pthread_mutex_t types_lock; /* recursive; registration and the making of classes */
    struct TypeImpl *types[PROCESS_TYPE_BUCKETS]; /* chains by hash of the name; only grow */

    pthread_mutex_t default_lock; /* nests outside any context's lock */
    MemoryContext *default_context;

    uint64_t context_serial;

    bool light_is_full; /* barrier.h: there is no membarrier() */

    pthread_key_t lookaside_key; /* access/: frees a thread's lookaside with the thread */
};

extern struct Process process;

/* The default context, which 'make' makes when there is none yet. 'make' must not ask for the
 * current context of a thread that has none: see context_switch(). */
MemoryContext *process_default_context(MemoryContext *(*make)(void));

/* Numbers from 1 on; none is given out twice. */
uint64_t process_next_serial(void);

#endif
