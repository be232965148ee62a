/* SPDX-License-Identifier: MIT
 *
 * memory_region_find() and memory_region_present(): what is visible at an offset of a region
 * (specification section 6.2). They look into the view of the oldest space whose root is the
 * topmost container of that region. No lock is needed.
 */
#include "base/rcu.h"
#include "region/extras.h"
#include "topology/topology.h"
#include "view/view.h"

/* Returns the container of a region, and sets *place to the region's address in it. The region may
 * be moved meanwhile. A move gives it another rank, and takes it out of its container first if that
 * changes (region/tree.c). So if rank and container are still the same, the two belong together. */
static MemoryRegion *place_of(const MemoryRegion *mr, hwaddr *place)
{
    uint64_t rank;
    MemoryRegion *container;
    do {
        rank = __atomic_load_n(&mr->rank, __ATOMIC_ACQUIRE);
        container = __atomic_load_n(&mr->container, __ATOMIC_ACQUIRE);
        *place = __atomic_load_n(&mr->addr, __ATOMIC_ACQUIRE);
    } while (container != __atomic_load_n(&mr->container, __ATOMIC_ACQUIRE) ||
             rank != __atomic_load_n(&mr->rank, __ATOMIC_ACQUIRE));
    return container;
}

/* Carries *mr and *addr up to the topmost container. Returns false if the address passes 2^64. */
static bool to_topmost(MemoryRegion **mr, hwaddr *addr)
{
    MemoryRegion *container;
    do {
        hwaddr place;
        container = place_of(*mr, &place);
        if (__builtin_add_overflow(*addr, place, addr)) {
            return false;
        }
        *mr = container ? container : *mr;
    } while (container);
    return true;
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
    if (!size || !to_topmost(&mr, &addr)) {
        return nothing;
    }
    AddressSpace *as = __atomic_load_n(&region_extras(mr)->first_space, __ATOMIC_CONSUME);
    if (!as) {
        return nothing;
    }
    FlatView *fv = address_space_to_flatview(as);
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
