/* SPDX-License-Identifier: MIT
 *
 * The coalesced ranges of a region: the parts to which an accelerator may queue the guest's writes
 * (coalesce.c). Everything here is called under the context's lock.
 */
#ifndef REGION_COALESCE_H
#define REGION_COALESCE_H

#include <physmem/coalesce.h>

#include "base/context.h"

/* A range as the program gave it. It may be empty, and may reach beyond the region's end and
 * beyond 2^64. */
struct CoalescedMemoryRange {
    hwaddr offset;
    uint64_t size;
    TAILQ_ENTRY(CoalescedMemoryRange) link;
};

/* Adds a range at the end of the region's list. The region owns it. */
CoalescedMemoryRange *coalesced_range_add(MemoryRegion *mr, hwaddr offset, uint64_t size);
/* Removes one range from the region, and frees it. */
void coalesced_range_remove(MemoryRegion *mr, CoalescedMemoryRange *range);

/* Makes the accelerator perform the writes that it has queued. Callbacks of devices run meanwhile
 * and may edit the tree, so the caller must read everything from the tree again. */
static inline void coalesced_writes_flush(MemoryContext *ctx)
{
    if (ctx->hooks.flush_coalesced_mmio) {
        ctx->hooks.flush_coalesced_mmio(ctx->hooks.opaque);
    }
}

/* Frees the ranges of a region that ends. */
void coalesced_ranges_drop(MemoryRegion *mr);

#endif
