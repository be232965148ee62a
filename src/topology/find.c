/* SPDX-License-Identifier: MIT
 *
 * memory_region_find() and memory_region_present(): what is visible at an offset of a region
 * (specification section 6.2). They look into the view of the oldest space whose root is the
 * topmost container of that region. No lock is needed.
 */
#include "base/rcu.h"
#include "region/extras.h"
#include "region/region.h"
#include "region/room.h"
#include "topology/topology.h"
#include "view/view.h"

/* An offset in a region. */
typedef struct Place {
    MemoryRegion *mr;
    hwaddr offset;
    bool passes_end; /* on the way up, an address passed 2^64 */
} Place;

/* Carries a place up to the topmost container. */
static Place topmost(Place at)
{
    MemoryRegion *container;
    do {
        hwaddr addr = __atomic_load_n(&at.mr->addr, __ATOMIC_ACQUIRE);
        at.passes_end |= __builtin_add_overflow(at.offset, addr, &at.offset);
        container = __atomic_load_n(&at.mr->container, __ATOMIC_ACQUIRE);
        at.mr = container ? container : at.mr;
    } while (container);
    return at;
}

/* The same while other threads may move regions. Each move counts twice (region/tree.c). So if the
 * count is even and is still the same after the way up, no region has moved meanwhile. */
static Place topmost_meanwhile(Place at)
{
    const uint64_t *moves = &at.mr->parent_obj.context->region->moves;
    uint64_t before;
    Place top;
    do {
        before = __atomic_load_n(moves, __ATOMIC_ACQUIRE);
        top = topmost(at);
    } while (before % 2 || __atomic_load_n(moves, __ATOMIC_ACQUIRE) != before);
    return top;
}

/* Finds the first range that touches [addr, last], and cuts it to that. Returns false if there is
 * none. */
static bool find_range(FlatView *fv, hwaddr addr, hwaddr last, Range *range)
{
    RangeTree tree = view_tree(fv);
    const Range *found = range_tree_find(&tree, addr);
    if (!found || found->start > last) {
        return false;
    }
    *range = *found;
    if (range->start < addr) {
        range->offset += addr - range->start;
        range->start = addr;
    }
    range->last = range->last < last ? range->last : last;
    return true;
}

/* Called in a read section. */
static MemoryRegionSection find(MemoryRegion *mr, hwaddr addr, uint64_t size)
{
    MemoryRegionSection nothing = { 0 };
    Range range;
    if (!size || !region_is_live(mr)) {
        return nothing;
    }
    Place top = topmost_meanwhile((Place){ mr, addr, false });
    AddressSpace *as = __atomic_load_n(&region_extras(top.mr)->first_space, __ATOMIC_CONSUME);
    if (top.passes_end || !as) {
        return nothing;
    }
    FlatView *fv = address_space_to_flatview(as);
    addr = top.offset;
    hwaddr last = size - 1 > HWADDR_MAX - addr ? HWADDR_MAX : addr + (size - 1);
    return find_range(fv, addr, last, &range) ? view_section(fv, &range) : nothing;
}

MemoryRegionSection memory_region_find(MemoryRegion *mr, hwaddr addr, uint64_t size)
{
    READ_SECTION;
    MemoryRegionSection section = find(mr, addr, size);
    memory_region_ref(section.mr);
    return section;
}

bool memory_region_present(MemoryRegion *container, hwaddr addr)
{
    READ_SECTION;
    MemoryRegionSection section = find(container, addr, 1);
    return section.mr && section.mr != container;
}
