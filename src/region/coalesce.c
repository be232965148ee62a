/* SPDX-License-Identifier: MIT
 *
 * Which parts of a region an accelerator may queue writes to (specification section 19).
 * Listeners are told of them in topology/coalesce.c.
 */
#include "region/coalesce.h"

#include <stdlib.h>

#include "base/alloc.h"

CoalescedMemoryRange *coalesced_range_add(MemoryRegion *mr, hwaddr offset, uint64_t size)
{
    CoalescedMemoryRange *range = alloc_new(CoalescedMemoryRange);
    range->offset = offset;
    range->size = size;
    TAILQ_INSERT_TAIL(&mr->coalesced, range, link);
    return range;
}

void coalesced_range_remove(MemoryRegion *mr, CoalescedMemoryRange *range)
{
    TAILQ_REMOVE(&mr->coalesced, range, link);
    free(range);
}

void coalesced_ranges_drop(MemoryRegion *mr)
{
    CoalescedMemoryRange *range;
    while ((range = TAILQ_FIRST(&mr->coalesced))) {
        coalesced_range_remove(mr, range);
    }
}
