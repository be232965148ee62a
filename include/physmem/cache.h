/* SPDX-License-Identifier: MIT
 *
 * Cached access: a range of a space is resolved once for many small accesses, such as those to the
 * rings of a virtio device (specification 13, 22.2).
 *
 * Addresses are relative to the one given to address_space_cache_init(). A cache keeps the region
 * and the view that it found. When the map changes, the cache stays safe and goes on with that
 * region. So a program makes it anew in a listener's commit.
 *
 * Unless its comment says otherwise, every function here is read side. Several threads may use one
 * cache at once, except while it is made or destroyed.
 *
 * Stores are marked dirty like every write of the library, also if logging began after the cache
 * was made. The library does not see stores that the program makes through 'ptr' itself: call
 * address_space_cache_invalidate() after them.
 */
#ifndef PHYSMEM_CACHE_H
#define PHYSMEM_CACHE_H

#include <physmem/access.h>
#include <physmem/memop.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

/* A cache. address_space_cache_init() fills it in, and a program reads the public fields. */
struct MemoryRegionCache {
    void *ptr; /* host address of cache address 0; NULL: every access is a call */
    /* private: the inline forms make an access of 1, 2, 4 or 8 bytes by themselves if its address
     * is below readable[0 to 3] or writable[0 to 3]. They stand beside the pointer because an
     * access needs nothing else. */
    hwaddr readable[4];
    hwaddr writable[4];
    const bool *watched; /* with ptr: whether stores to this memory must be marked dirty */
    /* public again */
    hwaddr xlat; /* offset of cache address 0 in mrs.mr */
    hwaddr len;
    FlatView *fv;
    MemoryRegionSection mrs; /* what the view shows at cache address 0; IOMMUs are not followed */
    bool is_write;
    /* private */
    bool big_endian;   /* the CPU's byte order */
    uint8_t hole_byte; /* the space's */
    MemTxResult hole_result;
};

/* A cache that address_space_cache_destroy() leaves alone. */
#ifdef __cplusplus
#define MEMORY_REGION_CACHE_INVALID (MemoryRegionCache())
#else
#define MEMORY_REGION_CACHE_INVALID ((MemoryRegionCache){ .mrs.mr = NULL })
#endif

/* ---- Life (specification 13.1) ---------------------------------------------------------- *
 *
 * A cache is made and destroyed while no other thread uses it. */

/* Makes a cache of up to len bytes at addr of a space, for reading, or with is_write for reading
 * and writing. The structure need not be initialised. Returns how many bytes the cache covers, at
 * least 1: memory as far as one region goes on, anything else to the end of the visible range. A
 * reference on the view, which keeps the region, is held until the cache is destroyed. len 0 is
 * refused with a MISUSE message: the result is -EINVAL and the cache is invalid. Any thread. */
PHYSMEM_API int64_t address_space_cache_init(MemoryRegionCache *cache, AddressSpace *as,
                                             hwaddr addr, hwaddr len, bool is_write);

/* Marks [addr, addr + access_len) of the cache dirty and counts it as one write
 * (memory_region_set_counting()). Call it after stores through 'ptr' itself, of which the library
 * knows nothing. The stores below mark what they write, but are not counted if they go to memory. A
 * call after them is allowed, and with MEMORY_QUIRK_UNMARKED_CACHE it is needed. Does nothing for a
 * cache without 'ptr'. Refused with a MISUSE message if the cache is not for writing or the range
 * is not in it. Any thread; calls MemoryContextHooks.invalidate_code as other writes do. */
PHYSMEM_API void address_space_cache_invalidate(MemoryRegionCache *cache, hwaddr addr,
                                                hwaddr access_len);

/* Gives back the reference on the view, and leaves the cache invalid. Does nothing for a cache that
 * is invalid already. Any thread. */
PHYSMEM_API void address_space_cache_destroy(MemoryRegionCache *cache);

