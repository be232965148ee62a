/* SPDX-License-Identifier: MIT
 *
 * The public edits of a region's coalesced ranges (specification section 19). They work without a
 * transaction: coalesce.c tells listeners at once. The accelerator queues writes to these ranges.
 * It is made to perform them before the callback of a region with flush_coalesced_mmio
 * (access/dispatch.c), and before an edit of the tree (transaction.c).
 */
#include "base/log.h"
#include "region/coalesce.h"
#include "region/extras.h"
#include "region/region.h"
#include "topology/coalesce.h"
#include "topology/tell.h"

/* Accesses read the flag without the lock. */
static void set_flush(MemoryRegion *mr, bool flush)
{
    __atomic_store_n(&mr->flush_coalesced_mmio, flush, __ATOMIC_RELAXED);
    region_extras_review(mr);
}

static void add_range(MemoryRegion *mr, hwaddr offset, uint64_t size)
{
    coalesced_tell(mr, coalesced_range_add(mr, offset, size), true);
    set_flush(mr, true);
}

static void clear_ranges(MemoryRegion *mr)
{
    CoalescedMemoryRange *c;
    if (TAILQ_EMPTY(&region_extras(mr)->coalesced)) {
        return;
    }
    coalesced_writes_flush(mr->parent_obj.context);
    set_flush(mr, false);
    while ((c = TAILQ_FIRST(&region_extras(mr)->coalesced))) {
        coalesced_tell(mr, c, false);
        coalesced_range_remove(mr, c);
    }
}

void memory_region_add_coalescing(MemoryRegion *mr, hwaddr offset, uint64_t size)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (!telling_refuses(mr->parent_obj.context, __func__)) {
        add_range(mr, offset, size);
    }
}

/* Refuses a region of 2^64 bytes, because the length of a coalesced range has 64 bits (R10). */
void memory_region_set_coalescing(MemoryRegion *mr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (int128_eq(mr->size, int128_2_64())) {
        misuse(mr->parent_obj.context,
               "%s: region '%s' has 2^64 bytes: add a range with memory_region_add_coalescing()",
               __func__, region_label(mr));
        return;
    }
    if (!telling_refuses(mr->parent_obj.context, __func__)) {
        clear_ranges(mr);
        add_range(mr, 0, memory_region_size(mr));
    }
}

void memory_region_clear_coalescing(MemoryRegion *mr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (!telling_refuses(mr->parent_obj.context, __func__)) {
        clear_ranges(mr);
    }
}

void memory_region_set_flush_coalesced(MemoryRegion *mr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    set_flush(mr, true);
}

void memory_region_clear_flush_coalesced(MemoryRegion *mr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    coalesced_writes_flush(mr->parent_obj.context);
    if (TAILQ_EMPTY(&region_extras(mr)->coalesced)) {
        set_flush(mr, false);
    }
}
