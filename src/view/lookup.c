/* SPDX-License-Identifier: MIT
 *
 * Looks into a flat view: finds the range at an address, and walks over all ranges for the program.
 * Accesses and commits call this. view.c makes and frees views.
 */
#include <assert.h>

#include "view/view.h"

bool view_lookup(const FlatView *fv, hwaddr addr, Range *range)
{
    RangeTree tree = view_tree(fv);
    const Range *found = range_tree_find(&tree, addr);
    if (found && found->start <= addr) {
        *range = *found;
        return true;
    }
    *range =
        (Range){ .start = addr, .last = found ? found->start - 1 : HWADDR_MAX, .offset = addr };
    return false;
}

void flatview_for_each_range(FlatView *fv, flatview_cb cb, void *opaque)
{
    assert(fv && cb);
    RangeCursor cursor;
    for (const Range *r = view_first(fv, &cursor); r; r = range_cursor_next(&cursor)) {
        if (cb(int128_make64(r->start), wide_length(r->start, r->last), r->mr, r->offset,
               opaque)) {
            return;
        }
    }
}
