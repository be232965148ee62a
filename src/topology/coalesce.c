/* SPDX-License-Identifier: MIT
 *
 * Tells listeners of coalesced ranges (specification section 19). There are three occasions, each
 * with a part of this file: sections that show the ranges appear or vanish, a listener is
 * registered or unregistered, a region gets or loses a range. The public calls are in
 * coalesce-edit.c.
 */
#include "topology/coalesce.h"

#include "base/wide.h"
#include "region/coalesce.h"
#include "region/extras.h"
#include "topology/tell.h"
#include "view/view.h"

/* The part of a coalesced range that a section shows. 'addr' is an address of the space. */
typedef struct Piece {
    hwaddr addr;
    hwaddr len;
} Piece;

/* Returns false if the section shows nothing of the range. */
static bool cut_piece(const CoalescedMemoryRange *c, const MemoryRegionSection *section, Piece *p)
{
    Int128 first = int128_make64(section->offset_within_region);
    Int128 from = int128_max(first, int128_make64(c->offset));
    Int128 to = int128_min(wide_sum(c->offset, c->size), int128_add(first, section->size));
    if (int128_ge(from, to)) {
        return false;
    }
    p->addr = section->offset_within_address_space + int128_getlo(int128_sub(from, first));
    p->len = int128_getlo(int128_sub(to, from));
    return true;
}

/* ---- Sections come and go -------------------------------------------------------------- */

static void tell_piece(SpacePrivate *s, MemoryRegionSection *section,
                       const CoalescedMemoryRange *c, bool add)
{
    Piece p;
    if (!cut_piece(c, section, &p)) {
        return;
    }
    if (add) {
        TELL_ASCENDING(&s->listeners, link_as, coalesced_io_add, section, p.addr, p.len);
    } else {
        TELL_DESCENDING(&s->listeners, link_as, coalesced_io_del, section, p.addr, p.len);
    }
}

static void tell_section(SpacePrivate *s, MemoryRegionSection *section, bool add)
{
    const CoalescedMemoryRange *c;
    if (!s->coalescing_listeners) {
        return;
    }
    TAILQ_FOREACH(c, &region_extras(section->mr)->coalesced, link) {
        tell_piece(s, section, c, add);
    }
}

void coalesced_appear(SpacePrivate *s, MemoryRegionSection *section)
{
    tell_section(s, section, true);
}

void coalesced_vanish(SpacePrivate *s, MemoryRegionSection *section)
{
    tell_section(s, section, false);
}

/* ---- A listener comes or goes ----------------------------------------------------------- */

typedef void TellPiece(MemoryListener *l, MemoryRegionSection *section, hwaddr addr, hwaddr len);

static void tell_one(MemoryListener *l, TellPiece *tell)
{
    FlatView *fv = address_space_to_flatview(l->address_space);
    RangeTree tree = view_tree(fv);
    RangeCursor cursor;
    if (!tell) {
        return;
    }
    for (const Range *r = range_tree_seek(&tree, 0, &cursor); r; r = range_cursor_next(&cursor)) {
        MemoryRegionSection section = view_section(fv, r);
        const CoalescedMemoryRange *c;
        TAILQ_FOREACH(c, &region_extras(r->mr)->coalesced, link) {
            Piece p;
            if (cut_piece(c, &section, &p)) {
                tell(l, &section, p.addr, p.len);
            }
        }
    }
}

void coalesced_introduce(MemoryListener *l)
{
    tell_one(l, l->coalesced_io_add);
}

void coalesced_dismiss(MemoryListener *l)
{
    tell_one(l, l->coalesced_io_del);
}

/* ---- A range comes or goes -------------------------------------------------------------- */

static void tell_space(SpacePrivate *s, MemoryRegion *mr, const CoalescedMemoryRange *c, bool add)
{
    FlatView *fv = address_space_to_flatview(s->as);
    RangeCursor cursor;
    for (const Range *r = view_first(fv, &cursor); r; r = range_cursor_next(&cursor)) {
        if (r->mr == mr) {
            MemoryRegionSection section = view_section(fv, r);
            tell_piece(s, &section, c, add);
        }
    }
}

void coalesced_tell(MemoryRegion *mr, const CoalescedMemoryRange *c, bool add)
{
    MemoryContext *ctx = mr->parent_obj.context;
    SpacePrivate *s;
    ctx->telling++;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (s->coalescing_listeners) {
            tell_space(s, mr, c, add);
        }
    }
    ctx->telling--;
}
