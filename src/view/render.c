/* SPDX-License-Identifier: MIT
 *
 * The renderer (specification 6.1). It goes down the tree with a window and looks only at children
 * that touch the window. Of children that overlap, the one of the highest priority comes first, of
 * equal ones the newest; later children only fill the gaps that are left.
 *
 * A window is in offsets of the region that is being rendered. An offset plus 'shift', modulo 2^64,
 * is the address in the view. Each step clips the window before it adds to it, so 64 bits are
 * enough: each offset in a window stands for an address of the view.
 */
#include "view/render.h"

#include "region/extras.h"
#include "region/region.h"

typedef struct Rendering {
    RangeTree *out;
    hwaddr shift;
    bool readonly;
    bool nonvolatile;
} Rendering;

static void render_region(Rendering r, MemoryRegion *mr, Window w);

static bool clip(Window *w, hwaddr first, hwaddr last)
{
    w->first = w->first > first ? w->first : first;
    w->last = w->last < last ? w->last : last;
    return w->first <= w->last;
}

static bool clip_to_region(Window *w, const MemoryRegion *mr)
{
    return !region_is_empty(mr) && clip(w, 0, region_last(mr));
}

static void render_target(Rendering r, MemoryRegion *alias, Window w)
{
    hwaddr offset = alias->alias_offset;
    if (w.first > HWADDR_MAX - offset) {
        return;
    }
    w.first += offset;
    w.last = w.last > HWADDR_MAX - offset ? HWADDR_MAX : w.last + offset;
    r.shift -= offset;
    render_region(r, alias->alias, w);
}

static void render_child(Rendering r, MemoryRegion *child, Window w)
{
    if (!clip(&w, child->addr, HWADDR_MAX)) {
        return;
    }
    w.first -= child->addr;
    w.last -= child->addr;
    r.shift += child->addr;
    render_region(r, child, w);
}

static void render_children(Rendering r, MemoryRegion *mr, Window w)
{
    ChildrenFound found;
    children_find(mr, w.first, w.last, &found);
    for (size_t i = 0; i < found.count; i++) {
        render_child(r, found.child[i], w);
    }
    children_found_free(&found);
}

static void place(Rendering r, MemoryRegion *mr, hwaddr first, hwaddr last)
{
    Range range = {
        .start = first,
        .last = last,
        .mr = mr,
        .offset = first - r.shift,
        .dirty_mask = region_shown_dirty_mask(mr),
        .romd = memory_region_is_romd(mr),
        .readonly = r.readonly,
        .own_readonly = mr->readonly,
        .nonvolatile = r.nonvolatile,
        .unmergeable = mr->unmergeable,
    };
    range_tree_insert(r.out, &range);
}

/* Places mr in the parts of a window that no other region has taken yet. */
static void fill_gaps(Rendering r, MemoryRegion *mr, Window w)
{
    hwaddr at = w.first + r.shift, last = w.last + r.shift;
    for (;;) {
        const Range *next = range_tree_find(r.out, at);
        if (!next || next->start > last) {
            place(r, mr, at, last);
            return;
        }
        hwaddr behind = next->last; /* place() may move *next */
        if (next->start > at) {
            place(r, mr, at, next->start - 1);
        }
        if (behind >= last) {
            return;
        }
        at = behind + 1;
    }
}

static void render_region(Rendering r, MemoryRegion *mr, Window w)
{
    if (!mr->enabled || !clip_to_region(&w, mr)) {
        return;
    }
    r.readonly |= mr->readonly;
    r.nonvolatile |= mr->nonvolatile;
    if (mr->kind == MEMORY_KIND_ALIAS) {
        render_target(r, mr, w);
        return;
    }
    if (region_extras(mr)->index) {
        render_children(r, mr, w);
    }
    if (mr->kind != MEMORY_KIND_CONTAINER) {
        fill_gaps(r, mr, w);
    }
}

/* The key is placed at its own address, as if it were the child of a region that begins at 0. */
void render_window(RangeTree *out, MemoryRegion *key, Window window)
{
    if (key) {
        render_child((Rendering){ .out = out }, key, window);
    }
}

RangeTree render_all(MemoryRegion *key)
{
    RangeTree tree = { NULL, 0, 0 };
    render_splice(&tree, key, (Window){ 0, HWADDR_MAX });
    return tree;
}
