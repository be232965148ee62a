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
#include <string.h>

#include "base/alloc.h"
#include "region/extras.h"
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

/* Inserts a child into the tree at *link. */
static void insert(MemoryRegion **link, MemoryRegion *child)
{
    uint64_t heavy = weight(child);
    hwaddr last = child_last(child);
    MemoryRegion *top;
    while ((top = *link) && weight(top) >= heavy) {
        top->index_last = top->index_last > last ? top->index_last : last;
        link = sorts_before(child, top) ? &top->lower : &top->upper;
    }
    split(top, child, &child->lower, &child->upper);
    update_reach(child);
    *link = child;
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
    RegionExtras *extras = region_extras_made(mr);

    insert(&extras->index, child);
    extras->enabled_children++;
}

void children_remove(MemoryRegion *mr, MemoryRegion *child)
{
    RegionExtras *extras = mr->extras;

    extras->index = removed(extras->index, child);
    extras->enabled_children--;
    child->lower = child->upper = NULL;
}

/* ---- Search ----------------------------------------------------------------------------- */

typedef struct Search {
    hwaddr first, last;
    ChildrenFound *found;
} Search;

static void add_found(ChildrenFound *found, MemoryRegion *child)
{
    if (found->count == found->room) {
        MemoryRegion **old = found->child == found->few ? NULL : found->child;
        found->room *= 2;
        found->child = alloc_resize(old, found->room, sizeof(*found->child));
        if (!old) {
            memcpy(found->child, found->few, sizeof(found->few));
        }
    }
    found->child[found->count++] = child;
}

/* Visits the nodes by ascending address. A subtree whose index_last lies below the window is
 * skipped. */
static void search(MemoryRegion *top, const Search *s)
{
    while (top && top->index_last >= s->first) {
        search(top->lower, s);
        if (top->addr > s->last) {
            return;
        }
        if (child_last(top) >= s->first) {
            add_found(s->found, top);
        }
        top = top->upper;
    }
}

static int by_rank(const void *a, const void *b)
{
    const MemoryRegion *x = *(MemoryRegion *const *)a, *y = *(MemoryRegion *const *)b;
    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return x->rank > y->rank ? -1 : x->rank < y->rank;
}

/* Returns the index behind the group that begins at 'first': the first child from there on that
 * begins behind all those of the group. */
static size_t group_end(const ChildrenFound *found, size_t first)
{
    hwaddr reach = child_last(found->child[first]);
    size_t i = first + 1;

    for (; i < found->count && found->child[i]->addr <= reach; i++) {
        hwaddr last = child_last(found->child[i]);
        reach = last > reach ? last : reach;
    }
    return i;
}

static void sort_groups(ChildrenFound *found)
{
    size_t end;

    for (size_t first = 0; first < found->count; first = end) {
        end = group_end(found, first);
        if (end - first > 1) {
            qsort(&found->child[first], end - first, sizeof(*found->child), by_rank);
        }
    }
}

void children_find(const MemoryRegion *mr, hwaddr first, hwaddr last, ChildrenFound *found)
{
    found->child = found->few;
    found->count = 0;
    found->room = sizeof(found->few) / sizeof(found->few[0]);
    search(region_extras(mr)->index, &(Search){ first, last, found });
    sort_groups(found);
}

void children_found_free(ChildrenFound *found)
{
    if (found->child != found->few) {
        free(found->child);
    }
}
