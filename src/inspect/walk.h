/* SPDX-License-Identifier: MIT
 *
 * Walks over the trees or the views of a context. Trees are what the program described, views are
 * what answers. The walk (walk.c) decides what comes in which order, a visitor decides how it
 * looks.
 *
 *   trees:   begin(NULL)    space...   region...           end   for each root
 *            begin(target)             region...           end   for each region an alias shows
 *   views:   begin(NULL)    space...   view     range...   end   for each view
 *
 * The caller holds the context's lock during the walk.
 */
#ifndef INSPECT_WALK_H
#define INSPECT_WALK_H

#include <physmem/space.h>

#include "base/context.h"
#include "view/range-tree.h"

typedef struct InspectVisitor InspectVisitor;

/* A walk over trees calls region(), one over views calls view() and range(). */
struct InspectVisitor {
    /* A block begins: of the spaces that have one root or view, or of the region 'target', which an
     * alias shows. */
    void (*begin)(InspectVisitor *v, const MemoryRegion *target);
    void (*space)(InspectVisitor *v, const AddressSpace *as);
    /* Called for a region, and then for its subregions, one level deeper; a root has level 0.
     * Disabled regions are visited, too. 'base' is the address at which the container begins. */
    void (*region)(InspectVisitor *v, const MemoryRegion *mr, hwaddr base, unsigned level);
    void (*view)(InspectVisitor *v, const FlatView *fv);
    void (*range)(InspectVisitor *v, const Range *range);
    void (*end)(InspectVisitor *v);
};

void inspect_walk_trees(MemoryContext *ctx, InspectVisitor *v);
void inspect_walk_views(MemoryContext *ctx, InspectVisitor *v);

#endif
