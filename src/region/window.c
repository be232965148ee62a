/* SPDX-License-Identifier: MIT
 *
 * Sets of windows (window.h). A set is a plain array: edits append to it, and a commit sorts it
 * once.
 */
#include "region/window.h"

#include <stdlib.h>

#include "base/alloc.h"

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
        set->window = alloc_resize(set->window, set->room, sizeof(*set->window));
    }
    set->window[set->count++] = (Window){ first, last };
}

static int by_first(const void *a, const void *b)
{
    const Window *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Edits of a machine that is being made often come in this order. */
static bool is_ascending(const WindowSet *set)
{
    size_t i = 1;
    while (i < set->count && set->window[i - 1].first <= set->window[i].first) {
        i++;
    }
    return i >= set->count;
}

void window_set_tidy(WindowSet *set)
{
    if (set->count < 2) {
        return;
    }
    if (!is_ascending(set)) {
        qsort(set->window, set->count, sizeof(*set->window), by_first);
    }
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

void window_set_join(WindowSet *set)
{
    set->window[0].last = set->window[set->count - 1].last;
    set->count = 1;
}

void window_set_clear(WindowSet *set)
{
    free(set->window);
    *set = (WindowSet){ NULL, 0, 0 };
}
