/* SPDX-License-Identifier: MIT
 *
 * Walks over the trees or the views of a context. A tree has the regions as the program built
 * them, a view has the ranges in which regions answer. The walk (walk.c) decides what is visited
 * in which order, the visitor what is printed. A new format, such as JSON, is one more visitor.
 * The callbacks are called in blocks:
 *
 *   trees:   begin(NULL)    space...   region...           end   for each root of spaces
 *            begin(target)             region...           end   for each target of an alias
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

/* A walk over trees calls region(). A walk over views calls view() and range(). The others are
 * called by both. */
struct InspectVisitor {
    /* A block begins. 'target' is the target of an alias that the block is about, or NULL if the
     * block is about the spaces that share one root or one view. */
    void (*begin)(InspectVisitor *v, const MemoryRegion *target);
    void (*space)(InspectVisitor *v, const AddressSpace *as);
    /* Called for a region, and then for its subregions, which are one level deeper. The first
     * region of a block has level 0. Disabled regions are visited, too. The region begins at base
     * + mr->addr: 'base' is where its container begins, or 0 for the first region of a block. */
    void (*region)(InspectVisitor *v, const MemoryRegion *mr, hwaddr base, unsigned level);
    /* The view of the block. Its ranges follow, by ascending address. */
    void (*view)(InspectVisitor *v, const FlatView *fv);
    void (*range)(InspectVisitor *v, const Range *range);
    void (*end)(InspectVisitor *v);
};

void inspect_walk_trees(MemoryContext *ctx, InspectVisitor *v);
void inspect_walk_views(MemoryContext *ctx, InspectVisitor *v);

#endif
