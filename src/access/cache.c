/* SPDX-License-Identifier: MIT
 *
 * Cached access (specification 13.1, 13.2): making and ending caches, and the accesses that their
 * inline forms (physmem/inline/cache.h) leave to the library.
 *
 * A cache keeps the view that it was made from. Views never change, so a cache without a pointer is
 * just a place in that view. Its accesses are made there as accesses by address are made in the
 * current view. An IOMMU is asked again for each access (D7).
 */
#include <errno.h>

#include "access/cache.h"
#include "access/memory.h"
#include "access/transfer.h"
#include "access/word.h"
#include "base/log.h"
#include "view/holds.h"

/* ---- Life ------------------------------------------------------------------------------- */

/* Returns whether the memory of *next follows that of *first in the same region. */
static bool goes_on(const Spot *first, const Spot *next, unsigned way)
{
    return next->mr == first->mr && (next->direct & way) &&
           next->offset - next->start == first->offset - first->start;
}

/* Returns how many of 'want' bytes from addr on are one piece of host memory that may be accessed
 * directly. Looks at ACCESS_STEPS ranges at most. An IOMMU ends the piece, even if it leads to the
 * bytes that follow. */
static hwaddr plain_stretch(const FlatView *fv, const Spot *first, hwaddr addr, hwaddr want,
                            unsigned way)
{
    hwaddr got = access_cut(want, first->span - (addr - first->start));
    for (unsigned steps = 1; got < want && steps < ACCESS_STEPS; steps++) {
        const Spot *next = access_spot_find(fv, addr + got);
        if (!goes_on(first, next, way)) {
            break;
        }
        got += access_cut(want - got, next->span - (addr + got - next->start));
    }
    return got;
}

/* Sets the section of the cache: what its view shows at addr. */
static void find_section(MemoryRegionCache *cache, hwaddr addr)
{
    Range range;
    if (!view_lookup(cache->fv, addr, &range)) {
        range.mr = region_unassigned;
        range.offset = addr;
    }
    cache->mrs = view_section(cache->fv, &range);
    cache->xlat = range.offset + (addr - range.start);
}

/* The address in the cache's view at which the cache begins. */
static hwaddr base_of(const MemoryRegionCache *cache)
{
    return cache->mrs.offset_within_address_space +
           (cache->xlat - cache->mrs.offset_within_region);
}

/* Sets the cache's pointer, if it may have one, and its length. Without a pointer the cache ends
 * with the range. */
static void find_memory(MemoryRegionCache *cache, hwaddr addr, hwaddr want)
{
    unsigned way = cache->is_write ? DIRECT_WRITE : DIRECT_READ;
    Spot spot = *access_spot_find(cache->fv, addr);
    cache->ptr = NULL;
    cache->watched = NULL;
    if (spot.direct & way) {
        cache->ptr = access_spot_host(&spot, addr);
        cache->watched = access_watched_byte(spot.mr);
        cache->len = plain_stretch(cache->fv, &spot, addr, want, way);
    } else {
        cache->len = access_cut(want, spot.span - (addr - spot.start));
    }
}

/* The number of addresses at which an access of that size can begin, so that all of it lies in a
 * cache of len bytes. */
static hwaddr beginnings(hwaddr len, unsigned size)
{
    return len >= size ? len - size + 1 : 0;
}

/* The inline forms load and store by themselves only at addresses below these bounds. While
 * somebody observes reads, they must leave all loads to the library. */
static void open_inline_forms(MemoryRegionCache *cache)
{
    hwaddr len = cache->ptr ? cache->len : 0;
    bool watched = access_reads_watched(cache->fv->context);
    for (unsigned i = 0; i < 4; i++) {
        hwaddr open = beginnings(len, 1u << i);
        cache->readable[i] = watched ? 0 : open;
        cache->writable[i] = cache->is_write ? open : 0;
    }
}

/* Makes the cache invalid. It clears what the accesses and address_space_cache_destroy() look at,
 * because a device may end a cache for each request, and to clear all of it takes longer. */
static void invalidate(MemoryRegionCache *cache)
{
    cache->ptr = NULL;
    cache->len = 0;
    cache->fv = NULL;
    cache->mrs.mr = NULL;
    for (unsigned i = 0; i < 4; i++) {
        cache->readable[i] = cache->writable[i] = 0;
    }
}

int64_t address_space_cache_init(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr,
                                 hwaddr len, bool is_write)
{
    if (!len) {
        *cache = MEMORY_REGION_CACHE_INVALID;
        misuse(as->context,
               "address_space_cache_init: a cache of 0 bytes at 0x%" PRIx64
               " of address space '%s': it needs at least 1 byte",
               addr, as->name);
        return -EINVAL;
    }
    READ_SECTION;
    cache->fv = view_hold_present(as);
    cache->is_write = is_write;
    cache->big_endian = as->context->big_endian;
    cache->hole_byte = as->hole_byte;
    cache->hole_result = as->hole_result;
    find_section(cache, addr);
    memory_region_ref(cache->mrs.mr);
    find_memory(cache, addr, access_cut(len, INT64_MAX - 1));
    open_inline_forms(cache);
    return (int64_t)cache->len;
}

