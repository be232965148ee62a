/* SPDX-License-Identifier: MIT
 *
 * Carries a change from the region where it happened to the views that show it: up through
 * containers and backwards through aliases, clipped at each. A window is in the coordinates of the
 * region at hand.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "region/region.h"
#include "region/room.h"
#include "region/slot.h"

void window_set_add(WindowSet *set, hwaddr first, hwaddr last)
{
    if (set->count) {
        Window *latest = &set->window[set->count - 1];
        if (latest->first <= first && latest->last >= last) {
            return;
        }
    }
    if (set->count == set->room) {
        set->room = set->room ? 2 * set->room : 4;
        set->window = alloc_resize(set->window, set->room, sizeof *set->window);
    }
    set->window[set->count++] = (Window){ first, last };
}

static int by_first(const void *a, const void *b)
{
    const Window *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

void window_set_tidy(WindowSet *set)
{
    if (set->count < 2) {
        return;
    }
    qsort(set->window, set->count, sizeof *set->window, by_first);
    size_t kept = 0;
    for (size_t i = 1; i < set->count; i++) {
        Window *w = &set->window[kept], *next = &set->window[i];
        if (w->last == HWADDR_MAX || next->first <= w->last + 1) {
            w->last = next->last > w->last ? next->last : w->last;
        } else {
            set->window[++kept] = *next;
        }
    }
    set->count = kept + 1;
}

void window_set_clear(WindowSet *set)
{
    free(set->window);
    *set = (WindowSet){ NULL, 0, 0 };
}

/* Moves a window up by 'by'. Returns false if nothing of it is left below 2^64. */
static bool shift_up(Window *w, hwaddr by)
{
    if (w->first > HWADDR_MAX - by) {
        return false;
    }
    w->first += by;
    w->last = w->last > HWADDR_MAX - by ? HWADDR_MAX : w->last + by;
    return true;
}

static bool clip_to(Window *w, const MemoryRegion *mr)
{
    if (region_is_empty(mr) || w->first > region_last(mr)) {
        return false;
    }
    w->last = w->last < region_last(mr) ? w->last : region_last(mr);
    return true;
}

/* What is different in a window: the regions that it shows, or only ioeventfds. */
typedef enum Difference { SHOWN, IOEVENTFDS } Difference;

/* 'displaced' is the own address of the view's key, which is where the key lies in the view. */
static void mark_view(ViewSlot *slot, hwaddr displaced, Window w, Difference d)
{
    if (!shift_up(&w, displaced)) {
        return;
    }
    window_set_add(d == SHOWN ? &slot->changed : &slot->ioeventfds, w.first, w.last);
    if (!slot->queued) {
        slot->queued = true;
        TAILQ_INSERT_TAIL(&slot->context->region->changed_views, slot, queue);
    }
}

static void mark_window(MemoryRegion *mr, Window w, Difference d);

static void mark_above(MemoryRegion *mr, Window w, Difference d)
{
    if (mr->slot) {
        mark_view(mr->slot, mr->addr, w, d);
    }
    if (mr->container && shift_up(&w, mr->addr) && clip_to(&w, mr->container)) {
        mark_window(mr->container, w, d);
    }
}

static void mark_through_alias(MemoryRegion *alias, Window w, Difference d)
{
    hwaddr offset = alias->alias_offset;
    if (w.last < offset) {
        return;
    }
    w.first = w.first < offset ? 0 : w.first - offset;
    w.last -= offset;
    if (clip_to(&w, alias)) {
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
    LIST_FOREACH(alias, &mr->aliases, alias_link) {
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
    if (clip_to(&w, mr)) {
        mark_window(mr, w, IOEVENTFDS);
    }
}
