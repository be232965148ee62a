/* SPDX-License-Identifier: MIT
 *
 * Flat views: each is a range tree with a count of references (holds.h). A commit makes a view and
 * publishes it in all spaces that show the same region. A later commit retires it. A view that is
 * retired is freed when its readers have left and its last reference is gone. topology/ makes and
 * retires views; access/, inspect/ and topology/ look into them.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <physmem/view.h>

#include "base/context.h"
#include "base/wide.h"
#include "region/window.h"
#include "view/range-tree.h"

/* What this room keeps for a context. No view may be left when it is freed. */
void view_room_new(MemoryContext *ctx);
void view_room_free(MemoryContext *ctx);

/* Makes the first version of a view from the ranges in 'tree', and empties 'tree'. The view lives
 * until it is retired and nobody holds a reference on it. 'key' is the region from which the tree
 * was rendered, or NULL for an empty tree. */
FlatView *view_new(MemoryContext *ctx, MemoryRegion *key, RangeTree *tree);

/* The same for the version after 'before', which differs from it in the windows only. */
FlatView *view_next(const FlatView *before, RangeTree *tree, const WindowSet *changed);

static inline RangeTree view_tree(const FlatView *fv)
{
    return (RangeTree){ fv->root, fv->height, fv->ranges };
}

/* Returns the lowest range of a view, or NULL if it is empty. range_cursor_next() goes on from
 * there. */
static inline const Range *view_first(const FlatView *fv, RangeCursor *cursor)
{
    RangeTree tree = view_tree(fv);
    return range_tree_seek(&tree, 0, cursor);
}

/* view_retire() adds a view that no space shows any more to *batch, which is NULL at first.
 * view_retire_batch() frees the views of a batch, which may be NULL, after one grace period for
 * all. Views on which somebody holds a reference (holds.h) are freed later. Under the context's
 * lock. */
void view_retire(FlatView *fv, FlatView **batch);
void view_retire_batch(FlatView *batch);

/* Takes a reference that flatview_unref() drops. The view must be alive: shown to the caller's read
 * section, or kept by another reference. */
void view_ref(FlatView *fv);

/* Returns whether a retired view that is not freed yet shows mr. This looks at all ranges of all
 * these views. topology/unused.c says why no other view matters. */
bool view_any_retired_shows(const MemoryRegion *mr);

/* Returns the range that holds addr, or NULL if none does. In a read section. */
static inline const Range *view_range_at(const FlatView *fv, hwaddr addr)
{
    RangeTree tree = view_tree(fv);
    const Range *found = range_tree_find(&tree, addr);
    return found && found->start <= addr ? found : NULL;
}

/* Returns whether a range holds addr, and puts it into *range. If none does, *range is the hole
 * from addr on, with mr NULL and offset addr. In a read section. Accesses need nothing else of a
 * view. */
bool view_lookup(const FlatView *fv, hwaddr addr, Range *range);

/* Returns the section that describes a whole range, for listeners and memory_region_find(). The
 * section holds no reference. */
static inline MemoryRegionSection view_section(FlatView *fv, const Range *range)
{
    return (MemoryRegionSection){
        .size = wide_length(range->start, range->last),
        .mr = range->mr,
        .fv = fv,
        .offset_within_region = range->offset,
        .offset_within_address_space = range->start,
        .readonly = range->readonly,
        .nonvolatile = range->nonvolatile,
        .unmergeable = range->unmergeable,
    };
}

#endif
