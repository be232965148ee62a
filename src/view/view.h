/* SPDX-License-Identifier: MIT
 *
 * Flat views: a range tree with a life of its own. A view is made by one commit, is published in
 * the spaces that share it, and goes after a grace period.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <physmem/view.h>

#include "base/context.h"
#include "view/range-tree.h"

/* What this room keeps for a context. No view may be left when it is freed. */
void view_room_new(MemoryContext *ctx);
void view_room_free(MemoryContext *ctx);

/* Wraps 'tree', which it takes over, with one reference. 'key' may be NULL. */
FlatView *view_new(MemoryContext *ctx, MemoryRegion *key, RangeTree *tree);

static inline RangeTree view_tree(const FlatView *fv)
{
    return (RangeTree){ fv->root, fv->height, fv->ranges };
}

/* The lowest range of a view, and the place for range_cursor_next() to go on; NULL if there is
 * none. */
static inline const Range *view_first(const FlatView *fv, RangeCursor *cursor)
{
    RangeTree tree = view_tree(fv);
    return range_tree_seek(&tree, 0, cursor);
}

/* Gives up the reference that view_new() made, of several views at the cost of one: into a batch,
 * NULL at first, whose grace period begins with the second call. Under the context's lock. */
void view_retire(FlatView *fv, FlatView **batch);
void view_retire_batch(FlatView *batch);

/* Does a view lead to mr that was retired while others had references, and is not freed yet? Looks
 * at all of their ranges. A grace period after the lock was seen free, those and the views that are
 * published are all that there are of that time. */
bool view_any_kept_shows(const MemoryRegion *mr);

/* The range at addr. Where nothing is: false, and *range is the hole with mr NULL. Read section.
 * This is the whole of what an access needs to know of the map. */
bool view_lookup(const FlatView *fv, hwaddr addr, Range *range);

/* A section for a range (cut to nothing), as listeners and find() get it. */
MemoryRegionSection view_section(FlatView *fv, const Range *range);

#endif
