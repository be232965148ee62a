/* SPDX-License-Identifier: MIT
 *
 * Finds edits that must be refused, because a region would show itself without end or must not go
 * into that container. topology/edit.c calls it before it adds a subregion, or edits an address, a
 * size or an alias offset.
 *
 * Some real machines have a region that shows a part of itself: a container whose upper half has
 * an alias on its lower half. That is finite, because the alias does not show the place where it
 * is itself. If it did, it would show itself inside itself again and again. Neither rendering
 * (view/render.c) nor marking (mark.c) would end, so such an edit is refused.
 *
 * An endless chain of regions passes the edited region again and again. So the check starts with
 * all of the edited region as its window. It walks up through containers and backwards through
 * aliases, clips the window at each, and counts how often it returns to the edited region with a
 * window that is not empty. Disabled regions count like enabled ones.
 */
#include "base/alloc.h"
#include "region/extras.h"
#include "region/region.h"
#include "region/room.h"
#include "region/window.h"

/* A region that is reached again so many times is taken to show itself without end. */
enum { ENDLESS_RETURNS = 8 };

/* Returns the attributes that a region will have after the edit. */
static const MemoryRegionAttributes *after(const RegionEdit *e, const MemoryRegion *mr)
{
    return mr == e->mr ? &e->to : &mr->attributes;
}

/* Carries a window from a region to its container, or from an alias's target to the alias. Returns
 * false if nothing of it is left there. */
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

/* Whether the window, carried on from mr, returns to the edited region ENDLESS_RETURNS times. */
static bool comes_back(const RegionEdit *e, const MemoryRegion *mr, Window w, unsigned returns)
{
    if (mr == e->mr && returns++ == ENDLESS_RETURNS) {
        return true;
    }
    Window above = w;
    if (to_container(e, mr, &above) && comes_back(e, after(e, mr)->container, above, returns)) {
        return true;
    }
    const MemoryRegion *alias;
    LIST_FOREACH(alias, &region_extras(mr)->aliases, alias_link) {
        above = w;
        if (to_alias(e, alias, &above) && comes_back(e, alias, above, returns)) {
            return true;
        }
    }
    return false;
}

bool region_edit_is_endless(const RegionEdit *e)
{
    return int128_nz(e->to.size) &&
           comes_back(e, e->mr, (Window){ 0, int128_getlo(e->to.size) - 1 }, 0);
}

/* ---- Adding a subregion ----------------------------------------------------------------- */

/* Whether 'target' is mr, or contains or shows mr, directly or through other regions. The walk
 * marks each region with 'visit', so that it visits it once. */
static bool shown_by(MemoryRegion *mr, const MemoryRegion *target, uint64_t visit)
{
    for (; mr && region_extras(mr)->visit != visit; mr = mr->container) {
        region_extras_made(mr)->visit = visit;
        if (mr == target) {
            return true;
        }
        MemoryRegion *alias;
        LIST_FOREACH(alias, &region_extras(mr)->aliases, alias_link) {
            if (shown_by(alias, target, visit)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether mr would show itself, or a part of itself, if it contained 'child'. A child that shows
 * no other region causes that only if it is mr. */
static bool makes_loop(MemoryRegion *mr, MemoryRegion *child)
{
    if (!region_target(child) && TAILQ_EMPTY(&child->subregions)) {
        return mr == child;
    }
    return shown_by(mr, child, ++mr->parent_obj.context->region->latest_visit);
}

static bool is_inside(const MemoryRegion *mr, const MemoryRegion *container)
{
    while (mr && mr != container) {
        mr = mr->container;
    }
    return mr != NULL;
}

/* Whether the edit makes a region show itself without end. If a region will show a part of itself,
 * sets has_loops: from then on topology/edit.c also checks edits of address, size and alias
 * offset. */
static bool makes_endless_loop(const RegionEdit *edit)
{
    MemoryRegion *mr = edit->to.container;
    if (!makes_loop(mr, edit->mr)) {
        return false;
    }
    if (is_inside(mr, edit->mr) || region_edit_is_endless(edit)) {
        return true;
    }
    mr->parent_obj.context->region->has_loops = true;
    return false;
}

char *region_edit_refusal(const RegionEdit *edit)
{
    const MemoryRegion *mr = edit->to.container, *child = edit->mr;
    const char *to = region_label(mr), *what = region_label(child);
    if (mr->parent_obj.context != child->parent_obj.context) {
        return alloc_printf("'%s' and '%s' belong to different contexts", to, what);
    }
    if (child->container) {
        return alloc_printf("'%s' is already in container '%s': remove it there first", what,
                            region_label(child->container));
    }
    if (makes_endless_loop(edit)) {
        return alloc_printf("'%s' shows '%s' already: they would contain each other", what, to);
    }
    return NULL;
}
