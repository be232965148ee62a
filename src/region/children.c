/* SPDX-License-Identifier: MIT
 *
 * The index of a container's enabled children: a treap ordered by address, in which each node
 * knows the largest last address of its subtree. Finding the k children that touch a window, among
 * n, costs about k + log n steps, wherever the others lie.
 *
 * A node's heap priority is a hash of the region's address in host memory. So a node stores no
 * priority, and no order of insertion makes the tree deep.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "region/region.h"

/* The child's last address in its container. A child of size 0 counts as one byte, so that it can
 * be in the index; the renderer leaves it out. */
static hwaddr child_last(const MemoryRegion *child)
{
    hwaddr span = region_is_empty(child) ? 0 : region_last(child);
    return span > HWADDR_MAX - child->addr ? HWADDR_MAX : child->addr + span;
}

/* The heap priority of a node. */
static uint64_t weight(const MemoryRegion *mr)
{
    uint64_t h = (uintptr_t)mr * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
    return h * 0xd6e8feb86659fd93u;
}

static bool sorts_before(const MemoryRegion *a, const MemoryRegion *b)
{
    return a->addr != b->addr ? a->addr < b->addr : a->rank < b->rank;
}

/* Computes index_last of a node from the node itself and its two subtrees. */
static void update_reach(MemoryRegion *top)
{
    hwaddr reach = child_last(top);
    if (top->lower && top->lower->index_last > reach) {
        reach = top->lower->index_last;
    }
    if (top->upper && top->upper->index_last > reach) {
        reach = top->upper->index_last;
    }
    top->index_last = reach;
}

/* Splits a tree: *below gets the nodes that sort before 'pivot', *above gets the others. */
static void split(MemoryRegion *top, const MemoryRegion *pivot, MemoryRegion **below,
                  MemoryRegion **above)
{
    if (!top) {
        *below = *above = NULL;
        return;
    }
    if (sorts_before(top, pivot)) {
        split(top->upper, pivot, &top->upper, above);
        *below = top;
    } else {
        split(top->lower, pivot, below, &top->lower);
        *above = top;
    }
    update_reach(top);
}

/* Joins two trees. Every node of 'below' must sort before every node of 'above'. */
static MemoryRegion *join(MemoryRegion *below, MemoryRegion *above)
{
    if (!below || !above) {
        return below ? below : above;
    }
    MemoryRegion *top;
    if (weight(below) > weight(above)) {
        top = below;
        top->upper = join(below->upper, above);
    } else {
        top = above;
        top->lower = join(below, above->lower);
    }
    update_reach(top);
    return top;
}

/* Inserts a child into the tree under 'top', and returns the new top. */
static MemoryRegion *insert(MemoryRegion *top, MemoryRegion *child)
{
    if (!top || weight(child) > weight(top)) {
        split(top, child, &child->lower, &child->upper);
        update_reach(child);
        return child;
    }
    if (sorts_before(child, top)) {
        top->lower = insert(top->lower, child);
    } else {
        top->upper = insert(top->upper, child);
    }
    hwaddr last = child_last(child);
    top->index_last = top->index_last > last ? top->index_last : last;
    return top;
}

/* Removes a child, which must be in the tree under 'top', and returns the new top. */
static MemoryRegion *removed(MemoryRegion *top, MemoryRegion *child)
{
    if (top == child) {
        return join(child->lower, child->upper);
    }
    if (sorts_before(child, top)) {
        top->lower = removed(top->lower, child);
    } else {
        top->upper = removed(top->upper, child);
    }
    if (top->index_last == child_last(child)) {
        update_reach(top); /* the child may have been the one that reached that far */
    }
    return top;
}

void children_insert(MemoryRegion *mr, MemoryRegion *child)
{
    mr->index = insert(mr->index, child);
    mr->enabled_children++;
}

void children_remove(MemoryRegion *mr, MemoryRegion *child)
{
    mr->index = removed(mr->index, child);
    mr->enabled_children--;
    child->lower = child->upper = NULL;
}

typedef struct Search {
    hwaddr first, last;
    MemoryRegion **found;
    size_t room, count;
} Search;

/* Visits the nodes by ascending address. A subtree whose index_last lies below the window is
 * skipped. */
static void search(const MemoryRegion *top, Search *s)
{
    while (top && top->index_last >= s->first) {
        search(top->lower, s);
        if (top->addr > s->last) {
            return;
        }
        if (child_last(top) >= s->first) {
            if (s->count < s->room) {
                s->found[s->count] = (MemoryRegion *)top;
            }
            s->count++;
        }
        top = top->upper;
    }
}

size_t children_in_window(const MemoryRegion *mr, hwaddr first, hwaddr last, MemoryRegion **found,
                          size_t room)
{
    Search s = { first, last, found, room, 0 };
    search(mr->index, &s);
    return s.count;
}

static int by_rank(const void *a, const void *b)
{
    const MemoryRegion *x = *(MemoryRegion *const *)a, *y = *(MemoryRegion *const *)b;
    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return x->rank > y->rank ? -1 : x->rank < y->rank;
}

void children_sort_by_rank(MemoryRegion **found, size_t count)
{
    if (count > 1) {
        qsort(found, count, sizeof(*found), by_rank);
    }
}
