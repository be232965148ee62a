/* SPDX-License-Identifier: MIT
 *
 * The accesses to caches whose names end in _slow (specification 22.2). Programs call them for a
 * cache that they know to have no pointer.
 */
#include "access/cache.h"
#include "access/word.h"
#include "base/log.h"

/* Returns whether the cache has no pointer, as these functions demand. If it has one, logs a MISUSE
 * message. */
static bool has_no_pointer(const MemoryRegionCache *cache)
{
    return !cache->ptr || misuse(access_cache_context(cache),
                                 "a slow access to a cache of region '%s' that has a pointer: "
                                 "call the form without '_slow'",
                                 access_cache_name(cache));
}

MemTxResult address_space_read_cached_slow(MemoryRegionCache *cache, hwaddr addr, void *buf,
                                           hwaddr len)
{
    return has_no_pointer(cache) ? address_space_cache_read(cache, addr, buf, len)
                                 : MEMTX_DECODE_ERROR;
}

MemTxResult address_space_write_cached_slow(MemoryRegionCache *cache, hwaddr addr, const void *buf,
                                            hwaddr len)
{
    return has_no_pointer(cache) ? address_space_cache_write(cache, addr, buf, len)
                                 : MEMTX_DECODE_ERROR;
}

static uint64_t load_slow(MemoryRegionCache *cache, hwaddr addr, unsigned op, MemTxAttrs attrs,
                          MemTxResult *result)
{
    if (!has_no_pointer(cache)) {
        access_report(result, MEMTX_DECODE_ERROR);
        return 0;
    }
    return address_space_cache_load(cache, addr, (MemOp)op, attrs, result);
}

static void store_slow(MemoryRegionCache *cache, hwaddr addr, uint64_t val, unsigned op,
                       MemTxAttrs attrs, MemTxResult *result, uint8_t clients)
{
    if (!has_no_pointer(cache)) {
        access_report(result, MEMTX_DECODE_ERROR);
        return;
    }
    access_cache_store(cache, addr, val, (MemOp)op, attrs, result, clients);
}

static MemOp cpu_order(const MemoryRegionCache *cache)
{
    return cache->big_endian ? MO_BE : MO_LE;
}

#define LOAD(name, type, op)                                                                      \
    type address_space_##name##_cached_slow(MemoryRegionCache *cache, hwaddr addr,                \
                                            MemTxAttrs attrs, MemTxResult *result)                \
    {                                                                                             \
        return (type)load_slow(cache, addr, op, attrs, result);                                   \
    }
#define STORE_FOR(name, type, op, clients)                                                        \
    void address_space_##name##_cached_slow(MemoryRegionCache *cache, hwaddr addr, type val,      \
                                            MemTxAttrs attrs, MemTxResult *result)                \
    {                                                                                             \
        store_slow(cache, addr, val, op, attrs, result, clients);                                 \
    }
#define FORMS(load, store, bits, suffix, op)                                                      \
    LOAD(load##suffix, uint##bits##_t, op)                                                        \
    STORE_FOR(store##suffix, uint##bits##_t, op, DIRTY_CLIENTS_ALL)

PHYSMEM_WORD_FORMS(FORMS, cpu_order(cache))
STORE_FOR(stl_notdirty, uint32_t, MO_32 | cpu_order(cache), DIRTY_CLIENTS_NOCODE)
