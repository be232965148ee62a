/* SPDX-License-Identifier: MIT
 *
 * Harvests: clears dirty pages, and tells listeners which pages were cleared, so that an
 * accelerator watches them again (specification sections 17.2, 22.6). The maps of dirty pages are
 * in ram/dirty.h. All of this is done under the context's lock.
 */
#include <physmem/historic.h>

#include "base/probes.h"
#include "ram/dirty.h"
#include "ram/pins.h"
#include "region/region.h"
#include "topology/topology.h"
#include "view/view.h"

/* ---- Telling ---------------------------------------------------------------------------- */

/* Cuts a range to the part that shows [first, last] of its region. Returns false if there is
 * none. */
static bool cut_range(Range *r, hwaddr first, hwaddr last)
{
    hwaddr end = r->offset + (r->last - r->start);

    if (end < first || r->offset > last) {
        return false;
    }
    if (end > last) {
        r->last -= end - last;
    }
    if (r->offset < first) {
        r->start += first - r->offset;
        r->offset = first;
    }
    return true;
}

static void tell_clear(MemoryListener *l, const MemoryRegion *mr, hwaddr first, hwaddr last)
{
    FlatView *fv = address_space_to_flatview(l->address_space);
    RangeCursor cursor;

    for (const Range *r = view_first(fv, &cursor); r; r = range_cursor_next(&cursor)) {
        Range part = *r;
        if (r->mr == mr && r->dirty_mask && cut_range(&part, first, last)) {
            MemoryRegionSection section = view_section(fv, &part);
            l->log_clear(l, &section);
        }
    }
}

void memory_region_clear_dirty_bitmap(MemoryRegion *mr, hwaddr start, hwaddr len)
{
    CONTEXT_LOCK(mr->parent_obj.context);
    hwaddr last = len - 1 > HWADDR_MAX - start ? HWADDR_MAX : start + (len - 1);
    MemoryListener *l;

    mr->parent_obj.context->telling++;
    TAILQ_FOREACH(l, &mr->parent_obj.context->topology->listeners, link) {
        if (l->log_clear && len) {
            tell_clear(l, mr, start, last);
        }
    }
    mr->parent_obj.context->telling--;
}

/* ---- Clearing --------------------------------------------------------------------------- */

/* Whether the client exists, and the range lies in the region's RAM. False with a MISUSE
 * message. */
static bool check(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client, const char *call)
{
    return ram_dirty_check_client(mr->parent_obj.context, client, call) &&
           region_check_ram(mr, addr, size, call);
}

/* Marks the pages that are mapped for writing. Their users may write to them at any time, so VGA
 * and MIGRATION find them dirty at every harvest if they log the region. CODE is told when a page
 * is unmapped. */
static void mark_open_maps(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client)
{
    uint8_t mask = rb->mr ? memory_region_get_dirty_log_mask(rb->mr) & DIRTY_CLIENTS_NOCODE : 0;

    if (mask >> client & 1) {
        ram_pins_mark(rb, start, length, client);
    }
}

/* Clears all pages that the range touches. Returns whether one of them was dirty. */
static bool clear(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client)
{
    unsigned bits = rb->context->page_bits;
    DirtySpan pages = ram_dirty_pages(rb, start, length);

    mark_open_maps(rb, start, length, client);
    bool found = ram_dirty_clear(rb, start, length, client);

    if (rb->mr) {
        PROBE(harvest, rb->mr->name, start, length, client, found);
        memory_region_clear_dirty_bitmap(rb->mr, pages.first << bits,
                                         (pages.end - pages.first) << bits);
    }
    return found;
}

static bool clear_region(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client,
                         const char *call)
{
    CONTEXT_LOCK(mr->parent_obj.context);

    return check(mr, addr, size, client, call) && size && clear(mr->ram_block, addr, size, client);
}

void memory_region_reset_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client)
{
    clear_region(mr, addr, size, client, __func__);
}

bool memory_region_test_and_clear_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                        unsigned client)
{
    return clear_region(mr, addr, size, client, __func__);
}

bool cpu_physical_memory_test_and_clear_dirty(ram_addr_t start, ram_addr_t length, unsigned client)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);
    bool found = false;

    if (!ram_dirty_check_client(ctx, client, __func__)) {
        return false;
    }
    for (RamPart part = { 0 }; ram_part_next(&part, ctx, start, length);) {
        found |= clear(part.rb, part.offset, part.length, client);
    }
    return found;
}

void cpu_physical_memory_clear_dirty_range(ram_addr_t start, ram_addr_t length)
{
    for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
        cpu_physical_memory_test_and_clear_dirty(start, length, c);
    }
}

/* ---- Snapshots -------------------------------------------------------------------------- */

/* Clears pages and returns a snapshot of them. NULL if the host has no memory for it. */
static DirtyBitmapSnapshot *take(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client)
{
    mark_open_maps(mr->ram_block, addr, size, client);
    DirtyBitmapSnapshot *snap = ram_dirty_take(mr->ram_block, addr, size, client);

    if (snap) {
        memory_region_clear_dirty_bitmap(mr, addr, size);
    }
    return snap;
}

DirtyBitmapSnapshot *cpu_physical_memory_snapshot_and_clear_dirty(MemoryRegion *mr, hwaddr offset,
                                                                  hwaddr length, unsigned client)
{
    CONTEXT_LOCK(mr->parent_obj.context);

    return check(mr, offset, length, client, __func__) ? take(mr, offset, length, client) : NULL;
}

DirtyBitmapSnapshot *memory_region_snapshot_and_clear_dirty(MemoryRegion *mr, hwaddr addr,
                                                            hwaddr size, unsigned client)
{
    CONTEXT_LOCK(mr->parent_obj.context);

    if (!check(mr, addr, size, client, __func__)) {
        return NULL;
    }
    dirty_sync(mr->parent_obj.context, mr, NULL);
    DirtyBitmapSnapshot *snap = take(mr, addr, size, client);
    dirty_after_sync(mr->parent_obj.context);
    return snap;
}
