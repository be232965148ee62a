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

static Int128 size_of(const RegionPlace *p, const MemoryRegion *mr)
{
    return mr == p->mr ? p->size : mr->size;
}

static bool clip(Window *w, Int128 size)
{
    if (w->first >= size) {
        return false;
    }
    w->last = w->last < size ? w->last : (hwaddr)(size - 1);
    return true;
}

static bool to_container(const RegionPlace *p, const MemoryRegion *mr, Window *w)
{
    const MemoryRegion *container = mr == p->mr ? p->container : mr->container;
    hwaddr addr = mr == p->mr ? p->addr : mr->addr;
    if (!container || w->first > HWADDR_MAX - addr) {
        return false;
    }
    w->first += addr;
    w->last = w->last > HWADDR_MAX - addr ? HWADDR_MAX : w->last + addr;
    return clip(w, size_of(p, container));
}

static bool to_alias(const RegionPlace *p, const MemoryRegion *alias, Window *w)
{
    hwaddr offset = alias == p->mr ? p->alias_offset : alias->alias_offset;
    if (w->last < offset) {
        return false;
    }
    w->first = w->first < offset ? 0 : w->first - offset;
    w->last -= offset;
    return clip(w, size_of(p, alias));
}

static bool comes_back(const RegionPlace *p, const MemoryRegion *mr, Window w, unsigned returns)
{
    if (mr == p->mr && returns++ == MOST_RETURNS) {
        return true;
    }
    Window above = w;
    if (to_container(p, mr, &above) &&
        comes_back(p, mr == p->mr ? p->container : mr->container, above, returns)) {
        return true;
    }
    const MemoryRegion *alias;
    LIST_FOREACH(alias, &mr->aliases, alias_link) {
        above = w;
        if (to_alias(p, alias, &above) && comes_back(p, alias, above, returns)) {
            return true;
        }
    }
    return false;
}

bool region_place_is_endless(const RegionPlace *p)
{
    return p->size && comes_back(p, p->mr, (Window){ 0, (hwaddr)(p->size - 1) }, 0);
}
