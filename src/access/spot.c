/* SPDX-License-Identifier: MIT
 *
 * Making a spot from a range of the view. This file decides which accesses may go straight to host
 * memory (specification 10.1, R1).
 */
#include "access/spot.h"

#include "ram/block.h"
#include "region/record.h"

const Spot access_spot_nothing = { .span = HWADDR_MAX, .mr = region_unassigned };

hwaddr access_memory_size(const MemoryRegion *mr)
{
    return mr->host ? qemu_ram_get_used_length(mr->ram_block) : 0;
}

/* A range may go on after the end of its region's memory. Cuts it to the part around addr that has
 * memory, or to the part that has none. Returns whether addr has memory. */
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

/* A range is read-only if its region, or anything on the way to it, is. With the quirk only the
 * region itself counts. */
static bool is_readonly(const Range *range)
{
    bool own = range->mr->parent_obj.context->quirks & MEMORY_QUIRK_OWN_READONLY;
    return own ? range->own_readonly : range->readonly;
}

static unsigned ram_ways(const Range *range, bool readonly)
{
    if (range->mr->ram_block->readonly) {
        return DIRECT_READ; /* the library itself cannot write there */
    }
    return DIRECT_READ | DIRECT_LOAD | (readonly ? 0 : DIRECT_WRITE);
}

static unsigned direct_ways(const Range *range, bool readonly)
{
    switch (range->mr->kind) {
    case MEMORY_KIND_RAM:
        return ram_ways(range, readonly);
    case MEMORY_KIND_ROM_DEVICE:
        return range->romd ? ram_ways(range, true) : 0;
    case MEMORY_KIND_CONTAINER:
    case MEMORY_KIND_ALIAS:
    case MEMORY_KIND_RAM_DEVICE:
    case MEMORY_KIND_IO:
    case MEMORY_KIND_RESERVATION:
    case MEMORY_KIND_IOMMU:
        break;
    }
    return 0;
}

/* Returns whether the section of a range has no flag but 'readonly', and that one if the spot has
 * it, too. */
static bool is_plain(const Range *range, bool readonly)
{
    return range->readonly == readonly && !range->nonvolatile && !range->unmergeable;
}

/* Returns whether a callback of the region answers every access to the range. */
static bool calls(const Range *range, unsigned direct)
{
    switch (range->mr->kind) {
    case MEMORY_KIND_ROM_DEVICE:
        return !direct;
    case MEMORY_KIND_IO:
    case MEMORY_KIND_RESERVATION:
        return true;
    case MEMORY_KIND_CONTAINER:
    case MEMORY_KIND_ALIAS:
    case MEMORY_KIND_RAM:
    case MEMORY_KIND_RAM_DEVICE:
    case MEMORY_KIND_IOMMU:
        break;
    }
    return false;
}

/* The block of a region can grow without a commit, if the region is as large as that already. So a
 * spot behind the end of the block has no id, and serves one access only. */
Spot access_spot_make(const FlatView *fv, hwaddr addr)
{
    Range range;
    bool hole = !view_lookup(fv, addr, &range);
    bool readonly = !hole && is_readonly(&range);
    const hwaddr start = range.start, last = range.last;
    bool ram = !hole && region_has_ram(range.mr), memory = ram && cut_to_memory(&range, addr);
    uint8_t direct = memory ? (uint8_t)direct_ways(&range, readonly) : 0;
    Spot spot = {
        .view = ram && !memory ? 0 : fv->id,
        .start = range.start,
        .span = range.last - range.start,
        .offset = hole ? range.start : range.offset,
        .mr = hole ? region_unassigned : range.mr,
        .shift = memory ? (uintptr_t)range.mr->host + (uintptr_t)(range.offset - range.start) : 0,
        .direct = direct,
        .readonly = readonly,
        .translates = !hole && range.mr->kind == MEMORY_KIND_IOMMU,
        .calls = !hole && calls(&range, direct),
        .whole = direct && range.start == start && range.last == last &&
                 is_plain(&range, readonly),
        .watched = memory ? &range.mr->record->writes_watched : NULL,
    };
    if (spot.calls) {
        spot.read = spot.mr->ops->read;
        spot.write = spot.mr->ops->write;
    }
    return spot;
}
