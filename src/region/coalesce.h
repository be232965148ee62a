/* SPDX-License-Identifier: MIT
 *
 * The coalesced ranges of a region (coalesce.c). Under the context's lock.
 */
#ifndef REGION_COALESCE_H
#define REGION_COALESCE_H

#include <physmem/coalesce.h>

#include "base/context.h"

/* As it was asked for: it may be empty, or reach over the region's end and over 2^64. */
struct CoalescedMemoryRange {
    hwaddr offset;
    uint64_t size;
    TAILQ_ENTRY(CoalescedMemoryRange) link;
};

/* The newest range of a region; owned by it. */
CoalescedMemoryRange *coalesced_range_add(MemoryRegion *mr, hwaddr offset, uint64_t size);
void coalesced_range_remove(MemoryRegion *mr, CoalescedMemoryRange *range);

/* Has the accelerator do the writes that it has queued (19). Under the context's lock. Runs
 * callbacks of devices, which may edit: what the caller has looked at before may have changed. */
static inline void coalesced_writes_flush(MemoryContext *ctx)
{
    if (ctx->hooks.flush_coalesced_mmio) {
        ctx->hooks.flush_coalesced_mmio(ctx->hooks.opaque);
    }
}

/* The region ends. */
void coalesced_ranges_drop(MemoryRegion *mr);

#endif
