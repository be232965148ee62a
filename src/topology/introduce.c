/* SPDX-License-Identifier: MIT
 *
 * Tells one listener of everything in its space (specification section 9.1): that it is there,
 * when the listener is registered, and that it goes, when the listener is unregistered. listener.c
 * calls it.
 */
#include "topology/introduce.h"

#include "region/room.h"
#include "topology/coalesce.h"
#include "topology/ioeventfds.h"
#include "topology/tell.h"
#include "view/view.h"

static void tell_all_added(MemoryListener *l, FlatView *fv)
{
    RangeCursor cursor;
    for (const Range *r = view_first(fv, &cursor); r; r = range_cursor_next(&cursor)) {
        MemoryRegionSection section = view_section(fv, r);
        if (l->region_add) {
            l->region_add(l, &section);
        }
        if (r->dirty_mask && l->log_start) {
            l->log_start(l, &section, 0, r->dirty_mask);
        }
    }
}

static void tell_all_removed(MemoryListener *l, FlatView *fv)
{
    RangeCursor cursor;
    for (const Range *r = view_first(fv, &cursor); r; r = range_cursor_next(&cursor)) {
        MemoryRegionSection section = view_section(fv, r);
        if (r->dirty_mask && l->log_stop) {
            l->log_stop(l, &section, r->dirty_mask, 0);
        }
        if (l->region_del) {
            l->region_del(l, &section);
        }
    }
}

void listener_introduce(MemoryListener *l)
{
    AddressSpace *as = l->address_space;
    as->context->telling++;
    if (l->begin) {
        l->begin(l);
    }
    if (as->context->region->logs_migration) {
        listener_log_global_start(l);
    }
    tell_all_added(l, address_space_to_flatview(as));
    coalesced_introduce(l);
    ioeventfds_introduce(l);
    if (l->commit) {
        l->commit(l);
    }
    as->context->telling--;
}

void listener_dismiss(MemoryListener *l)
{
    AddressSpace *as = l->address_space;
    as->context->telling++;
    if (l->begin) {
        l->begin(l);
    }
    ioeventfds_dismiss(l);
    coalesced_dismiss(l);
    tell_all_removed(l, address_space_to_flatview(as));
    if (l->commit) {
        l->commit(l);
    }
    as->context->telling--;
}
