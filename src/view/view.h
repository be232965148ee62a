/* SPDX-License-Identifier: MIT
 *
 * Flat views: a range tree with a count of references. A commit makes a view and publishes it in
 * all spaces that show the same region. A view is freed a grace period after its last reference is
 * gone.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <physmem/view.h>

#include "base/context.h"
#include "view/range-tree.h"

/* What this room keeps for a context. No view may be left when it is freed. */
void view_room_new(MemoryContext *ctx);
void view_room_free(MemoryContext *ctx);

/* Makes a view with one reference from 'tree', which is empty then. 'key' is the region from which
 * the tree was rendered, or NULL. */
FlatView *view_new(MemoryContext *ctx, MemoryRegion *key, RangeTree *tree);

static inline RangeTree view_tree(const FlatView *fv)
{
    return (RangeTree){ fv->root, fv->height, fv->ranges };
}

/* The lowest range of a view, or NULL. range_cursor_next() goes on from there. */
static inline const Range *view_first(const FlatView *fv, RangeCursor *cursor)
{
    RangeTree tree = view_tree(fv);
    return range_tree_seek(&tree, 0, cursor);
}

/* Gives up references that view_new() has made, with one grace period for many views. view_retire()
 * adds a view to a batch, which is NULL at first; view_retire_batch() begins the grace period.
 * Under the context's lock. */
void view_retire(FlatView *fv, FlatView **batch);
void view_retire_batch(FlatView *batch);

/* Whether a kept view shows mr: one that was retired while others had references, and is not freed
 * yet. Looks at all ranges of all such views. topology/unused.c says why no other view matters. */
bool view_any_kept_shows(const MemoryRegion *mr);

/* Finds the range at addr. False: there is none, and *range is the hole from addr on, with mr NULL.
 * Read section. Accesses need nothing else of a view. */
bool view_lookup(const FlatView *fv, hwaddr addr, Range *range);

/* The section that describes a whole range, as listeners and memory_region_find() get it. It takes
 * no reference. */
MemoryRegionSection view_section(FlatView *fv, const Range *range);

#endif
