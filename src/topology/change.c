/* SPDX-License-Identifier: MIT
 *
 * Tells the listeners of one space how its next view differs from the present one (specification
 * section 9.2): first the ranges that go, then those that come or stay, each by ascending address.
 * commit.c calls it before it publishes the next view. ioeventfds.c tells of ioeventfds afterwards.
 */
#include "topology/change.h"

#include "topology/coalesce.h"
#include "topology/tell.h"
#include "view/view.h"

/* From one view of a space to the next. Only the windows may be different. */
typedef struct Change {
    SpacePrivate *space;
    FlatView *from_view, *to_view;
    RangeTree from, to;
    const Window *window;
    size_t windows;
} Change;

typedef void TellRange(const Change *c, const Range *range);

/* Calls 'tell' for each range of a tree that touches a window or its neighbouring bytes: a range
 * beside a window may have been joined with what is in it, or parted from it. */
static void for_changed(const Change *c, const RangeTree *tree, TellRange *tell)
{
    hwaddr told = 0; /* ranges that begin below have been told */
    for (size_t i = 0; i < c->windows; i++) {
        Window w = c->window[i];
        hwaddr from = w.first ? w.first - 1 : 0, reach = w.last == HWADDR_MAX ? w.last : w.last + 1;
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

static const Range *counterpart(const RangeTree *tree, const Range *range)
{
    const Range *r = range_tree_seek(tree, range->start, NULL);
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
