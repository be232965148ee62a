/* SPDX-License-Identifier: MIT
 *
 * Tells the listeners of one space how its next view differs from the present one (specification
 * section 9.2): first of ranges that vanish, then of ranges that appear or stay, both by ascending
 * address. commit.c calls it before it publishes the next view. After that, ioeventfds.c tells of
 * ioeventfds.
 */
#include "topology/change.h"

#include "topology/coalesce.h"
#include "topology/tell.h"
#include "view/view.h"

/* A comparison of two views. They can differ only in the windows. */
typedef struct Change {
    SpacePrivate *space;
    FlatView *from_view, *to_view;
    RangeTree from, to;
    const Window *window;
    size_t windows;
} Change;

typedef void TellRange(const Change *c, const Range *range);

/* Calls 'tell' once for each range of a tree that touches a window or a byte next to it. A range
 * next to a window can be different, too: it may have been joined with a range inside, or cut off
 * from one. */
static void for_changed(const Change *c, const RangeTree *tree, TellRange *tell)
{
    hwaddr told = 0; /* ranges that begin below this address have been told */
    for (size_t i = 0; i < c->windows; i++) {
        Window w = c->window[i];
        hwaddr from = w.first ? w.first - 1 : 0;
        hwaddr reach = w.last == HWADDR_MAX ? w.last : w.last + 1;
        RangeCursor cursor;
        const Range *r = range_tree_seek(tree, from > told ? from : told, &cursor);
        for (; r && r->start <= reach; r = range_cursor_next(&cursor)) {
            if (r->start >= told) {
                tell(c, r);
            }
            if (r->last == HWADDR_MAX) {
                return;
            }
            told = r->last + 1;
        }
    }
}

/* Returns the same range in the other view, or NULL. */
static const Range *counterpart(const RangeTree *tree, const Range *range)
{
    const Range *r = range_tree_find(tree, range->start);
    return r && range_same(r, range) ? r : NULL;
}

static void tell_if_removed(const Change *c, const Range *range)
{
    if (!counterpart(&c->to, range)) {
        MemoryRegionSection section = view_section(c->from_view, range);
        coalesced_vanish(c->space, &section);
        listeners_region_del(c->space, &section);
    }
}

/* The range is in both views. Its mask of dirty clients may have changed. */
static void tell_stayed(const Change *c, const Range *old, const Range *range)
{
    MemoryRegionSection section = view_section(c->to_view, range);
    listeners_region_nop(c->space, &section);
    if (range->dirty_mask & ~old->dirty_mask) {
        listeners_log_start(c->space, &section, old->dirty_mask, range->dirty_mask);
    }
    if (old->dirty_mask & ~range->dirty_mask) {
        section.fv = c->from_view;
        listeners_log_stop(c->space, &section, old->dirty_mask, range->dirty_mask);
    }
}

static void tell_present(const Change *c, const Range *range)
{
    const Range *old = counterpart(&c->from, range);
    if (old) {
        tell_stayed(c, old, range);
    } else {
        MemoryRegionSection section = view_section(c->to_view, range);
        listeners_region_add(c->space, &section);
        coalesced_appear(c->space, &section);
    }
}

void change_tell(SpacePrivate *s, FlatView *from, FlatView *to)
{
    static const Window everything = { 0, HWADDR_MAX };
    bool all = s->moved || s->nop_listeners;
    Change c = {
        .space = s,
        .from_view = from,
        .to_view = to,
        .from = view_tree(from),
        .to = view_tree(to),
        .window = all ? &everything : s->slot->changed.window,
        .windows = all ? 1 : s->slot->changed.count,
    };
    for_changed(&c, &c.from, tell_if_removed);
    for_changed(&c, &c.to, tell_present);
}
