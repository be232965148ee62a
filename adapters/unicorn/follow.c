/* SPDX-License-Identifier: MIT
 *
 * The listener: keeps the ranges of memory that the space shows, and has the engine follow at the
 * end of a commit. Called by the library with the context's lock held.
 */
#include "memory.h"

static UnicornMemory *um_of(MemoryListener *listener)
{
    return (UnicornMemory *)((char *)listener - offsetof(UnicornMemory, listener));
}

/* The engine accesses memory as the program itself, so it cannot access protected RAM. */
static MemorySectionKind kind_of(const MemoryRegionSection *section)
{
    return memory_region_is_protected(section->mr) ? MEMORY_SECTION_CALL
                                                   : memory_region_section_get_kind(section);
}

/* Cuts a range to whole pages of the engine, because it may share its first and last page with
 * other ranges. Returns false if there are none. */
static bool whole_pages(const UnicornMemory *um, MemoryRegionSection *section)
{
    return memory_region_section_intersect_pages(section, um->page_mask + 1);
}

static Piece range_of(const MemoryRegionSection *section, MemorySectionKind kind)
{
    return (Piece){ .first = section->offset_within_address_space,
                    .last = memory_region_section_get_last(section),
                    .kind = kind,
                    .host = memory_region_section_get_ram_ptr(section),
                    .mr = section->mr };
}

/* Makes room in 'leaving' for one range more than there are. A range that goes then always finds
 * room, and with it a way to give its reference back. */
static bool reserve_for_leaving(UnicornMemory *um)
{
    return piece_list_reserve(&um->leaving, um->leaving.count + um->ranges.count + 1);
}

static void range_add(MemoryListener *listener, MemoryRegionSection *section)
{
    UnicornMemory *um = um_of(listener);
    MemorySectionKind kind = kind_of(section);
    MemoryRegionSection part = *section;

    if (kind == MEMORY_SECTION_CALL || !memory_region_section_intersect_memory(&part) ||
        !whole_pages(um, &part)) {
        return;
    }
    if (!reserve_for_leaving(um) || !piece_list_insert(&um->ranges, range_of(&part, kind))) {
        um->engine.error = UC_ERR_NOMEM;
        return;
    }
    memory_region_ref(part.mr);
    um->changed = true;
}

/* Moves the range to 'leaving', with its reference, because the engine may still reach the
 * memory. */
static void range_del(MemoryListener *listener, MemoryRegionSection *section)
{
    UnicornMemory *um = um_of(listener);
    MemoryRegionSection part = *section;
    const Piece *range = NULL;

    if (whole_pages(um, &part)) {
        range = piece_list_find(&um->ranges, part.offset_within_address_space);
    }
    if (!range) {
        return;
    }
    piece_list_push(&um->leaving, *range);
    piece_list_remove(&um->ranges, range->first);
    um->changed = true;
}

/* Whether this thread may touch the engine now. */
static bool engine_is_ours(const UnicornMemory *um)
{
    return !um->running || (pthread_equal(um->runner, pthread_self()) && !um->reporting);
}

static void map_committed(MemoryListener *listener)
{
    UnicornMemory *um = um_of(listener);

    if (!um->changed) {
        return;
    }
    um->changed = false;
    if (!um_lay_out(um)) {
        return;
    }
    if (engine_is_ours(um)) {
        um_bring_up_to_date(um);
    } else {
        um->blocker = NULL;
        um_set_behind(um, true);
    }
}

void um_follow(UnicornMemory *um)
{
    um->listener.name = "unicorn";
    um->listener.priority = 10;
    um->listener.region_add = range_add;
    um->listener.region_del = range_del;
    um->listener.commit = map_committed;
}
