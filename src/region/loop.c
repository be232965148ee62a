/* SPDX-License-Identifier: MIT
 *
 * Which edits are refused because a region would show itself without end, or because of where it is
 * already.
 *
 * Some regions of real machines show a part of themselves: a container with a window onto its own
 * lower half further up. That comes to an end, because the window does not show its own place. An
 * edit is refused if a window would show its own place, and so itself again and again: neither
 * rendering it nor looking for the views that show a change in it would end.
 *
 * A way without end passes the edited region without end. So the check walks up from there, through
 * containers and backwards through aliases, clips its window at each, and counts how often it comes
 * back with something of the window left. Disabled regions count as if they were enabled.
 */
#include "base/alloc.h"
#include "region/region.h"
#include "region/room.h"
#include "region/window.h"

enum { MOST_RETURNS = 8 };

/* The attributes that a region has after the edit. */
static const MemoryRegionAttributes *after(const RegionEdit *e, const MemoryRegion *mr)
{
    return mr == e->mr ? &e->to : &mr->attributes;
}

static bool to_container(const RegionEdit *e, const MemoryRegion *mr, Window *w)
{
    const MemoryRegion *container = after(e, mr)->container;
    return container && window_move_up(w, after(e, mr)->addr) &&
           window_clip(w, after(e, container)->size);
}

static bool to_alias(const RegionEdit *e, const MemoryRegion *alias, Window *w)
{
    return window_move_down(w, after(e, alias)->alias_offset) &&
           window_clip(w, after(e, alias)->size);
}

static bool comes_back(const RegionEdit *e, const MemoryRegion *mr, Window w, unsigned returns)
{
    if (mr == e->mr && returns++ == MOST_RETURNS) {
        return true;
    }
    Window above = w;
    if (to_container(e, mr, &above) && comes_back(e, after(e, mr)->container, above, returns)) {
        return true;
    }
    const MemoryRegion *alias;
    LIST_FOREACH(alias, &mr->aliases, alias_link) {
        above = w;
        if (to_alias(e, alias, &above) && comes_back(e, alias, above, returns)) {
            return true;
        }
    }
    return false;
}

bool region_edit_is_endless(const RegionEdit *e)
{
    return e->to.size && comes_back(e, e->mr, (Window){ 0, (hwaddr)(e->to.size - 1) }, 0);
}

/* ---- Adding ------------------------------------------------------------------------------ */

/* Whether 'target' is mr, or contains or shows mr over any number of steps. A walk visits each
 * region once: 'visit' is its mark. */
static bool shown_by(MemoryRegion *mr, const MemoryRegion *target, uint64_t visit)
{
    for (; mr && mr->visit != visit; mr = mr->container) {
        mr->visit = visit;
        if (mr == target) {
            return true;
        }
        MemoryRegion *alias;
        LIST_FOREACH(alias, &mr->aliases, alias_link) {
            if (shown_by(alias, target, visit)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether mr would be inside something that it shows itself, if it contained 'child'. A child that
 * shows no other region makes a loop only with itself. */
static bool makes_loop(MemoryRegion *mr, MemoryRegion *child)
{
    if (!child->alias && TAILQ_EMPTY(&child->subregions)) {
        return mr == child;
    }
    return shown_by(mr, child, ++mr->context->region->latest_visit);
}

static bool is_inside(const MemoryRegion *mr, const MemoryRegion *container)
{
    while (mr && mr != container) {
        mr = mr->container;
    }
    return mr;
}

/* Whether the edit makes a region show itself without end. If a region comes to show a part of
 * itself, notes that there are loops: other edits are then checked, too. */
static bool makes_endless_loop(const RegionEdit *edit)
{
    MemoryRegion *mr = edit->to.container;
    if (!makes_loop(mr, edit->mr)) {
        return false;
    }
    if (is_inside(mr, edit->mr) || region_edit_is_endless(edit)) {
        return true;
    }
    mr->context->region->has_loops = true;
    return false;
}

char *region_edit_refusal(const RegionEdit *edit)
{
    const MemoryRegion *mr = edit->to.container, *child = edit->mr;
    const char *to = region_label(mr), *what = region_label(child);
    if (mr->context != child->context) {
        return alloc_printf("'%s' and '%s' belong to different contexts", to, what);
    }
    if (child->container) {
        return alloc_printf("'%s' is already in container '%s'", what,
                            region_label(child->container));
    }
    if (makes_endless_loop(edit)) {
        return alloc_printf("'%s' shows '%s' already: they would contain each other", what, to);
    }
    return NULL;
}
