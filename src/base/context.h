/* SPDX-License-Identifier: MIT
 *
 * The context of one machine: what all rooms need to know of it, and for each room a pointer to the
 * room's own structure. A room declares, makes and frees that structure itself; src/context.c calls
 * the rooms in order.
 *
 * Order of locks: a thread takes 'reclaim.lock' before 'lock' (the context's lock), and
 * 'lock' before the inner locks (inner-lock.h). No thread waits for a grace period in a read
 * section or while it holds 'lock' or an inner lock. It defers the work instead (defer.h).
 */
#ifndef BASE_CONTEXT_H
#define BASE_CONTEXT_H

#include <pthread.h>

#include <physmem/context.h>
#include <physmem/inline/spot.h>
#include <physmem/object.h>

#include "base/defer.h"
#include "base/fork.h"
#include "base/inner-lock.h"
#include "base/owned-lock.h"
#include "base/rcu.h"

struct MemoryContext {
    PhysmemAccessRules rules; /* comes first: inline accesses of programs read it */
    uint8_t log_clients;      /* these log all regions, as bits 1 << DIRTY_MEMORY_...; atomic */

    char *name;
    unsigned page_bits;
    unsigned quirks;

    MemoryLogFunc *log;
    void *log_opaque;
    MemoryContextHooks hooks;

    struct RamRoom *ram;       /* ram/room.h */
    struct RegionRoom *region; /* region/room.h */
    struct ViewRoom *view;     /* view/view.c */
    struct Topology *topology; /* topology/topology.h */
    struct AccessRoom *access; /* access/room.h */

    Object *root;       /* of the tree of objects */
    Object *unattached; /* parent of regions that have a name but no owner */

    LIST_ENTRY(MemoryContext) process_link; /* process.contexts */
    InnerLock *inner_locks;                 /* the newest first */

    Reclaim reclaim; /* deferred work */

    /* These are written all the time. They are last, so that they share no line of the processor's
     * cache with what accesses without the lock read. */
    OwnedLock lock;
    unsigned telling; /* running callbacks of listeners and tree walks; edits are refused if any */
};

/* Makes and frees a context without the structures of the rooms. context_base_new() returns NULL,
 * with an error, if an option is out of range or the host has no memory. */
MemoryContext *context_base_new(const MemoryContextOptions *opts, Error **errp);
void context_base_free(MemoryContext *ctx);

/* Takes the context's lock if no other thread holds it. Returns whether the lock was taken. */
bool context_trylock(MemoryContext *ctx);

/* memory_context_lock() and memory_context_unlock(), inline for accesses. If this thread does not
 * hold the lock, context_unlock() calls context_unlock_refused(), which sends a MISUSE message. */
void context_unlock_refused(MemoryContext *ctx);

static inline void context_lock(MemoryContext *ctx)
{
    if (__builtin_expect(owned_lock_is_mine(&ctx->lock), 0)) {
        ctx->lock.depth++;
        return;
    }
    fork_gate_pass();
    owned_lock_take(&ctx->lock);
    thread_state.locks++;
}

static inline void context_unlock(MemoryContext *ctx)
{
    if (__builtin_expect(!owned_lock_is_mine(&ctx->lock), 0)) {
        context_unlock_refused(ctx);
    } else if (__builtin_expect(ctx->lock.depth != 0, 0)) {
        ctx->lock.depth--;
    } else {
        thread_state.locks--;
        owned_lock_leave(&ctx->lock);
    }
}

/* Makes ctx the current context of the calling thread and returns the previous one. NULL, as the
 * parameter or the result, stands for the default context: unlike memory_context_set_current(),
 * this call never makes that context. */
MemoryContext *context_switch(MemoryContext *ctx);

/* The statement CONTEXT_LOCK(ctx); takes the context's lock, which is given back at the end of the
 * enclosing block. */
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
    __attribute__((cleanup(context_unlock_guard), unused))                                        \
    MemoryContext *context_lock_held = context_lock_guard(ctx)

#endif
