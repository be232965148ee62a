/* SPDX-License-Identifier: MIT
 *
 * What a machine is made of: one structure that every room hangs its state on. The rooms' own
 * structures are known here by name only.
 *
 * Locks: 'reclaim.lock' nests outside 'mutex' (the context's lock, recursive by lock_depth), and
 * that outside the inner locks (lock.h). No thread waits for a grace period in a read section, or
 * with one of these locks other than reclaim.lock held: what readers may still see is deferred.
 */
#ifndef BASE_CONTEXT_H
#define BASE_CONTEXT_H

#include <pthread.h>

#include <physmem/context.h>
#include <physmem/object.h>

#include "base/defer.h"
#include "base/lock.h"
#include "base/rcu.h"

/* Which accesses somebody wants to know of. Every access reads this, so it lies in the context
 * itself. region/watches.c writes it. */
typedef struct AccessWatch {
    bool reads;          /* a fuzzer's hook is set, or some region counts its accesses */
    uint8_t log_clients; /* clients that log all regions: bits 1 << DIRTY_MEMORY_MIGRATION, _CODE */
} AccessWatch;

struct MemoryContext {
    char *name;
    uint64_t serial; /* of the process's contexts; never used twice */
    bool big_endian;
    unsigned page_bits;
    unsigned quirks;

    MemoryLogFunc *log;
    void *log_opaque;
    MemoryContextHooks hooks;

    pthread_mutex_t mutex;
    const void *lock_owner; /* thread_mark() of the holder; written under the mutex */
    unsigned lock_depth;
    unsigned telling;       /* callbacks of listeners or of a walk over the tree run: no edits */

    LIST_ENTRY(MemoryContext) process_link; /* process.contexts */
    InnerLock *inner_locks;

    Reclaim reclaim; /* deferred work */

    Object *root;           /* of the tree of objects */
    Object *unattached;     /* parent of named regions without an owner */

    AccessWatch watch;

    struct RamRoom *ram;        /* ram/ */
    struct RegionRoom *region;  /* region/ */
    struct ViewRoom *view;      /* view/ */
    struct Topology *topology;  /* topology/ */
    struct AccessRoom *access;  /* access/ */
};

/* The base part of a context: everything above but the rooms. */
MemoryContext *context_base_new(const MemoryContextOptions *opts, Error **errp);
void context_base_free(MemoryContext *ctx);

/* An address that is different for every living thread. */
const void *thread_mark(void);

/* memory_context_lock() if that need not wait; else false. */
bool context_trylock(MemoryContext *ctx);

/* memory_context_set_current() in the raw: NULL stands for the default context, both ways, which is
 * not made for it. */
MemoryContext *context_switch(MemoryContext *ctx);

/* Locks for the rest of the block: CONTEXT_LOCK(ctx); */
static inline MemoryContext *context_lock_guard(MemoryContext *ctx)
{
    memory_context_lock(ctx);
    return ctx;
}
static inline void context_unlock_guard(MemoryContext **ctx)
{
    memory_context_unlock(*ctx);
}
#define CONTEXT_LOCK(ctx)                                                                         \
    __attribute__((cleanup(context_unlock_guard), unused)) MemoryContext *context_lock_held =     \
        context_lock_guard(ctx)

/* ---- Messages (log.c) ------------------------------------------------------------------- */

void log_say(MemoryContext *ctx, MemoryLogLevel level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A call broke its contract: says so; aborts in debug builds; returns false, for
 * "return misuse(...)". ctx NULL: the current one. */
bool misuse(MemoryContext *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The program cannot go on (a failed cast, an unknown type): says why and aborts. */
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Are GUEST messages wanted? Asked before they are put together. */
static inline bool log_guest_wanted(const MemoryContext *ctx)
{
    return ctx->log != NULL;
}

#endif
