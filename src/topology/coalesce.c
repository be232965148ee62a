/* SPDX-License-Identifier: MIT
 *
 * Coalesced MMIO (specification section 19): the public calls, which are no transactions, and what
 * listeners are told. Queueing writes is the accelerator's; the flush flag is looked at in
 * access/dispatch.c.
 */
#include "region/coalesce.h"

#include "region/region.h"
#include "topology/coalesce.h"
#include "topology/tell.h"
#include "view/view.h"

/* What a section shows of a coalesced range, by address in the space. */
typedef struct Piece {
    hwaddr addr;
    hwaddr len;
} Piece;

static bool cut_piece(const CoalescedMemoryRange *c, const MemoryRegionSection *section, Piece *p)
{
    Int128 first = section->offset_within_region, end = first + section->size;
    Int128 from = c->offset > first ? (Int128)c->offset : first;
    Int128 to = (Int128)c->offset + c->size < end ? (Int128)c->offset + c->size : end;
    if (from >= to) {
        return false;
    }
    p->addr = section->offset_within_address_space + (hwaddr)(from - first);
    p->len = (hwaddr)(to - from);
    return true;
}

/* ---- All listeners of a space ----------------------------------------------------------- */

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
    TAILQ_FOREACH(c, &section->mr->coalesced, link) {
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

/* ---- One listener ----------------------------------------------------------------------- */

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
        TAILQ_FOREACH(c, &r->mr->coalesced, link) {
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

/* ---- Changes of a region, told at once -------------------------------------------------- */

static void tell_space(SpacePrivate *s, MemoryRegion *mr, const CoalescedMemoryRange *c, bool add)
{
    FlatView *fv = address_space_to_flatview(s->as);
    RangeTree tree = view_tree(fv);
    RangeCursor cursor;
    for (const Range *r = range_tree_seek(&tree, 0, &cursor); r; r = range_cursor_next(&cursor)) {
        if (r->mr == mr) {
            MemoryRegionSection section = view_section(fv, r);
            tell_piece(s, &section, c, add);
        }
    }
}

static void tell_everywhere(MemoryRegion *mr, const CoalescedMemoryRange *c, bool add)
{
    MemoryContext *ctx = mr->context;
    SpacePrivate *s;
    ctx->telling++;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (s->coalescing_listeners) {
            tell_space(s, mr, c, add);
        }
    }
    ctx->telling--;
}

/* Read by accesses without the lock. */
static void set_flush(MemoryRegion *mr, bool flush)
{
    __atomic_store_n(&mr->flush_coalesced_mmio, flush, __ATOMIC_RELAXED);
}

static void add_range(MemoryRegion *mr, hwaddr offset, uint64_t size)
{
    tell_everywhere(mr, coalesced_range_add(mr, offset, size), true);
    set_flush(mr, true);
}

static void clear_ranges(MemoryRegion *mr)
{
    CoalescedMemoryRange *c;
    if (TAILQ_EMPTY(&mr->coalesced)) {
        return;
    }
    coalesced_writes_flush(mr->context);
    set_flush(mr, false);
    while ((c = TAILQ_FIRST(&mr->coalesced))) {
        tell_everywhere(mr, c, false);
        coalesced_range_remove(mr, c);
    }
}

static bool may_edit(const MemoryRegion *mr, const char *call)
{
    return !mr->context->telling ||
           misuse(mr->context, "%s: not from a listener's callback", call);
}

void memory_region_add_coalescing(MemoryRegion *mr, hwaddr offset, uint64_t size)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->context);
    if (may_edit(mr, __func__)) {
        add_range(mr, offset, size);
    }
}

/* R10: a listener is told a length, which 2^64 is not. */
void memory_region_set_coalescing(MemoryRegion *mr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->context);
    if (mr->size == int128_2_64()) {
        misuse(mr->context, "%s: region '%s' has 2^64 bytes", __func__, region_label(mr));
        return;
    }
    if (may_edit(mr, __func__)) {
        clear_ranges(mr);
        add_range(mr, 0, memory_region_size(mr));
    }
}

void memory_region_clear_coalescing(MemoryRegion *mr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->context);
    if (may_edit(mr, __func__)) {
        clear_ranges(mr);
    }
}

void memory_region_set_flush_coalesced(MemoryRegion *mr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->context);
    set_flush(mr, true);
}

void memory_region_clear_flush_coalesced(MemoryRegion *mr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->context);
    coalesced_writes_flush(mr->context);
    if (TAILQ_EMPTY(&mr->coalesced)) {
        set_flush(mr, false);
    }
}
