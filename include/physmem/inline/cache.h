/* SPDX-License-Identifier: MIT
 *
 * The inline part of cached accesses. cache.h includes this file and describes the functions.
 *
 * An access that lies in plain memory is one comparison and the load or store itself. For each size
 * of an access, the cache holds the number of addresses, from 0 on, at which an access may be made
 * inline. That number is 0 if the cache has no pointer, for stores if the cache is for reading, and
 * for loads while somebody observes reads. Every other access is made, or refused, out of line.
 * After a store, one byte says whether the store has to be marked dirty; it is marked out of line,
 * too.
 */
#ifndef PHYSMEM_INLINE_CACHE_H
#define PHYSMEM_INLINE_CACHE_H

#include <string.h>

#include <physmem/cache.h>
#include <physmem/inline/word.h>

PHYSMEM_BEGIN_DECLS

/* Returns whether the access at addr may be made inline. 'open' is the number of addresses, from 0
 * on, at which it may. */
static inline bool physmem_cache_open(hwaddr open, hwaddr addr)
{
    return __builtin_expect(addr < open, 1);
}

/* The same for a block of len bytes. 'open' is the number for single bytes. */
static inline bool physmem_cache_open_block(hwaddr open, hwaddr addr, hwaddr len)
{
    return physmem_cache_open(open, addr) && __builtin_expect(len <= open - addr, 1);
}

static inline uint8_t *physmem_cache_host(const MemoryRegionCache *cache, hwaddr addr)
{
    return (uint8_t *)cache->ptr + addr;
}

/* The byte is read after the data is written. If logging is switched on after this read, the
 * switch's heavy barrier makes the data visible before the first harvest. */
static inline void physmem_cache_stored(MemoryRegionCache *cache, const uint8_t *host, hwaddr len)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__builtin_expect(physmem_flag(cache->watched), 0)) {
        address_space_cache_wrote(cache, host, len);
    }
}

/* ---- Blocks ----------------------------------------------------------------------------- */

/* Copy a block of bytes from and to the cache. The buffer may itself lie in guest memory. Blocks
 * that are not in plain memory do what address_space_read_cached_slow() does. */
PHYSMEM_INLINE MemTxResult address_space_read_cached(MemoryRegionCache *cache, hwaddr addr,
                                                     void *buf, hwaddr len)
{
    if (!physmem_cache_open_block(cache->readable[0], addr, len)) {
        return address_space_cache_read(cache, addr, buf, len);
    }
    memmove(buf, physmem_cache_host(cache, addr), (size_t)len);
    return MEMTX_OK;
}
PHYSMEM_INLINE MemTxResult address_space_write_cached(MemoryRegionCache *cache, hwaddr addr,
                                                      const void *buf, hwaddr len)
{
    if (!physmem_cache_open_block(cache->writable[0], addr, len)) {
        return address_space_cache_write(cache, addr, buf, len);
    }
    uint8_t *host = physmem_cache_host(cache, addr);
    memmove(host, buf, (size_t)len);
    physmem_cache_stored(cache, host, len);
    return MEMTX_OK;
}

/* ---- Loads and stores ------------------------------------------------------------------- *
 *
 * They do what address_space_ldub_cached_slow() does for caches without 'ptr' (physmem/cache.h). */

#define PHYSMEM_CACHE_FORMS(load, store, bits, suffix, mo)                                        \
    PHYSMEM_INLINE uint##bits##_t address_space_##load##suffix##_cached(MemoryRegionCache *cache, \
                                                                        hwaddr addr,              \
                                                                        MemTxAttrs attrs,         \
                                                                        MemTxResult *result)      \
    {                                                                                             \
        const MemOp op = (MemOp)(mo);                                                             \
        if (!physmem_cache_open(cache->readable[MO_SIZE & (mo)], addr)) {                         \
            return (uint##bits##_t)address_space_cache_load(cache, addr, op, attrs, result);      \
        }                                                                                         \
        physmem_report(result);                                                                   \
        uint##bits##_t val = physmem_word_get##bits(physmem_cache_host(cache, addr));             \
        return physmem_swap##bits(op, val);                                                       \
    }                                                                                             \
    PHYSMEM_INLINE void address_space_##store##suffix##_cached(MemoryRegionCache *cache,          \
                                                               hwaddr addr, uint##bits##_t val,   \
                                                               MemTxAttrs attrs,                  \
                                                               MemTxResult *result)               \
    {                                                                                             \
        const MemOp op = (MemOp)(mo);                                                             \
        if (!physmem_cache_open(cache->writable[MO_SIZE & (mo)], addr)) {                         \
            address_space_cache_store(cache, addr, val, op, attrs, result);                       \
            return;                                                                               \
        }                                                                                         \
        uint8_t *host = physmem_cache_host(cache, addr);                                          \
        physmem_word_put##bits(host, physmem_swap##bits(op, val));                                \
        physmem_cache_stored(cache, host, (bits) / 8);                                            \
        physmem_report(result);                                                                   \
    }                                                                                             \
    PHYSMEM_INLINE uint##bits##_t load##suffix##_phys_cached(MemoryRegionCache *cache,            \
                                                             hwaddr addr)                         \
    {                                                                                             \
        return address_space_##load##suffix##_cached(cache, addr, MEMTXATTRS_UNSPECIFIED, NULL);  \
    }                                                                                             \
    PHYSMEM_INLINE void store##suffix##_phys_cached(MemoryRegionCache *cache, hwaddr addr,        \
                                                    uint##bits##_t val)                           \
    {                                                                                             \
        address_space_##store##suffix##_cached(cache, addr, val, MEMTXATTRS_UNSPECIFIED, NULL);   \
    }
PHYSMEM_WORD_FORMS(PHYSMEM_CACHE_FORMS, cache->big_endian ? MO_BE : MO_LE)
#undef PHYSMEM_CACHE_FORMS

PHYSMEM_END_DECLS

#endif
