/* SPDX-License-Identifier: MIT
 *
 * The lookaside's slow side: search the other spots, or make one from the view's tree (lookup.h).
 * What may be accessed in the plain way is decided here, once per spot (specification 10.1, R1).
 */
#include "access/lookup.h"

#include "ram/block.h"

_Thread_local Lookaside access_lookaside;

hwaddr access_memory_size(const MemoryRegion *mr)
{
    return mr->host ? qemu_ram_get_used_length(mr->ram_block) : 0;
}

/* Cuts the range to the part around addr that has memory, or to the part that has none. */
static bool cut_to_memory(Range *range, hwaddr addr)
{
    hwaddr size = access_memory_size(range->mr);
    if (size <= range->offset) {
        return false;
    }
    hwaddr span = size - range->offset - 1;
    if (span >= range->last - range->start) {
        return true;
    }
    if (addr - range->start <= span) {
        range->last = range->start + span;
        return true;
    }
    range->start += span + 1;
    range->offset += span + 1;
    return false;
}

static bool is_readonly(const Range *range)
{
    bool own = range->mr->context->quirks & MEMORY_QUIRK_OWN_READONLY;
    return own ? range->mr->readonly : range->readonly;
}

static unsigned ram_ways(const Range *range, bool readonly)
{
    if (range->mr->ram_block->readonly) {
        return DIRECT_READ; /* the host itself may not write there */
    }
    return DIRECT_READ | DIRECT_LOAD | (readonly ? 0 : DIRECT_WRITE);
}

static unsigned direct_ways(const Range *range, bool readonly)
{
    const MemoryRegion *mr = range->mr;
    if (mr->ram_device || (mr->rom_device && !range->romd)) {
        return 0;
    }
    return ram_ways(range, readonly || mr->rom_device);
}

static void spot_fill(Spot *s, const FlatView *fv, hwaddr addr)
{
    Range range;
    bool hole = !view_lookup(fv, addr, &range);
    bool readonly = !hole && is_readonly(&range);
    bool memory = !hole && region_has_ram(range.mr) && cut_to_memory(&range, addr);
    *s = (Spot){
        .view = fv->id,
        .start = range.start,
        .span = range.last - range.start,
        .offset = hole ? range.start : range.offset,
        .mr = hole ? region_unassigned : range.mr,
        .memory = memory ? range.mr->host + range.offset : NULL,
        .direct = memory ? (uint8_t)direct_ways(&range, readonly) : 0,
        .readonly = readonly,
    };
}

/* The victim is the spot behind the most recent one: never that one itself, and all in turn. */
const Spot *access_spot_search(const FlatView *fv, hwaddr addr)
{
    Lookaside *l = &access_lookaside;
    for (unsigned i = 0; i < LOOKASIDE_SPOTS; i++) {
        if (access_spot_covers(&l->spot[i], fv, addr)) {
            l->recent = i;
            return &l->spot[i];
        }
    }
    l->recent = (l->recent + 1) % LOOKASIDE_SPOTS;
    spot_fill(&l->spot[l->recent], fv, addr);
    return &l->spot[l->recent];
}
