/* SPDX-License-Identifier: MIT
 *
 * The rare sides of accept.h, and the public question.
 */
#include "access/accept.h"

/* Where a region ends for callbacks of that width, which are all its device can do. */
static Int128 end_in_units(const MemoryRegion *mr, unsigned width)
{
    return (mr->size + width - 1) / width * width;
}

/* A RAM device ends with its memory, whatever the region's size was set to: behind it lies other
 * memory of the host, so no quirk allows that. What is in the visible range is in the region as it
 * was committed: the size that an open transaction gives it does not count yet (7). */
bool access_ends_behind_region(const Request *r)
{
    Int128 end = (Int128)r->offset + r->size;
    if (r->mr->kind == MEMORY_KIND_RAM_DEVICE && end > (Int128)access_memory_size(r->mr)) {
        return true;
    }
    unsigned width = access_width(r);
    bool leaves = (!r->in_range && end > r->mr->size) ||
                  (width > r->size && (Int128)r->offset + width > end_in_units(r->mr, width));
    return leaves && !access_has_quirk(r->mr, MEMORY_QUIRK_REGION_OVERRUN);
}

bool memory_region_access_valid(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write,
                                MemTxAttrs attrs)
{
    Request r = { .offset = addr, .size = size, .attrs = attrs, .is_write = is_write };
    r.mr = access_follow_aliases(mr, &r.offset, size);
    return access_is_accepted(&r);
}