/* The view is given up last: while it exists, memory_region_wait_unused() keeps a region without an
 * owner from ending. */
void address_space_cache_destroy(MemoryRegionCache *cache)
{
    MemoryRegion *mr = cache->mrs.mr;
    FlatView *fv = cache->fv;
    if (mr) {
        invalidate(cache);
        memory_region_unref(mr);
        flatview_unref(fv);
    }
}

/* ---- Misuse ----------------------------------------------------------------------------- */

/* Returns whether [addr, addr + len) lies in the cache, and whether the cache is for such accesses.
 * If not, logs a MISUSE message. */
static bool permits(const MemoryRegionCache *cache, hwaddr addr, hwaddr len, bool is_write)
{
    if (addr >= cache->len || len > cache->len - addr) {
        return misuse(access_cache_context(cache),
                      "%s of %" PRIu64 " bytes at 0x%" PRIx64 " of a cache of 0x%" PRIx64
                      " bytes of region '%s': the access must lie in the cache",
                      is_write ? "write" : "read", len, addr, cache->len,
                      access_cache_name(cache));
    }
    if (is_write && !cache->is_write) {
        return misuse(access_cache_context(cache),
                      "write at 0x%" PRIx64 " of a cache of region '%s' that is for reading: make "
                      "the cache with is_write",
                      addr, access_cache_name(cache));
    }
    return true;
}

/* A cache without a pointer needs no marking: its stores are accesses by address, which mark what
 * they write. */
void address_space_cache_invalidate(MemoryRegionCache *cache, hwaddr addr, hwaddr access_len)
{
    READ_SECTION;

    if (permits(cache, addr, access_len, true) && cache->ptr && access_len) {
        access_observe_touched(cache->mrs.mr, cache->xlat + addr, (uint8_t *)cache->ptr + addr,
                               access_len);
    }
}

/* Called by an inline store to memory whose writes are watched. The store is marked dirty and not
 * counted: a program that wants it counted calls address_space_cache_invalidate(). */
void address_space_cache_wrote(MemoryRegionCache *cache, const void *host, hwaddr len)
{
    READ_SECTION;
    hwaddr addr = (hwaddr)((const uint8_t *)host - (uint8_t *)cache->ptr);

    access_observe_cached_store(cache->mrs.mr, cache->xlat + addr, host, len);
}

/* ---- Access ----------------------------------------------------------------------------- */

static Access access_of_cache(const MemoryRegionCache *cache, MemTxAttrs attrs)
{
    Access a = access_of_view(cache->fv, attrs);
    a.hole = (Hole){ cache->hole_byte, cache->hole_result };
    return a;
}

MemTxResult address_space_cache_read(MemoryRegionCache *cache, hwaddr addr, void *buf, hwaddr len)
{
    if (!permits(cache, addr, len, false)) {
        return MEMTX_DECODE_ERROR;
    }
    READ_SECTION;
    Access a = access_of_cache(cache, MEMTXATTRS_UNSPECIFIED);
    return access_read(&a, base_of(cache) + addr, buf, len);
}

MemTxResult address_space_cache_write(MemoryRegionCache *cache, hwaddr addr, const void *buf,
                                      hwaddr len)
{
    if (!permits(cache, addr, len, true)) {
        return MEMTX_DECODE_ERROR;
    }
    READ_SECTION;
    Access a = access_of_cache(cache, MEMTXATTRS_UNSPECIFIED);
    return access_write(&a, base_of(cache) + addr, buf, len);
}

uint64_t address_space_cache_load(MemoryRegionCache *cache, hwaddr addr, MemOp op,
                                  MemTxAttrs attrs, MemTxResult *result)
{
    if (!permits(cache, addr, memop_size(op), false)) {
        access_report(result, MEMTX_DECODE_ERROR);
        return 0;
    }
    READ_SECTION;
    Access a = access_of_cache(cache, attrs);
    return access_load(&a, base_of(cache) + addr, op, result);
}

void access_cache_store(MemoryRegionCache *cache, hwaddr addr, uint64_t val, MemOp op,
                        MemTxAttrs attrs, MemTxResult *result, uint8_t clients)
{
    if (!permits(cache, addr, memop_size(op), true)) {
        access_report(result, MEMTX_DECODE_ERROR);
        return;
    }
    READ_SECTION;
    Access a = access_of_cache(cache, attrs);
    access_store(&a, base_of(cache) + addr, val, op, result, clients);
}

void address_space_cache_store(MemoryRegionCache *cache, hwaddr addr, uint64_t val, MemOp op,
                               MemTxAttrs attrs, MemTxResult *result)
{
    access_cache_store(cache, addr, val, op, attrs, result, DIRTY_CLIENTS_ALL);
}
