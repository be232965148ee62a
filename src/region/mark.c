/* SPDX-License-Identifier: MIT
 *
 * Marks in views what an edit has changed. A window starts in the edited region. It is carried up
 * through containers and backwards through aliases, and clipped at each, to the regions that are
 * keys of views. On the way it is in the offsets of the region that it has reached.
 */
#include "region/extras.h"
#include "region/region.h"
#include "region/room.h"
#include "region/slot.h"

/* Whether the regions in a window have changed, or only ioeventfds. */
typedef enum Difference { SHOWN, IOEVENTFDS } Difference;

void view_slot_mark(ViewSlot *slot, WindowSet *set, Window w)
{
    window_set_add(set, w.first, w.last);
    if (!slot->queued) {
        slot->queued = true;
        TAILQ_INSERT_TAIL(&slot->context->region->changed_views, slot, queue);
    }
}

/* 'displaced' is the address of the view's key, by which the view is shifted (R23). */
static void mark_view(ViewSlot *slot, hwaddr displaced, Window w, Difference d)
{
    if (window_move_up(&w, displaced)) {
        view_slot_mark(slot, d == SHOWN ? &slot->changed : &slot->ioeventfds, w);
    }
}

static void mark_window(MemoryRegion *mr, Window w, Difference d);

/* Marks the view of mr, if it has one, and carries the window to the container. */
static void mark_above(MemoryRegion *mr, Window w, Difference d)
{
    ViewSlot *slot = region_extras(mr)->slot;
    if (slot) {
        mark_view(slot, mr->addr, w, d);
    }
    if (mr->container && window_move_up(&w, mr->addr) && window_clip(&w, mr->container->size)) {
        mark_window(mr->container, w, d);
    }
}

static void mark_through_alias(MemoryRegion *alias, Window w, Difference d)
{
    if (window_move_down(&w, alias->alias_offset) && window_clip(&w, alias->size)) {
        mark_window(alias, w, d);
    }
}

static void mark_window(MemoryRegion *mr, Window w, Difference d)
{
    if (!mr->enabled) {
        return;
    }
    mark_above(mr, w, d);
    MemoryRegion *alias;
    LIST_FOREACH(alias, &region_extras(mr)->aliases, alias_link) {
        mark_through_alias(alias, w, d);
    }
}

void region_mark(MemoryRegion *mr)
{
    if (!region_is_empty(mr)) {
        mark_window(mr, (Window){ 0, region_last(mr) }, SHOWN);
    }
}

void region_mark_place(MemoryRegion *mr)
{
    if (mr->enabled && !region_is_empty(mr)) {
        mark_above(mr, (Window){ 0, region_last(mr) }, SHOWN);
    }
}

void region_mark_ioeventfd(MemoryRegion *mr, hwaddr first, hwaddr last)
{
    Window w = { first, last };
    if (window_clip(&w, mr->size)) {
        mark_window(mr, w, IOEVENTFDS);
    }
}
