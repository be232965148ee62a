/* SPDX-License-Identifier: MIT
 *
 * Caches (cache.c), for the files of this room.
 */
#ifndef ACCESS_CACHE_H
#define ACCESS_CACHE_H

#include <physmem/cache.h>

#include "region/region.h"
#include "view/view.h"

/* For messages about misuse: the context that gets the message, and the name of the region. NULL is
 * the current context, for a cache that is invalid. */
static inline MemoryContext *access_cache_context(const MemoryRegionCache *cache)
{
    return cache->fv ? cache->fv->context : NULL;
}

static inline const char *access_cache_name(const MemoryRegionCache *cache)
{
    return cache->mrs.mr ? region_label(cache->mrs.mr) : "(invalid)";
}

/* Does what address_space_cache_store() does. 'clients' are the dirty clients (1 <<
 * DIRTY_MEMORY_...) for which the store is marked. */
void access_cache_store(MemoryRegionCache *cache, hwaddr addr, uint64_t val, MemOp op,
                        MemTxAttrs attrs, MemTxResult *result, uint8_t clients);

#endif
