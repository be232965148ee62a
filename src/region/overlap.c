/* SPDX-License-Identifier: MIT
 *
 * Finds siblings of equal priority that overlap. The newer of them hides the older one, and often
 * that is a mistake of the program. topology/edit.c asks if the container's overlap policy wants
 * it, and warns or refuses. A search costs a descent of the container's index (children.c).
 */
#include "region/extras.h"
#include "region/region.h"

typedef struct Search {
    const MemoryRegion *mr;
    int32_t priority;
    hwaddr first, last;
} Search;

/* The last address of a region of 'size' bytes at addr; the last address of all if it would pass
 * 2^64. */
static hwaddr last_from(hwaddr addr, Int128 size)
{
    hwaddr span = int128_getlo(size) - 1;
    return span > HWADDR_MAX - addr ? HWADDR_MAX : addr + span;
}

static bool overlaps(const MemoryRegion *sibling, const Search *s)
{
    return sibling != s->mr && sibling->priority == s->priority && !region_is_empty(sibling) &&
           sibling->addr <= s->last && last_from(sibling->addr, sibling->size) >= s->first;
}

/* Searches by ascending address. Skips the subtrees that end before [first, last] or begin behind
 * it. */
static MemoryRegion *search(MemoryRegion *top, const Search *s)
{
    while (top && top->index_last >= s->first) {
        MemoryRegion *found = search(top->lower, s);
        if (found || top->addr > s->last) {
            return found;
        }
        if (overlaps(top, s)) {
            return top;
        }
        top = top->upper;
    }
    return NULL;
}

MemoryRegion *region_edit_overlaps(const RegionEdit *edit, hwaddr *first, hwaddr *last)
{
    const MemoryRegionAttributes *to = &edit->to;
    if (!to->container || !int128_nz(to->size)) {
        return NULL;
    }
    Search s = { edit->mr, to->priority, to->addr, last_from(to->addr, to->size) };
    MemoryRegion *sibling = search(region_extras(to->container)->index, &s);
    if (sibling) {
        hwaddr end = last_from(sibling->addr, sibling->size);
        *first = sibling->addr > s.first ? sibling->addr : s.first;
        *last = end < s.last ? end : s.last;
    }
    return sibling;
}
