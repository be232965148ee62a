/* SPDX-License-Identifier: MIT
 *
 * Makes listeners report dirty pages before a harvest (specification section 17.3). An accelerator
 * knows which pages its guest has written, and marks them with memory_region_set_dirty().
 */
#include <physmem/historic.h>

#include "base/probes.h"
#include "topology/tell.h"
#include "topology/topology.h"
#include "view/view.h"

static void sync_ranges(MemoryListener *l, const MemoryRegion *mr)
{
    FlatView *fv = address_space_to_flatview(l->address_space);
    RangeCursor cursor;

    for (const Range *r = view_first(fv, &cursor); r; r = range_cursor_next(&cursor)) {
        if (r->dirty_mask && (!mr || r->mr == mr)) {
            MemoryRegionSection section = view_section(fv, r);
            l->log_sync(l, &section);
        }
    }
}

void dirty_sync(MemoryContext *ctx, const MemoryRegion *mr, const AddressSpace *as)
{
    MemoryListener *l;

    PROBE(dirty_sync_begin, ctx->name);
    ctx->telling++;
    TAILQ_FOREACH(l, &ctx->topology->listeners, link) {
        if (l->log_sync_global) {
            l->log_sync_global(l);
        } else if (l->log_sync && (!as || l->address_space == as)) {
            sync_ranges(l, mr);
        }
    }
    ctx->telling--;
    PROBE(dirty_sync_end, ctx->name);
}

void dirty_after_sync(MemoryContext *ctx)
{
    ctx->telling++;
    TELL_ASCENDING(&ctx->topology->listeners, link, log_global_after_sync);
    ctx->telling--;
}

void memory_global_dirty_log_sync(void)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);

    dirty_sync(ctx, NULL, NULL);
}

void memory_global_after_dirty_log_sync(void)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);

    dirty_after_sync(ctx);
}

void memory_region_sync_dirty_bitmap(MemoryRegion *mr)
{
    CONTEXT_LOCK(mr->parent_obj.context);

    dirty_sync(mr->parent_obj.context, mr, NULL);
}

void address_space_sync_dirty_bitmap(AddressSpace *as)
{
    CONTEXT_LOCK(as->context);

    dirty_sync(as->context, NULL, as);
}
