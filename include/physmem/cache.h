/* SPDX-License-Identifier: MIT
 *
 * Cached access: a range of a space resolved once for many small accesses, as for the rings of a
 * virtio device (specification sections 13 and 22.2).
 *
 * Addresses are relative to the one given to address_space_cache_init(). A cache keeps the region
 * and the view that it found: it stays safe, and goes on with that region, when the map changes, so
 * make it anew in a listener's commit. One cache may be used from several threads at once, but for
 * its making and end. Everything here is read side.
 *
 * A store is marked dirty like every write of the library, also if the cache is older than the
 * logging. The library does not see stores through 'ptr' itself: call
 * address_space_cache_invalidate() after them.
 */
#ifndef PHYSMEM_CACHE_H
#define PHYSMEM_CACHE_H

#include <physmem/access.h>
#include <physmem/memop.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

struct MemoryRegionCache {
    void *ptr;   /* host address of cache address 0; NULL: not directly accessible */
    /* private: how many first addresses there are at which the inline forms may load and store 1,
     * 2, 4 and 8 bytes by themselves; beside the pointer, as an access needs no more */
    hwaddr readable[4];
    hwaddr writable[4];
    const bool *watched; /* with ptr: somebody wants to know of each store to this memory */
    /* public again */
    hwaddr xlat; /* offset of cache address 0 in mrs.mr */
    hwaddr len;
    FlatView *fv;
    MemoryRegionSection mrs; /* what the view shows at cache address 0; no IOMMU is followed */
    bool is_write;
    /* private */
    bool big_endian;    /* the CPU */
    uint8_t hole_byte;  /* of the space */
    MemTxResult hole_result;
};

/* A cache that address_space_cache_destroy() leaves alone. */
#ifdef __cplusplus
#define MEMORY_REGION_CACHE_INVALID (MemoryRegionCache())
#else
#define MEMORY_REGION_CACHE_INVALID ((MemoryRegionCache){ .mrs.mr = NULL })
#endif

/* ---- Life (13.1) ------------------------------------------------------------------------ *
 *
 * Any thread; not while others use the cache. */

/* Makes a cache, whose contents before do not matter, of up to len bytes at addr, for reading or
 * for reading and writing. Returns how many it covers, at least 1: memory that may be accessed in
 * the plain way as far as one region goes on, all else to the end of the visible range. Keeps
 * region and view until it is destroyed. len 0 is refused with a MISUSE message: -EINVAL and an
 * invalid cache. */
PHYSMEM_API int64_t address_space_cache_init(MemoryRegionCache *cache, AddressSpace *as,
                                             hwaddr addr, hwaddr len, bool is_write);

/* Marks [addr, addr + access_len) of the cache dirty and counts it as one write
 * (memory_region_set_counting()). To be called after stores through 'ptr' itself, which do
 * neither. The stores below mark, but are not counted where they go to memory; the call after
 * them is allowed, and needed with MEMORY_QUIRK_UNMARKED_CACHE. Does nothing in a cache without
 * 'ptr'. Refused with a MISUSE message if the cache is not for writing or the range is not in
 * it. Read side. */
PHYSMEM_API void address_space_cache_invalidate(MemoryRegionCache *cache, hwaddr addr,
                                                hwaddr access_len);

/* Lets go of region and view and leaves an invalid cache. Nothing happens to one that is invalid
 * already. Not in a read section: the region's owner may end. */
PHYSMEM_API void address_space_cache_destroy(MemoryRegionCache *cache);

/* ---- Access (13.2, 22.2) ---------------------------------------------------------------- *
 *
 *   address_space_{read,write}_cached                                     blocks
 *   address_space_{ldub,stb}_cached                                       1 byte
 *   address_space_{lduw,ldl,ldq,stw,stl,stq}{_le,_be,}_cached             2, 4, 8 bytes
 *   {ldub,stb}_phys_cached, {lduw,ldl,ldq,stw,stl,stq}{_le,_be,}_phys_cached
 *
 * as their relatives by address (access.h), at an address of the cache. Memory is accessed inline
 * and the result is MEMTX_OK (R6); a naturally aligned load or store is single-copy atomic. Devices
 * are dispatched to; what lies behind an IOMMU is translated anew for each access and each step of
 * it (D7), with the attributes of the access, in blocks with MEMTXATTRS_UNSPECIFIED.
 *
 * An access that does not lie in the cache, or writes to one made for reading (R20), is refused
 * with a MISUSE message: MEMTX_DECODE_ERROR, 0, and nothing is touched, not even a buffer that was
 * to be read to.
 *
 * The _slow forms are the same for caches without 'ptr'; on others they are refused like that. */

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
    uint16_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stl_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint32_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stq_le_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint64_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint16_t address_space_lduw_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stw_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint16_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stl_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint32_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stq_be_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint64_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint16_t address_space_lduw_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stw_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint16_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stl_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint32_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stq_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint64_t val, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_stl_notdirty_cached_slow(MemoryRegionCache *cache, hwaddr addr,
    uint32_t val, MemTxAttrs attrs, MemTxResult *result);

/* What the inline forms call where they cannot do it by themselves, for whatever reason. Not for
 * programs. */
PHYSMEM_API MemTxResult address_space_cache_read(MemoryRegionCache *cache, hwaddr addr, void *buf,
                                                 hwaddr len);
PHYSMEM_API MemTxResult address_space_cache_write(MemoryRegionCache *cache, hwaddr addr,
                                                  const void *buf, hwaddr len);
PHYSMEM_API uint64_t address_space_cache_load(MemoryRegionCache *cache, hwaddr addr, MemOp op,
                                              MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_cache_store(MemoryRegionCache *cache, hwaddr addr, uint64_t val,
                                           MemOp op, MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API void address_space_cache_wrote(MemoryRegionCache *cache, const void *host,
                                            hwaddr len);

PHYSMEM_END_DECLS

#include <physmem/inline/cache.h>

#endif
