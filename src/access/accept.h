/* SPDX-License-Identifier: MIT
 *
 * Whether a region accepts an access: its size, its alignment, the region's end, and what the
 * device itself says (specification 14.1, D9). dispatch.c asks before it calls the device.
 */
#ifndef ACCESS_ACCEPT_H
#define ACCESS_ACCEPT_H

#include "access/split.h"

static inline bool access_has_quirk(const MemoryRegion *mr, MemoryQuirk quirk)
{
    return __atomic_load_n(&mr->quirks, __ATOMIC_RELAXED) & quirk;
}

static inline bool access_can_read(const MemoryRegion *mr)
{
    return mr->ops->read || mr->ops->read_with_attrs;
}

static inline bool access_can_write(const MemoryRegion *mr)
{
    return mr->ops->write || mr->ops->write_with_attrs;
}

/* How many bytes the access takes at the device: more than its size if it is widened. */
static inline unsigned access_width(const Request *r)
{
    return access_is_narrow(r) ? access_split_width(r) : r->size;
}

/* Whether the access, or what it is widened to, ends after the end of the region. */
bool access_ends_behind_region(const Request *r);

/* An access that lies in a range and is not widened needs no closer look, except for a RAM device,
 * whose memory may be shorter than the region. */
static inline bool access_leaves_region(const Request *r)
{
    bool plain = r->in_range && !access_is_narrow(r) && r->mr->kind != MEMORY_KIND_RAM_DEVICE;
    return !plain && access_ends_behind_region(r);
}

static inline bool access_size_valid(const Request *r)
{
    const MemoryRegionOps *ops = r->mr->ops;
    unsigned max = ops->valid.max_access_size;
    return !max || (r->size <= max && r->size >= ops->valid.min_access_size);
}

/* Whether the region accepts the access if it has a callback. A write needs none if an ioeventfd
 * takes it. The region's valid.accepts is called. */
static inline bool access_is_admitted(const Request *r)
{
    const MemoryRegionOps *ops = r->mr->ops;
    if (r->size > ACCESS_MAX || access_leaves_region(r)) {
        return false;
    }
    if (ops->valid.accepts &&
        !ops->valid.accepts(r->mr->opaque, r->offset, r->size, r->is_write, r->attrs)) {
        return false;
    }
    return (ops->valid.unaligned || !(r->offset & (r->size - 1))) && access_size_valid(r);
}

static inline bool access_is_accepted(const Request *r)
{
    return (r->is_write ? access_can_write(r->mr) : access_can_read(r->mr)) &&
           access_is_admitted(r);
}

/* The region that an access to an alias ends at, and there *offset. The access goes on through an
 * alias if all of it lies in the window, which ends at 2^64 of the target at the latest. Else it
 * stays with the alias, which rejects it. */
static inline MemoryRegion *access_follow_aliases(MemoryRegion *mr, hwaddr *offset, unsigned size)
{
    while (mr->alias && (Int128)*offset + size <= mr->size &&
           *offset <= HWADDR_MAX - mr->alias_offset) {
        *offset += mr->alias_offset;
        mr = mr->alias;
    }
    return mr;
}

#endif
