/* SPDX-License-Identifier: MIT
 *
 * Tells listeners which ioeventfds came and went in a space (specification section 18). The public
 * edits are in ioeventfd-edit.c.
 *
 * A space that has a listener for ioeventfds keeps a list of the ioeventfds that its listeners
 * know. A commit collects the ioeventfds in the changed windows anew, tells the listeners how they
 * differ from the list, and updates the list.
 */
#include <stdio.h>
#include <stdlib.h>

#include "region/region.h"
#include "region/room.h"
#include "topology/ioeventfds.h"
#include "topology/tell.h"
#include "view/view.h"

/* The section that listeners get: the bytes of the write. It has no region. */
static MemoryRegionSection section_of(const SpacePrivate *s, const MemoryRegionIoeventfd *x)
{
    return (MemoryRegionSection){
        .size = int128_make64(x->size),
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

/* Tells listeners how the entries [first, end) of the list differ from 'now', in one walk over
 * both. */
static void tell_difference(SpacePrivate *s, size_t first, size_t end, const IoeventfdList *now)
{
    const IoeventfdList *old = &s->ioeventfds;
    size_t i = first, j = 0;
    while (i < end || j < now->count) {
        int order = i == end          ? 1
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

static void update_window(SpacePrivate *s, Window w)
{
    IoeventfdList now = { NULL, 0, 0 };
    size_t first = w.first ? ioeventfd_list_after(&s->ioeventfds, w.first - 1) : 0;
    size_t end = ioeventfd_list_after(&s->ioeventfds, w.last);
    ioeventfd_list_collect(&now, s->as->current_map, w);
    if (end > first || now.count) {
        tell_difference(s, first, end, &now);
        ioeventfd_list_replace(&s->ioeventfds, first, end, &now);
    }
    ioeventfd_list_clear(&now);
}

/* Adds changed windows, extended to the ioeventfds that reach into them from below. */
static void add_windows(WindowSet *set, const WindowSet *changed)
{
    for (size_t i = 0; i < changed->count; i++) {
        Window w = changed->window[i];
        window_set_add(set, w.first < IOEVENTFD_REACH ? 0 : w.first - IOEVENTFD_REACH, w.last);
    }
}

void ioeventfds_tell(SpacePrivate *s)
{
    WindowSet set = { NULL, 0, 0 };
    if (!s->eventfd_listeners || (!s->as->context->region->ioeventfds && !s->ioeventfds.count)) {
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
        ioeventfd_list_collect(&s->ioeventfds, s->as->current_map, everywhere);
    }
}

void ioeventfds_unwatch(SpacePrivate *s)
{
    if (!--s->eventfd_listeners) {
        ioeventfd_list_clear(&s->ioeventfds);
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
    ioeventfd_list_collect(&truth, s->as->current_map, everywhere);
    bool same = truth.count == s->ioeventfds.count;
    for (size_t i = 0; same && i < truth.count; i++) {
        same = !ioeventfd_compare(&truth.entry[i], &s->ioeventfds.entry[i]);
    }
    if (!same) {
        fprintf(stderr,
                "physmem: the ioeventfds of address space '%s' are not those of its regions\n",
                s->as->name);
        abort();
    }
    ioeventfd_list_clear(&truth);
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
