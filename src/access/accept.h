/* SPDX-License-Identifier: MIT
 *
 * Whether a region accepts an access (specification 14.1, D9). That depends on the size and
 * alignment of the access, on the end of the region, and on the device itself (valid.accepts).
 * dispatch.c asks before it calls the device.
 */
#ifndef ACCESS_ACCEPT_H
#define ACCESS_ACCEPT_H

#include "access/split.h"
#include "base/wide.h"

static inline bool access_can_read(const MemoryRegion *mr)
{
    return mr->ops->read || mr->ops->read_with_attrs;
}

static inline bool access_can_write(const MemoryRegion *mr)
{
    return mr->ops->write || mr->ops->write_with_attrs;
}

/* The number of bytes, from its offset on, that the access takes at the device
 * (access_split_width()), with a quick answer for the usual access. */
static inline unsigned access_width(const Request *r)
{
    return access_is_narrow(r) ? access_split_width(r) : r->size;
}

/* Returns whether the access, with the bytes that it is widened by, goes on after the end of the
 * region. */
bool access_ends_behind_region(const Request *r);

/* The same, with a quick answer for the usual access. An access that lies in one range and is not
 * widened is in the region. A RAM device needs the closer look, because its memory may end before
 * the region does. */
static inline bool access_leaves_region(const Request *r)
{
    bool plain = r->in_range && !access_is_narrow(r) && r->mr->kind != MEMORY_KIND_RAM_DEVICE;
    return !plain && access_ends_behind_region(r);
}

/* Returns whether the device allows accesses of that size. Written so that the usual devices, with
 * and without a maximum, take the same way: max - 1 is the largest number if there is no
 * maximum. */
static inline bool access_size_valid(const MemoryRegionOps *ops, unsigned size)
{
    unsigned max = ops->valid.max_access_size;
    return __builtin_expect(size - 1 <= max - 1, 1) &&
           (__builtin_expect(size >= ops->valid.min_access_size, 1) || !max);
}

/* Returns whether the region accepts the access. It may lack a callback for it, because a write
 * that an ioeventfd takes needs none. Calls the device's valid.accepts. */
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
    return (ops->valid.unaligned || !(r->offset & (r->size - 1))) &&
           access_size_valid(ops, r->size);
}

/* Returns why the region does not accept an access that it has refused, for a message that begins
 * with the access and the region. */
__attribute__((cold)) const char *access_refusal(const Request *r);

/* Returns whether the region accepts the access and has a callback for it. */
static inline bool access_is_accepted(const Request *r)
{
    return (r->is_write ? access_can_write(r->mr) : access_can_read(r->mr)) &&
           access_is_admitted(r);
}

/* The region that answers an access to mr at *offset: an alias hands the access on to its target.
 * *offset becomes the offset there. If the access does not lie in the alias as a whole, or would go
 * over 2^64 in the target, it stays with the alias, which rejects it. */
static inline MemoryRegion *access_follow_aliases(MemoryRegion *mr, hwaddr *offset, unsigned size)
{
    MemoryRegion *target;

    while ((target = region_target(mr)) && int128_le(wide_sum(*offset, size), mr->size) &&
           *offset <= HWADDR_MAX - mr->alias_offset) {
        *offset += mr->alias_offset;
        mr = target;
    }
    return mr;
}

#endif
