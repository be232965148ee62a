/* SPDX-License-Identifier: MIT
 *
 * Makes and frees what few regions have (extras.h).
 */
#include "region/extras.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/rcu.h"

const RegionExtras region_no_extras;

RegionExtras *region_extras_made(MemoryRegion *mr)
{
    if (!mr->extras) {
        RegionExtras *extras = alloc_new(RegionExtras);
        TAILQ_INIT(&extras->coalesced);
        __atomic_store_n(&mr->extras, extras, __ATOMIC_RELEASE);
    }
    return mr->extras;
}

void region_extras_review(MemoryRegion *mr)
{
    const RegionExtras *extras = region_extras(mr);
    bool heeds = extras->counter || extras->ioeventfds || mr->flush_coalesced_mmio;

    __atomic_store_n(&mr->heeds_accesses, heeds, __ATOMIC_RELAXED);
}

static void free_deferred(Deferred *d)
{
    free(caa_container_of(d, RegionExtras, deferred));
}

void region_extras_end(MemoryRegion *mr)
{
    RegionExtras *extras = mr->extras;

    if (extras) {
        __atomic_store_n(&mr->extras, NULL, __ATOMIC_RELEASE);
        context_defer(mr->parent_obj.context, &extras->deferred, free_deferred);
    }
}
