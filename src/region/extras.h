/* SPDX-License-Identifier: MIT
 *
 * What few regions have: counters, ioeventfds, coalesced ranges, enabled children, aliases that
 * show them, and what the roots of spaces need. A machine has many regions, so all this is in a
 * structure of its own, which a region gets when it first needs it and keeps until it ends. A
 * region without extras has none of these things.
 *
 *    region_extras(mr)->slot             reads; never NULL
 *    region_extras_made(mr)->slot = ...  makes the extras at need; under the context's lock
 *
 * A thread that may access the region may read its extras without a lock.
 */
#ifndef REGION_EXTRAS_H
#define REGION_EXTRAS_H

#include <physmem/inline/word.h>
#include <physmem/region.h>

#include "base/context.h"

typedef struct RegionExtras {
    MemoryRegion *index;               /* children.c: root of the index of its enabled children */
    size_t enabled_children;           /* how many they are */
    LIST_HEAD(, MemoryRegion) aliases; /* on this region */
    uint64_t visit;                    /* mark of the last walk that visited the region */

    struct MemoryRegionCounter *counter; /* counting.c; NULL: accesses are not counted */

    struct IoeventfdTable *ioeventfds;            /* ioeventfd.h: published; NULL: none */
    struct IoeventfdTable *ioeventfds_next;       /* of an open transaction; NULL: the same */
    TAILQ_HEAD(, CoalescedMemoryRange) coalesced; /* coalesce.h: in the order they were added */

    struct ViewSlot *slot;               /* slot.h: the view keyed by this region */
    LIST_HEAD(, RootWatch) root_watches; /* spaces whose root resolves through this region */
    MemoryRegion *gives_way_to;          /* the region that it resolved to at the last look */
    AddressSpace *first_space;           /* the oldest space with this root */

    Deferred deferred;
} RegionExtras;

/* Whether an access of the region does more than call it: the region has a counter or ioeventfds in
 * its extras, or queued writes are flushed first. */
static inline bool region_heeds_accesses(const MemoryRegion *mr)
{
    return __builtin_expect(physmem_flag(&mr->heeds_accesses), 0);
}

/* The extras of a region that has none: all zero. */
extern const RegionExtras region_no_extras;

static inline const RegionExtras *region_extras(const MemoryRegion *mr)
{
    const RegionExtras *extras = __atomic_load_n(&mr->extras, __ATOMIC_CONSUME);

    return extras ? extras : &region_no_extras;
}

/* Whether the region is the root of a space, or on the way from a root to the key of its view. */
static inline bool region_is_on_a_way(const MemoryRegion *mr)
{
    return !LIST_EMPTY(&region_extras(mr)->root_watches);
}

/* Returns the region's extras, and makes them at first. */
RegionExtras *region_extras_made(MemoryRegion *mr);

/* To be called when a region's counter, its published ioeventfds or flush_coalesced_mmio have
 * changed. */
void region_extras_review(MemoryRegion *mr);

/* Called when a region ends. Frees its extras after a grace period. What they point to must be gone
 * already. */
void region_extras_end(MemoryRegion *mr);

#endif