/* ---- Access (specification 13.2) -------------------------------------------------------- *
 *
 * These functions do what the functions of the same name do by address, with the same parameters
 * (access.h), at an address of the cache:
 *
 *   address_space_{read,write}_cached                                     blocks
 *   address_space_{ldub,stb}_cached                                       1 byte
 *   address_space_{lduw,ldl,ldq,stw,stl,stq}{_le,_be,}_cached             2, 4, 8 bytes
 *   {ldub,stb}_phys_cached, {lduw,ldl,ldq,stw,stl,stq}{_le,_be,}_phys_cached
 *
 *   - Memory is accessed inline, and the result is MEMTX_OK (R6). A naturally aligned load or store
 *     is single-copy atomic.
 *   - A device is called as for an access by address.
 *   - What is behind an IOMMU is translated at each access, and for each step of it (D7): for loads
 *     and stores with their own attributes, for blocks with MEMTXATTRS_UNSPECIFIED.
 *   - An access that does not lie in the cache, or a write to a cache made for reading (R20), is
 *     refused with a MISUSE message. The result is MEMTX_DECODE_ERROR, a load returns 0, and
 *     nothing is touched, not even the buffer of a read.
 *
 * The _slow forms are for caches without 'ptr'. For other caches they are refused in the same way.
 *
 *   buf     host memory of len bytes
 *   val     what a store stores
 *   result  takes the result; NULL: it is not wanted */

PHYSMEM_API MemTxResult address_space_read_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                       void *buf, hwaddr len);
PHYSMEM_API MemTxResult address_space_write_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                        const void *buf, hwaddr len);

PHYSMEM_API uint8_t address_space_ldub_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                   MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stb_cached_slow(MemoryRegionCache *cache, hwaddr addr, uint8_t val,
                                               MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint16_t address_space_lduw_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                       MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stw_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                  uint16_t val, MemTxAttrs attrs,
                                                  MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                      MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stl_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                  uint32_t val, MemTxAttrs attrs,
                                                  MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                      MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stq_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                  uint64_t val, MemTxAttrs attrs,
                                                  MemTxResult *result);
PHYSMEM_API uint16_t address_space_lduw_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                       MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stw_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                  uint16_t val, MemTxAttrs attrs,
                                                  MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                      MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stl_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                  uint32_t val, MemTxAttrs attrs,
                                                  MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                      MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stq_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                  uint64_t val, MemTxAttrs attrs,
                                                  MemTxResult *result);
PHYSMEM_API uint16_t address_space_lduw_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stw_cached_slow(MemoryRegionCache *cache, hwaddr addr, uint16_t val,
                                               MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                   MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stl_cached_slow(MemoryRegionCache *cache, hwaddr addr, uint32_t val,
                                               MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                   MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stq_cached_slow(MemoryRegionCache *cache, hwaddr addr, uint64_t val,
                                               MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stl_notdirty_cached_slow(MemoryRegionCache *cache, hwaddr addr,
                                                        uint32_t val, MemTxAttrs attrs,
                                                        MemTxResult *result);

/* For the inline forms only, which call these functions for accesses that they cannot make
 * themselves, or after a store to 'host'. Programs do not call them. 'op' has the size and the byte
 * order. */
PHYSMEM_API MemTxResult address_space_cache_read(MemoryRegionCache *cache, hwaddr addr, void *buf,
                                                 hwaddr len);
PHYSMEM_API MemTxResult address_space_cache_write(MemoryRegionCache *cache, hwaddr addr,
                                                  const void *buf, hwaddr len);
PHYSMEM_API uint64_t address_space_cache_load(MemoryRegionCache *cache, hwaddr addr, MemOp op,
                                              MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_cache_store(MemoryRegionCache *cache, hwaddr addr, uint64_t val,
                                           MemOp op, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_cache_wrote(MemoryRegionCache *cache, const void *host, hwaddr len);

PHYSMEM_END_DECLS

#include <physmem/inline/cache.h>

#endif
