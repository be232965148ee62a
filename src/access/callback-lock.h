/* SPDX-License-Identifier: MIT
 *
 * The two things that an access by address does before it calls a region. It takes the lock of the
 * region's context. And it has the accelerator make the writes that are queued, if the region asks
 * for that. For dispatch.c and device.c.
 */
#ifndef ACCESS_CALLBACK_LOCK_H
#define ACCESS_CALLBACK_LOCK_H

#include "region/coalesce.h"
#include "region/region.h"

/* Returns whether the region needs the lock for its callbacks. RAM and RAM devices do not, and
 * neither does a region after memory_region_enable_lockless_io(). */
static inline bool access_needs_lock(const MemoryRegion *mr)
{
    return !mr->lockless_io;
}

/* Takes the lock that the region's callbacks need. Returns its context, or NULL if they need none.
 * It may wait inside a read section, because the holder of the lock never waits for readers. */
static inline MemoryContext *access_lock_for_callbacks(const MemoryRegion *mr)
{
    if (!access_needs_lock(mr)) {
        return NULL;
    }
    context_lock(mr->parent_obj.context);
    return mr->parent_obj.context;
}

static inline void access_unlock_after_callbacks(MemoryContext *const *ctx)
{
    if (*ctx) {
        context_unlock(*ctx);
    }
}

/* "CALLBACKS_LOCK(mr);" in a block holds the lock that the region's callbacks need until the end of
 * the block, also if the thread is cancelled in a callback. */
#define CALLBACKS_LOCK(mr)                                                                        \
    __attribute__((cleanup(access_unlock_after_callbacks), unused))                               \
    MemoryContext *const locked = access_lock_for_callbacks(mr)

/* The same for a region that is known to need it. */
static inline MemoryContext *access_lock(MemoryContext *ctx)
{
    context_lock(ctx);
    return ctx;
}

static inline void access_unlock(MemoryContext *const *ctx)
{
    context_unlock(*ctx);
}

#define CALLBACKS_LOCK_NEEDED(mr)                                                                 \
    __attribute__((cleanup(access_unlock), unused))                                               \
    MemoryContext *const locked = access_lock((mr)->parent_obj.context)

/* Has the accelerator make the queued writes. Takes the lock of the context while it does. */
void access_flush_coalesced(MemoryContext *ctx);

static inline bool access_flushes_before_callback(const MemoryRegion *mr)
{
    return physmem_flag(&mr->flush_coalesced_mmio);
}

static inline void access_flush_before_callback(const MemoryRegion *mr)
{
    if (access_flushes_before_callback(mr)) {
        access_flush_coalesced(mr->parent_obj.context);
    }
}

#endif
