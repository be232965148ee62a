/* SPDX-License-Identifier: MIT
 *
 * Regions that show themselves. Real machines have them: a container with a window onto its own
 * lower half further up. That comes to an end, because the window does not show its own place. What
 * is refused is a window that does, again and again: rendering it, or looking for the views that
 * show a change in it, would not end.
 *
 * A way without end passes the region just edited without end. So it is enough to walk up from
 * there, through containers and backwards through aliases, clipped at each, and to count how often
 * the walk comes back with something of the window left. Disabled regions count as if they were
 * enabled.
 */
#include "region/region.h"
#include "region/slot.h"

enum { MOST_RETURNS = 8 };

/* The attributes that a region has after the edit. */
static const MemoryRegionAttributes *after(const RegionEdit *e, const MemoryRegion *mr)
{
    return mr == e->mr ? &e->to : &mr->attributes;
}

static bool clip(Window *w, Int128 size)
{
    if (w->first >= size) {
        return false;
    }
    w->last = w->last < size ? w->last : (hwaddr)(size - 1);
    return true;
}

static bool to_container(const RegionEdit *e, const MemoryRegion *mr, Window *w)
{
    const MemoryRegion *container = after(e, mr)->container;
    hwaddr addr = after(e, mr)->addr;
    if (!container || w->first > HWADDR_MAX - addr) {
        return false;
    }
    w->first += addr;
    w->last = w->last > HWADDR_MAX - addr ? HWADDR_MAX : w->last + addr;
    return clip(w, after(e, container)->size);
}

static bool to_alias(const RegionEdit *e, const MemoryRegion *alias, Window *w)
{
    hwaddr offset = after(e, alias)->alias_offset;
    if (w->last < offset) {
        return false;
    }
    w->first = w->first < offset ? 0 : w->first - offset;
    w->last -= offset;
    return clip(w, after(e, alias)->size);
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
