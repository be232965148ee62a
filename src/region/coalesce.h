/* SPDX-License-Identifier: MIT
 *
 * The coalesced ranges of a region (coalesce.c). Under the context's lock.
 */
#ifndef REGION_COALESCE_H
#define REGION_COALESCE_H

#include <physmem/coalesce.h>

#include "base/context.h"

/* A range as it was asked for. It may be empty, and reach beyond the region's end and 2^64. */
struct CoalescedMemoryRange {
    hwaddr offset;
    uint64_t size;
    TAILQ_ENTRY(CoalescedMemoryRange) link;
};

/* Adds a range to a region, as its newest. The region owns it. */
CoalescedMemoryRange *coalesced_range_add(MemoryRegion *mr, hwaddr offset, uint64_t size);
void coalesced_range_remove(MemoryRegion *mr, CoalescedMemoryRange *range);

/* Makes the accelerator perform the writes that it has queued. Under the context's lock. Device
 * callbacks run meanwhile and may edit: the caller must look again at what it has read before. */
static inline void coalesced_writes_flush(MemoryContext *ctx)
{
    if (ctx->hooks.flush_coalesced_mmio) {
        ctx->hooks.flush_coalesced_mmio(ctx->hooks.opaque);
    }
}

/* Frees the ranges of a region that ends. */
void coalesced_ranges_drop(MemoryRegion *mr);

#endif
