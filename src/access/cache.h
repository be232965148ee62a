/* SPDX-License-Identifier: MIT
 *
 * Caches (cache.c), for the files of this room.
 */
#ifndef ACCESS_CACHE_H
#define ACCESS_CACHE_H

#include <physmem/cache.h>

#include "region/region.h"
#include "view/view.h"

/* The context and the region's name, for messages about misuse. An invalid cache has no context
 * (NULL), so the message goes to the current one. */
static inline MemoryContext *access_cache_context(const MemoryRegionCache *cache)
{
    return cache->fv ? cache->fv->context : NULL;
}

static inline const char *access_cache_name(const MemoryRegionCache *cache)
{
    return cache->mrs.mr ? region_label(cache->mrs.mr) : "(invalid)";
}

/* address_space_cache_store() that marks the store for these dirty clients only
 * (1 << DIRTY_MEMORY_...). */
void access_cache_store(MemoryRegionCache *cache, hwaddr addr, uint64_t val, MemOp op,
                        MemTxAttrs attrs, MemTxResult *result, uint8_t clients);

#endif
