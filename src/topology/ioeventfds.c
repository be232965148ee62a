/* SPDX-License-Identifier: MIT
 *
 * What listeners are told of ioeventfds (specification section 18). The public edits are in
 * ioeventfd-edit.c.
 *
 * A space with a listener that wants to know keeps a list of the ioeventfds that can be reached in
 * it, as last told. A commit makes the parts of it anew that lie in changed windows and tells the
 * difference. Which part that is: an ioeventfd is told by its first byte, and it is there if any of
 * its bytes is visible; so a window reaches IOEVENTFD_MAX - 1 bytes down.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "region/region.h"
#include "topology/ioeventfds.h"
#include "topology/tell.h"
#include "view/view.h"

enum { REACH = IOEVENTFD_MAX - 1 };

/* ---- What is in a view ------------------------------------------------------------------ */

/* Ranges come by ascending address, so at most those that begin in one range and reach into the
 * next are out of order. */
static void list_add(IoeventfdList *list, const MemoryRegionIoeventfd *x)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 8;
        list->entry = alloc_resize(list->entry, list->room, sizeof *list->entry);
    }
    size_t i = list->count++;
    for (; i && ioeventfd_compare(&list->entry[i - 1], x) > 0; i--) {
        list->entry[i] = list->entry[i - 1];
    }
    list->entry[i] = *x;
}

static void list_clear(IoeventfdList *list)
{
    free(list->entry);
    *list = (IoeventfdList){ NULL, 0, 0 };
}

/* Those of the range's region that the range shows a byte of and that begin in the window. */
static void collect_range(IoeventfdList *list, const Range *r, Window w)
{
    const IoeventfdTable *table = r->mr->ioeventfds;
    Int128 up = (Int128)r->start - r->offset;
    hwaddr offset_last = r->offset + (r->last - r->start);
    hwaddr from = r->offset < REACH ? 0 : r->offset - REACH;
    if (w.first - up > from) {
        from = (hwaddr)(w.first - up);
    }
    for (size_t i = ioeventfd_table_seek(table, from); i < table->count; i++) {
        MemoryRegionIoeventfd x = table->entry[i];
        Int128 at = x.addr + up;
        if (x.addr > offset_last || at > w.last) {
            break;
        }
        if (at >= 0 && ioeventfd_last(&x) >= r->offset) {
            x.addr = (hwaddr)at;
            list_add(list, &x);
        }
    }
}

static void collect(IoeventfdList *list, const FlatView *fv, Window w)
{
    RangeTree tree = view_tree(fv);
    RangeCursor cursor;
    hwaddr reach = w.last > HWADDR_MAX - REACH ? HWADDR_MAX : w.last + REACH;
    const Range *r = range_tree_seek(&tree, w.first, &cursor);
    for (; r && r->start <= reach; r = range_cursor_next(&cursor)) {
        if (r->mr->ioeventfds) {
            collect_range(list, r, w);
        }
    }
}

/* ---- The difference --------------------------------------------------------------------- */

static MemoryRegionSection section_of(const SpacePrivate *s, const MemoryRegionIoeventfd *x)
{
    return (MemoryRegionSection){
        .size = x->size,
        .fv = address_space_to_flatview(s->as),
        .offset_within_address_space = x->addr,
    };
}

static void tell_add(SpacePrivate *s, const MemoryRegionIoeventfd *x)
{
    MemoryRegionSection section = section_of(s, x);
    TELL_DESCENDING(&s->listeners, link_as, eventfd_add, &section, x->match_data, x->data, x->e);
}

static void tell_del(SpacePrivate *s, const MemoryRegionIoeventfd *x)
{
    MemoryRegionSection section = section_of(s, x);
    TELL_ASCENDING(&s->listeners, link_as, eventfd_del, &section, x->match_data, x->data, x->e);
}

static size_t first_behind(const IoeventfdList *list, hwaddr last)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->entry[middle].addr <= last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Tells listeners how entries [first, behind) of the list differ from 'now'. Entries are named by
 * their index, because an empty list has no array. */
static void tell_difference(SpacePrivate *s, size_t first, size_t behind, const IoeventfdList *now)
{
    const IoeventfdList *old = &s->ioeventfds;
    size_t i = first, j = 0;
    while (i < behind || j < now->count) {
        int order = i == behind       ? 1
                    : j == now->count ? -1
                                      : ioeventfd_compare(&old->entry[i], &now->entry[j]);
        if (order < 0) {
            tell_del(s, &old->entry[i++]);
        } else if (order > 0) {
            tell_add(s, &now->entry[j++]);
        } else {
            i++;
            j++;
        }
    }
}

