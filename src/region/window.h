/* SPDX-License-Identifier: MIT
 *
 * Windows are ranges of addresses. mark.c and loop.c carry one window from region to region. A set
 * of windows collects the parts of a view that the next commit renders anew (slot.h).
 */
#ifndef REGION_WINDOW_H
#define REGION_WINDOW_H

#include <physmem/types.h>

/* Addresses of a region or a view, both ends inclusive. */
typedef struct Window {
    hwaddr first;
    hwaddr last;
} Window;

/* Moves a window up by 'by', and cuts off the part that passes 2^64. Returns false if nothing is
 * left. */
static inline bool window_move_up(Window *w, hwaddr by)
{
    if (w->first > HWADDR_MAX - by) {
        return false;
    }
    w->first += by;
    w->last = w->last > HWADDR_MAX - by ? HWADDR_MAX : w->last + by;
    return true;
}

/* Moves a window down by 'by', and cuts off the part that would be below 0. Returns false if
 * nothing is left. */
static inline bool window_move_down(Window *w, hwaddr by)
{
    if (w->last < by) {
        return false;
    }
    w->first = w->first < by ? 0 : w->first - by;
    w->last -= by;
    return true;
}

/* Cuts a window to the first 'size' addresses. Returns false if nothing is left. */
static inline bool window_clip(Window *w, Int128 size)
{
    if (int128_ge(int128_make64(w->first), size)) {
        return false;
    }
    w->last = int128_lt(int128_make64(w->last), size) ? w->last : int128_getlo(size) - 1;
    return true;
}

typedef struct WindowSet {
    Window *window;
    size_t count;
    size_t room;
} WindowSet;

/* Adds [first, last], unless the window that was added last contains it. */
void window_set_add(WindowSet *set, hwaddr first, hwaddr last);
/* Sorts the windows, and joins those that overlap or touch. */
void window_set_tidy(WindowSet *set);
/* Replaces the windows of a tidy set, which must not be empty, by one that contains them all. */
void window_set_join(WindowSet *set);
void window_set_clear(WindowSet *set);

#endif
