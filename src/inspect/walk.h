/* SPDX-License-Identifier: MIT
 *
 * Walks over all that a context has, for those who show it: over the trees as they were described,
 * or over the views, which say what answers. The walk knows what comes in which order (walk.c) and
 * nothing of how it looks; a visitor is the other way round.
 *
 *   trees:   begin(NULL)    space...   region...           end   for each root
 *            begin(target)             region...           end   for each region an alias shows
 *   views:   begin(NULL)    space...   view     range...   end   for each view
 *
 * Under the context's lock, during the whole walk.
 */
#ifndef INSPECT_WALK_H
#define INSPECT_WALK_H

#include <physmem/space.h>

#include "base/context.h"
#include "view/range-tree.h"

typedef struct InspectVisitor InspectVisitor;

/* A walk over trees calls region(), one over views calls view() and range(). */
struct InspectVisitor {
    /* A block of spaces that have one root or view, or of one region that an alias shows. */
    void (*begin)(InspectVisitor *v, const MemoryRegion *target);
    void (*space)(InspectVisitor *v, const AddressSpace *as);
    /* A region and, after it, its subregions, one level deeper. The level of a root is 0. Disabled
     * regions are visited, too. 'base' is where the container begins, in the root. */
    void (*region)(InspectVisitor *v, const MemoryRegion *mr, hwaddr base, unsigned level);
    void (*view)(InspectVisitor *v, const FlatView *fv);
    void (*range)(InspectVisitor *v, const Range *range);
    void (*end)(InspectVisitor *v);
};

void inspect_walk_trees(MemoryContext *ctx, InspectVisitor *v);
void inspect_walk_views(MemoryContext *ctx, InspectVisitor *v);

#endif
