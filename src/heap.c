/* SPDX-License-Identifier: MIT
 *
 * Public structures on the heap, for bindings (physmem/binding.h). This file stands above all rooms
 * and calls them as a program would.
 */
#include <stdlib.h>

#include <physmem/binding.h>

#include "region/region.h"

/* ---- Regions ---------------------------------------------------------------------------- */

MemoryRegion *memory_region_new(void)
{
    return calloc(1, sizeof(MemoryRegion));
}

/* Whether a constructor was called for this memory, which was zeroed before. */
static bool was_begun(const MemoryRegion *mr)
{
    return region_is_live(mr) || region_has_ended(mr);
}

static bool has_no_owner(const MemoryRegion *mr, Error **errp)
{
    if (region_is_live(mr) && mr->owner) {
        error_setg(errp, "region '%s' has an owner: give up the owner instead", region_label(mr));
        return false;
    }
    return true;
}

bool memory_region_free(MemoryRegion *mr, Error **errp)
{
    if (mr && was_begun(mr) && (!has_no_owner(mr, errp) || !memory_region_wait_unused(mr, errp))) {
        return false;
    }
    free(mr);
    return true;
}

/* ---- Spaces ----------------------------------------------------------------------------- */

AddressSpace *address_space_new(MemoryRegion *root, const char *name)
{
    AddressSpace *as = calloc(1, sizeof(AddressSpace));
    if (!as) {
        return NULL;
    }
    address_space_init(as, root, name);
    if (!as->root) {
        address_space_destroy_free(as); /* refused */
        return NULL;
    }
    return as;
}

/* ---- Caches ----------------------------------------------------------------------------- */

MemoryRegionCache *address_space_cache_new(AddressSpace *as, hwaddr addr, hwaddr *len,
                                           bool is_write)
{
    MemoryRegionCache *cache = calloc(1, sizeof(MemoryRegionCache));
    if (!cache) {
        return NULL;
    }
    int64_t covered = address_space_cache_init(cache, as, addr, *len, is_write);
    if (covered < 0) {
        free(cache);
        return NULL;
    }
    *len = (hwaddr)covered;
    return cache;
}

void address_space_cache_free(MemoryRegionCache *cache)
{
    if (cache) {
        address_space_cache_destroy(cache);
        free(cache);
    }
}

/* ---- Listeners -------------------------------------------------------------------------- */

MemoryListener *memory_listener_new(void)
{
    return calloc(1, sizeof(MemoryListener));
}

void memory_listener_free(MemoryListener *listener)
{
    if (!listener) {
        return;
    }
    memory_listener_unregister(listener);
    if (!listener->address_space) {
        free(listener);
    }
}
