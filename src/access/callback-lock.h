/* SPDX-License-Identifier: MIT
 *
 * What an access by address does around a region's callbacks: it holds the lock of the region's
 * context, and has the accelerator make the writes that it has queued.
 */
#ifndef ACCESS_CALLBACK_LOCK_H
#define ACCESS_CALLBACK_LOCK_H

#include "region/coalesce.h"
#include "region/region.h"

/* A region that has no callbacks, or whose callbacks do without, needs no lock. */
static inline bool access_needs_lock(const MemoryRegion *mr)
{
    return mr->context && !mr->lockless_io && !region_is_ram(mr);
}

/* Takes the lock that the region's callbacks want; NULL if they want none. It may wait in a read
 * section, because the holder of the lock never waits for readers. */
static inline MemoryContext *access_lock_for_callbacks(const MemoryRegion *mr)
{
    MemoryContext *ctx = access_needs_lock(mr) ? mr->context : NULL;
    if (ctx) {
        memory_context_lock(ctx);
    }
    return ctx;
}

static inline void access_unlock_after_callbacks(MemoryContext *const *ctx)
{
    if (*ctx) {
        memory_context_unlock(*ctx);
    }
}

/* Holds the lock that the region's callbacks want, until the end of the block, however it ends: the
 * thread may be cancelled in a callback. */
#define CALLBACKS_LOCK(mr)                                                                        \
    __attribute__((cleanup(access_unlock_after_callbacks), unused)) MemoryContext *const locked = \
        access_lock_for_callbacks(mr)

/* Takes the lock of the context for as long as it takes. */
void access_flush_coalesced(MemoryContext *ctx);

static inline void access_flush_before_callback(const MemoryRegion *mr)
{
    if (__atomic_load_n(&mr->flush_coalesced_mmio, __ATOMIC_RELAXED)) {
        access_flush_coalesced(mr->context);
    }
}

#endif
