/* SPDX-License-Identifier: MIT
 *
 * Queries of a region: owner, size, name, place, subregions. Queries of the RAM behind a region
 * are in ram-queries.c.
 */
#include "region/region.h"

Object *memory_region_owner(MemoryRegion *mr)
{
    return mr->owner;
}

uint64_t memory_region_size(MemoryRegion *mr)
{
    return int128_eq(mr->size, int128_2_64()) ? UINT64_MAX : int128_get64(mr->size);
}

MemoryRegion *memory_region_container(MemoryRegion *mr)
{
    return mr->container;
}

int memory_region_for_each_subregion(MemoryRegion *container, MemoryRegionIterFunc func,
                                     void *opaque)
{
    if (!region_check(container, __func__)) {
        return 0;
    }
    CONTEXT_LOCK(container->parent_obj.context);
    MemoryRegion *child;
    int result = 0;
    container->parent_obj.context->telling++; /* refuses edits: they would change the list */
    TAILQ_FOREACH(child, &container->subregions, siblings) {
        result = func(child, opaque);
        if (result) {
            break;
        }
    }
    container->parent_obj.context->telling--;
    return result;
}

hwaddr memory_region_address(MemoryRegion *mr)
{
    return mr->addr;
}

int memory_region_priority(MemoryRegion *mr)
{
    return mr->priority;
}

const char *memory_region_name(const MemoryRegion *mr)
{
    return mr->name ? mr->name : object_get_canonical_path_component(&mr->parent_obj);
}

const char *region_label(const MemoryRegion *mr)
{
    const char *name = memory_region_name(mr);
    return name ? name : "(noname)";
}
