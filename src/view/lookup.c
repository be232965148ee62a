/* SPDX-License-Identifier: MIT
 *
 * Looks into a flat view: finds the range at an address, makes the section that describes a range,
 * and walks over all ranges for the program. Accesses and commits call this. view.c makes and frees
 * views.
 */
#include <assert.h>

#include "view/view.h"

bool view_lookup(const FlatView *fv, hwaddr addr, Range *range)
{
    RangeTree tree = view_tree(fv);
    const Range *found = range_tree_seek(&tree, addr, NULL);
    if (found && found->start <= addr) {
        *range = *found;
        return true;
    }
    *range = (Range){ .start = addr, .last = found ? found->start - 1 : HWADDR_MAX };
    return false;
}

MemoryRegionSection view_section(FlatView *fv, const Range *range)
{
    return (MemoryRegionSection){
        .size = (Int128)(range->last - range->start) + 1,
        .mr = range->mr,
        .fv = fv,
        .offset_within_region = range->offset,
        .offset_within_address_space = range->start,
        .readonly = range->readonly,
        .nonvolatile = range->nonvolatile,
        .unmergeable = range->unmergeable,
    };
}

void flatview_for_each_range(FlatView *fv, flatview_cb cb, void *opaque)
{
    assert(fv && cb);
    RangeCursor cursor;
    for (const Range *r = view_first(fv, &cursor); r; r = range_cursor_next(&cursor)) {
        if (cb(r->start, (Int128)(r->last - r->start) + 1, r->mr, r->offset, opaque)) {
            return;
        }
    }
}
