/* SPDX-License-Identifier: MIT
 *
 * Siblings of equal priority that overlap. Which of them is visible depends on which came last, and
 * often the overlap is a mistake. Finding one costs a descent of the container's index;
 * topology/edit.c decides what to do about it.
 */
#include "region/region.h"

typedef struct Search {
    const MemoryRegion *mr;
    int32_t priority;
    hwaddr first, last;
} Search;

static hwaddr last_from(hwaddr addr, Int128 size)
{
    hwaddr span = (hwaddr)(size - 1);
    return span > HWADDR_MAX - addr ? HWADDR_MAX : addr + span;
}

static bool overlaps(const MemoryRegion *sibling, const Search *s)
{
    return sibling != s->mr && sibling->priority == s->priority && !region_is_empty(sibling) &&
           sibling->addr <= s->last && last_from(sibling->addr, sibling->size) >= s->first;
}

/* Searches in the order of addresses. Skips the parts of the index that end before the place or
 * begin behind it. */
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
    if (!to->container || !to->size) {
        return NULL;
    }
    Search s = { edit->mr, to->priority, to->addr, last_from(to->addr, to->size) };
    MemoryRegion *sibling = search(to->container->index, &s);
    if (sibling) {
        hwaddr behind = last_from(sibling->addr, sibling->size);
        *first = sibling->addr > s.first ? sibling->addr : s.first;
        *last = behind < s.last ? behind : s.last;
    }
    return sibling;
}
