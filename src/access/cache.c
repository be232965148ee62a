/* SPDX-License-Identifier: MIT
 *
 * Cached access (specification 13.1, 13.2): making and ending caches, and the accesses that their
 * inline forms (physmem/inline/cache.h) leave to the library.
 *
 * A cache keeps the view that it was made from. Views never change, so a cache without a pointer is
 * just a place in that view. Its accesses are made there as accesses by address are made in the
 * current view. What is behind an IOMMU is translated at each access (D7, 10.4).
 */
#include <errno.h>

#include "access/cache.h"
#include "access/memory.h"
#include "access/transfer.h"
#include "access/word.h"
#include "base/log.h"
#include "view/holds.h"

#define OUT_OF_LINE __attribute__((noinline)) /* memory in one range does not pay for the rest */

/* ---- Life ------------------------------------------------------------------------------- */

/* The address in the cache's view at which the cache begins. */
static hwaddr base_of(const MemoryRegionCache *cache)
{
    return cache->mrs.offset_within_address_space +
           (cache->xlat - cache->mrs.offset_within_region);
}

/* Sets the section of the cache: what its view shows at addr. */
static void set_section(MemoryRegionCache *cache, FlatView *fv, const Range *range, hwaddr addr)
{
    cache->fv = fv;
    cache->mrs = view_section(fv, range);
    cache->xlat = range->offset + (addr - range->start);
}

static OUT_OF_LINE void set_section_of_hole(MemoryRegionCache *cache, FlatView *fv, hwaddr addr)
{
    Range hole;
    view_lookup(fv, addr, &hole);
    hole.mr = region_unassigned;
    set_section(cache, fv, &hole, addr);
}

/* Returns whether the memory of *next follows that of *first in the same region. */
static bool goes_on(const Spot *first, const Spot *next, unsigned way)
{
    return next->mr == first->mr && (next->direct & way) &&
           next->offset - next->start == first->offset - first->start;
}

/* Continues plain_stretch() behind the first range. Looks at ACCESS_STEPS ranges at most. An IOMMU
 * ends the piece, even if it leads to the bytes that follow. */
static OUT_OF_LINE hwaddr further_stretch(const FlatView *fv, const Spot *spot, hwaddr addr,
                                          hwaddr got, hwaddr want, unsigned way)
{
    const Spot first = *spot; /* looking for others may replace it */
    for (unsigned steps = 1; got < want && steps < ACCESS_STEPS; steps++) {
        const Spot *next = access_spot_find(fv, addr + got);
        if (!goes_on(&first, next, way)) {
            break;
        }
        got += access_cut(want - got, next->span - (addr + got - next->start));
    }
    return got;
}

/* Returns how many of 'want' bytes from addr on are one piece of host memory that may be accessed
 * directly. */
static hwaddr plain_stretch(const FlatView *fv, const Spot *first, hwaddr addr, hwaddr want,
                            unsigned way)
{
    hwaddr got = access_cut(want, first->span - (addr - first->start));
    return got == want ? got : further_stretch(fv, first, addr, got, want, way);
}

/* Sets the numbers of addresses at which an access of 1, 2, 4 and 8 bytes can begin, so that all of
 * it lies in memory of len bytes. */
static void set_open(hwaddr open[4], hwaddr len)
{
    for (unsigned i = 0; i < 4; i++) {
        hwaddr rest = (1u << i) - 1;
        open[i] = len > rest ? len - rest : 0;
    }
}

/* The inline forms load and store by themselves only at addresses below these bounds. While
 * somebody observes reads, they must leave all loads to the library. */
static void open_inline_forms(MemoryRegionCache *cache, const AddressSpace *as, hwaddr len,
                              bool is_write)
{
    set_open(cache->readable, access_reads_watched(as->context) ? 0 : len);
    set_open(cache->writable, is_write ? len : 0);
}

static void set_memory(MemoryRegionCache *cache, const Spot *spot, hwaddr addr)
{
    cache->ptr = physmem_spot_host(spot, addr);
    cache->watched = access_watched_byte(spot);
}

/* A cache without a pointer ends with the range. */
static OUT_OF_LINE void set_no_memory(MemoryRegionCache *cache, const AddressSpace *as,
                                      hwaddr addr, hwaddr want)
{
    Spot spot = access_spot_make(cache->fv, addr);
    cache->ptr = NULL;
    cache->watched = NULL;
    cache->len = access_cut(want, spot.span - (addr - spot.start));
    open_inline_forms(cache, as, 0, false);
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

static OUT_OF_LINE int64_t refuse(MemoryRegionCache *cache, const AddressSpace *as, hwaddr addr)
{
    *cache = MEMORY_REGION_CACHE_INVALID;
    misuse(as->context,
           "address_space_cache_init: a cache of 0 bytes at 0x%" PRIx64
           " of address space '%s': it needs at least 1 byte",
           addr, as->name);
    return -EINVAL;
}

int64_t address_space_cache_init(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr,
                                 hwaddr len, bool is_write)
{
    if (!len) {
        return refuse(cache, as, addr);
    }
    READ_SECTION_UNLESS(cells_section_enter());
    FlatView *fv = view_hold_present(as);
    const Range *range = view_range_at(fv, addr);
    if (range) {
        set_section(cache, fv, range, addr);
    } else {
        set_section_of_hole(cache, fv, addr);
    }
    unsigned way = is_write ? DIRECT_WRITE : DIRECT_READ;
    hwaddr want = access_cut(len, INT64_MAX - 1);
    const Spot *spot = access_spot_find(fv, addr);
    if (spot->direct & way) {
        set_memory(cache, spot, addr);
        cache->len = plain_stretch(fv, spot, addr, want, way);
        open_inline_forms(cache, as, cache->len, is_write);
    } else {
        set_no_memory(cache, as, addr, want);
    }
    cache->is_write = is_write;
    cache->big_endian = as->context->rules.big_endian;
    cache->hole_byte = as->hole_byte;
    cache->hole_result = as->hole_result;
    return (int64_t)cache->len;
}

void address_space_cache_destroy(MemoryRegionCache *cache)
{
    FlatView *fv = cache->fv;
    if (fv) {
        invalidate(cache);
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
