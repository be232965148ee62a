/* SPDX-License-Identifier: MIT
 *
 * The tree of regions, seen from the rooms above. An edit here changes the tree and marks what it
 * changed in the views concerned (window.c); the public calls in topology/ wrap it in a transaction.
 *
 * Addresses: a region's own coordinates run from 0 to region_last(). A window is a range of them,
 * both ends inclusive, so everything is 64-bit; 2^64 appears in MemoryRegion.size only.
 *
 * All of it runs under the context's lock.
 */
#ifndef REGION_REGION_H
#define REGION_REGION_H

#include <physmem/region.h>

#include "base/context.h"

/* The last offset; the size must not be 0. */
static inline hwaddr region_last(const MemoryRegion *mr)
{
    return (hwaddr)(mr->size - 1);
}

static inline bool region_is_empty(const MemoryRegion *mr)
{
    return mr->size == 0;
}

/* Neither alias nor leaf. */
static inline bool region_is_container(const MemoryRegion *mr)
{
    return !mr->terminates && !mr->alias;
}

/* Has the region a RAM block (RAM, ROM, ROM device)? */
static inline bool region_has_ram(const MemoryRegion *mr)
{
    return mr->ram_block != NULL;
}

/* UINT64_MAX means 2^64. */
static inline Int128 region_size_from_arg(uint64_t size)
{
    return size == UINT64_MAX ? int128_2_64() : (Int128)size;
}

/* What every constructor does first: zeroes, makes the object, sets the defaults. */
void region_init_common(MemoryRegion *mr, Object *owner, const char *name, uint64_t size);

/* After a failed constructor: size 0, not a child of anything. */
void region_init_failed(MemoryRegion *mr);

/* The name, or "(noname)": for messages. */
const char *region_label(const MemoryRegion *mr);

/* The region that catches accesses to holes; one for the process, immutable, rejects everything.*/
extern MemoryRegion *const region_unassigned;

#endif