/* [first, behind) of the list becomes 'now'. */
static void list_replace(IoeventfdList *list, size_t first, size_t behind, const IoeventfdList *now)
{
    size_t rest = list->count - behind, count = first + now->count + rest;
    if (count > list->room) {
        list->room = count + count / 2;
        list->entry = alloc_resize(list->entry, list->room, sizeof *list->entry);
    }
    memmove(list->entry + first + now->count, list->entry + behind, rest * sizeof *list->entry);
    if (now->count) {
        memcpy(list->entry + first, now->entry, now->count * sizeof *list->entry);
    }
    list->count = count;
}

static void update_window(SpacePrivate *s, Window w)
{
    IoeventfdList now = { NULL, 0, 0 };
    size_t first = w.first ? first_behind(&s->ioeventfds, w.first - 1) : 0;
    size_t behind = first_behind(&s->ioeventfds, w.last);
    collect(&now, s->as->current_map, w);
    if (behind > first || now.count) {
        tell_difference(s, first, behind, &now);
        list_replace(&s->ioeventfds, first, behind, &now);
    }
    list_clear(&now);
}

static void add_windows(WindowSet *set, const WindowSet *changed)
{
    for (size_t i = 0; i < changed->count; i++) {
        Window w = changed->window[i];
        window_set_add(set, w.first < REACH ? 0 : w.first - REACH, w.last);
    }
}

void ioeventfds_tell(SpacePrivate *s)
{
    WindowSet set = { NULL, 0, 0 };
    if (!s->eventfd_listeners || (!s->as->context->ioeventfds && !s->ioeventfds.count)) {
        return;
    }
    if (s->moved) {
        window_set_add(&set, 0, HWADDR_MAX);
    } else {
        add_windows(&set, &s->slot->changed);
        add_windows(&set, &s->slot->ioeventfds);
        window_set_tidy(&set);
    }
    for (size_t i = 0; i < set.count; i++) {
        update_window(s, set.window[i]);
    }
    window_set_clear(&set);
}

/* ---- Listeners that come and go --------------------------------------------------------- */

static const Window everywhere = { 0, HWADDR_MAX };

void ioeventfds_watch(SpacePrivate *s)
{
    if (!s->eventfd_listeners++) {
        collect(&s->ioeventfds, s->as->current_map, everywhere);
    }
}

void ioeventfds_unwatch(SpacePrivate *s)
{
    if (!--s->eventfd_listeners) {
        list_clear(&s->ioeventfds);
    }
}

void ioeventfds_introduce(MemoryListener *l)
{
    const SpacePrivate *s = l->address_space->priv;
    for (size_t i = 0; l->eventfd_add && i < s->ioeventfds.count; i++) {
        const MemoryRegionIoeventfd *x = &s->ioeventfds.entry[i];
        MemoryRegionSection section = section_of(s, x);
        l->eventfd_add(l, &section, x->match_data, x->data, x->e);
    }
}

void ioeventfds_dismiss(MemoryListener *l)
{
    const SpacePrivate *s = l->address_space->priv;
    for (size_t i = 0; l->eventfd_del && i < s->ioeventfds.count; i++) {
        const MemoryRegionIoeventfd *x = &s->ioeventfds.entry[i];
        MemoryRegionSection section = section_of(s, x);
        l->eventfd_del(l, &section, x->match_data, x->data, x->e);
    }
}

static void verify(const SpacePrivate *s)
{
    IoeventfdList truth = { NULL, 0, 0 };
    collect(&truth, s->as->current_map, everywhere);
    bool same = truth.count == s->ioeventfds.count;
    for (size_t i = 0; same && i < truth.count; i++) {
        same = !ioeventfd_compare(&truth.entry[i], &s->ioeventfds.entry[i]);
    }
    if (!same) {
        fprintf(stderr, "physmem: the ioeventfds of '%s' are not those of its regions\n",
                s->as->name);
        abort();
    }
    list_clear(&truth);
}

void ioeventfds_verify(MemoryContext *ctx)
{
    const SpacePrivate *s;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (s->eventfd_listeners) {
            verify(s);
        }
    }
}
