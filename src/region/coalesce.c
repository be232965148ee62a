/* SPDX-License-Identifier: MIT
 *
 * The list of a region's coalesced ranges (specification section 19). The public calls that edit
 * it are in topology/coalesce-edit.c, and topology/coalesce.c tells listeners.
 */
#include "region/coalesce.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "region/extras.h"

CoalescedMemoryRange *coalesced_range_add(MemoryRegion *mr, hwaddr offset, uint64_t size)
{
    CoalescedMemoryRange *range = alloc_new(CoalescedMemoryRange);
    range->offset = offset;
    range->size = size;
    TAILQ_INSERT_TAIL(&region_extras_made(mr)->coalesced, range, link);
    return range;
}

void coalesced_range_remove(MemoryRegion *mr, CoalescedMemoryRange *range)
{
    TAILQ_REMOVE(&region_extras_made(mr)->coalesced, range, link);
    free(range);
}

void coalesced_ranges_drop(MemoryRegion *mr)
{
    CoalescedMemoryRange *range;
    while ((range = TAILQ_FIRST(&region_extras(mr)->coalesced))) {
        coalesced_range_remove(mr, range);
    }
}
