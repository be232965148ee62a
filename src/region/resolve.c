/* SPDX-License-Identifier: MIT
 *
 * Finds the region whose view shows what the root of a space shows, the key of the view (slot.h;
 * specification 6.1, last point, with R2). The root gives way to another region if it shows all of
 * that one and nothing else. That region may give way in turn, step by step. A step is not taken
 * if it would lose an attribute or move what is shown, unless the context has
 * MEMORY_QUIRK_COLLAPSED_ROOT.
 *
 * The regions on the way are watched: region_reconsider() finds the roots that an edit concerns.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "region/extras.h"
#include "region/region.h"
#include "region/room.h"
#include "region/slot.h"

static bool loses_attributes(const MemoryRegion *mr)
{
    return mr->readonly || mr->nonvolatile;
}

/* 'any' allows a step that loses an attribute or moves what is shown. */
static MemoryRegion *alias_gives_way(MemoryRegion *mr, bool any)
{
    MemoryRegion *target = mr->alias;
    if (mr->alias_offset || int128_lt(mr->size, target->size)) {
        return mr;
    }
    return any || (!loses_attributes(mr) && mr->addr == target->addr) ? target : mr;
}

static MemoryRegion *container_gives_way(MemoryRegion *mr, bool any)
{
    const RegionExtras *extras = region_extras(mr);
    MemoryRegion *child = extras->index;
    if (!child) {
        return NULL;
    }
    if (extras->enabled_children > 1 || child->addr || int128_lt(mr->size, child->size)) {
        return mr;
    }
    return any || (!loses_attributes(mr) && !mr->addr) ? child : mr;
}

/* Returns the region that mr gives way to: mr itself if it does not give way, NULL if it shows
 * nothing. */
static MemoryRegion *step(MemoryRegion *mr)
{
    bool any = mr->parent_obj.context->quirks & MEMORY_QUIRK_COLLAPSED_ROOT;
    if (!mr->enabled) {
        return NULL;
    }
    switch (mr->kind) {
    case MEMORY_KIND_CONTAINER:
        return container_gives_way(mr, any);
    case MEMORY_KIND_ALIAS:
        return alias_gives_way(mr, any);
    case MEMORY_KIND_RAM:
    case MEMORY_KIND_RAM_DEVICE:
    case MEMORY_KIND_ROM_DEVICE:
    case MEMORY_KIND_IO:
    case MEMORY_KIND_RESERVATION:
    case MEMORY_KIND_IOMMU:
        break;
    }
    return mr;
}

/* Adds a region to the way that is watched for a root. */
static void watch(RootResolver *resolver, MemoryRegion *mr)
{
    RootWatch *w = &resolver->watch[resolver->watches++];
    w->resolver = resolver;
    w->region = mr;
    LIST_INSERT_HEAD(&region_extras_made(mr)->root_watches, w, link);
}

/* Returns the number of regions on the way. It is counted first, because the array of watches must
 * not move once they are in the regions' lists. */
static size_t length_of_way(MemoryRegion *root)
{
    size_t n = 1;
    for (MemoryRegion *mr = root, *next; (next = step(mr)) && next != mr; mr = next) {
        n++;
    }
    return n;
}

MemoryRegion *root_resolve(RootResolver *resolver)
{
    MemoryRegion *root = *resolver->root;
    root_unwatch(resolver);
    if (!root) {
        return NULL;
    }
    resolver->watch = alloc_zero(length_of_way(root) * sizeof(*resolver->watch));
    for (MemoryRegion *mr = root, *next;; mr = next) {
        watch(resolver, mr);
        next = mr->extras->gives_way_to = step(mr);
        if (!next || next == mr) {
            return next;
        }
    }
}

void root_unwatch(RootResolver *resolver)
{
    for (size_t i = 0; i < resolver->watches; i++) {
        if (resolver->watch[i].region) {
            LIST_REMOVE(&resolver->watch[i], link);
        }
    }
    free(resolver->watch);
    resolver->watch = NULL;
    resolver->watches = 0;
}

void root_queue(MemoryContext *ctx, RootResolver *resolver)
{
    if (!resolver->queued) {
        resolver->queued = true;
        TAILQ_INSERT_TAIL(&ctx->region->changed_roots, resolver, queue);
    }
}

/* If mr gives way to another region than before, queues the roots that resolve through it. */
static void reconsider_one(MemoryRegion *mr)
{
    if (!region_is_on_a_way(mr)) {
        return;
    }
    MemoryRegion *next = step(mr);
    if (next == mr->extras->gives_way_to) {
        return;
    }
    mr->extras->gives_way_to = next;
    RootWatch *w;
    LIST_FOREACH(w, &mr->extras->root_watches, link) {
        root_queue(mr->parent_obj.context, w->resolver);
    }
}

void region_reconsider(MemoryRegion *mr)
{
    reconsider_one(mr);
    if (mr->container) {
        reconsider_one(mr->container);
    }
    MemoryRegion *alias;
    LIST_FOREACH(alias, &region_extras(mr)->aliases, alias_link) {
        reconsider_one(alias);
    }
}
