/* SPDX-License-Identifier: MIT
 *
 * The rare cases of accept.h, and memory_region_access_valid().
 */
#include "access/accept.h"

/* The end of the region for callbacks of that width: its size, rounded up to whole callbacks. */
static Int128 end_in_units(const MemoryRegion *mr, unsigned width)
{
    /* A width is a power of two. */
    return int128_and(int128_add(mr->size, int128_make64(width - 1)),
                      int128_neg(int128_make64(width)));
}

/* A RAM device ends with its memory, whatever size the region was set to. After it comes other
 * memory of the host, so no quirk allows an access there.
 *
 * An access that lies in one range lies in the region as the view shows it. It is not compared with
 * mr->size, which an open transaction may have changed already. */
bool access_ends_behind_region(const Request *r)
{
    Int128 end = wide_sum(r->offset, r->size);
    if (r->mr->kind == MEMORY_KIND_RAM_DEVICE &&
        int128_gt(end, int128_make64(access_memory_size(r->mr)))) {
        return true;
    }
    unsigned width = access_width(r);
    bool leaves =
        (!r->in_range && int128_gt(end, r->mr->size)) ||
        (width > r->size && int128_gt(wide_sum(r->offset, width), end_in_units(r->mr, width)));
    return leaves && !access_has_quirk(r->mr, MEMORY_QUIRK_REGION_OVERRUN);
}

static const char *missing_callback(const Request *r)
{
    if (region_is_ram(r->mr)) {
        return "its memory takes no such access here: it is read-only, or ends before";
    }
    return r->is_write ? "it has no callback for writes" : "it has no callback for reads";
}

/* valid.accepts is not asked again: if nothing else is wrong, it has refused. */
const char *access_refusal(const Request *r)
{
    if (!(r->is_write ? access_can_write(r->mr) : access_can_read(r->mr))) {
        return missing_callback(r);
    }
    if (r->size > ACCESS_MAX || !access_size_valid(r->mr->ops, r->size)) {
        return "it does not take this size (valid.min_access_size, valid.max_access_size)";
    }
    if (access_leaves_region(r)) {
        return "the access goes on after the end of the region";
    }
    if (!r->mr->ops->valid.unaligned && (r->offset & (r->size - 1))) {
        return "the access is not aligned to its size (valid.unaligned)";
    }
    return "it refuses this access (valid.accepts)";
}

bool memory_region_access_valid(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write,
                                MemTxAttrs attrs)
{
    Request r = { .offset = addr, .size = size, .attrs = attrs, .is_write = is_write };
    r.mr = access_follow_aliases(mr, &r.offset, size);
    return access_is_accepted(&r);
}
