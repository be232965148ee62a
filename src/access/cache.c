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

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define OUT_OF_LINE __attribute__((noinline)) /* memory in one range does not pay for the rest */

enum { WIDEST = 8 }; /* bytes of the widest access that inline forms make */

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

/* Returns at how many addresses an access of 'size' bytes can begin, so that all of it lies in
 * memory of len bytes. */
static inline hwaddr places(hwaddr len, hwaddr size)
{
    return len >= size ? len - (size - 1) : 0;
}

static inline void set_open(hwaddr open[4], hwaddr len)
{
    open[0] = len;
    open[1] = places(len, 2);
    open[2] = places(len, 4);
    open[3] = places(len, 8);
}

static inline void set_closed(hwaddr open[4])
{
    open[0] = open[1] = open[2] = open[3] = 0;
}

/* The inline forms load and store by themselves only at addresses below these bounds. While
 * somebody observes reads, they must leave all loads to the library. */
static ALWAYS_INLINE void open_inline_forms(MemoryRegionCache *cache, hwaddr len, bool is_watched,
                                            bool is_write)
{
    if (is_watched) {
        set_closed(cache->readable);
    } else {
        set_open(cache->readable, len);
    }
    if (is_write) {
        set_open(cache->writable, len);
    } else {
        set_closed(cache->writable);
    }
}

static ALWAYS_INLINE void set_memory(MemoryRegionCache *cache, const AddressSpace *as,
                                     const Spot *spot, hwaddr addr)
{
    cache->ptr = physmem_spot_host(spot, addr);
    cache->watched = access_watched_byte(as->context, spot);
}

/* A cache without a pointer ends with the range. */
static OUT_OF_LINE void set_no_memory(MemoryRegionCache *cache, hwaddr addr, hwaddr want)
{
    Spot spot = access_spot_make(cache->fv, addr);
    cache->ptr = NULL;
    cache->watched = NULL;
    cache->len = access_cut(want, spot.span - (addr - spot.start));
    set_closed(cache->readable);
    set_closed(cache->writable);
}

/* Makes the cache invalid. It clears what the accesses and address_space_cache_destroy() look at,
 * because a device may end a cache for each request, and to clear all of it takes longer. */
static void invalidate(MemoryRegionCache *cache)
{
    cache->ptr = NULL;
    cache->len = 0;
    cache->fv = NULL;
    cache->mrs.mr = NULL;
    set_closed(cache->readable);
    set_closed(cache->writable);
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

/* The fields that all caches of a space have. */
static ALWAYS_INLINE void set_space(MemoryRegionCache *cache, const AddressSpace *as,
                                    bool is_write)
{
    cache->is_write = is_write;
    cache->big_endian = as->context->rules.big_endian;
    cache->hole_byte = as->hole_byte;
    cache->hole_result = as->hole_result;
}

/* A cache that takes more than one spot, or has no memory. */
static OUT_OF_LINE int64_t init_other(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr,
                                      hwaddr len, bool is_write, bool entered)
{
    read_enter_begun(entered);
    READ_SECTION_UNLESS(true);
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
        set_memory(cache, as, spot, addr);
        cache->len = plain_stretch(fv, spot, addr, want, way);
        open_inline_forms(cache, cache->len, access_reads_watched(as->context), is_write);
    } else {
        set_no_memory(cache, addr, want);
    }
    set_space(cache, as, is_write);
    return (int64_t)cache->len;
}

/* Returns whether the spot alone says all of a cache of this length. Shorter caches than WIDEST are
 * left out, so that set_open() need not compare. */
static ALWAYS_INLINE bool is_usual(const AddressSpace *as, const Spot *spot, hwaddr addr,
                                   hwaddr len, bool is_write)
{
    return access_spot_is_direct(spot, addr, len, is_write ? DIRECT_WRITE : DIRECT_READ) &&
           spot->whole && len >= WIDEST && !access_reads_watched(as->context);
}

/* Makes a usual cache in the read section of the caller. Returns false, and does nothing, if it is
 * another one. */
static ALWAYS_INLINE bool init_usual(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr,
                                     hwaddr len, bool is_write)
{
    FlatView *fv = address_space_to_flatview(as);
    const Spot *spot = physmem_spot_recall(fv, addr, 1);
    if (__builtin_expect(!spot || !is_usual(as, spot, addr, len, is_write) ||
                             !view_hold_shown_quickly(fv),
                         0)) {
        return false;
    }
    set_memory(cache, as, spot, addr);
    open_inline_forms(cache, len, false, is_write);
    cache->xlat = spot->offset + (addr - spot->start);
    cache->len = len;
    cache->fv = fv;
    access_spot_section(spot, fv, &cache->mrs);
    set_space(cache, as, is_write);
    return true;
}

int64_t address_space_cache_init(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr,
                                 hwaddr len, bool is_write)
{
    if (!len) {
        return refuse(cache, as, addr);
    }
    unsigned long *entered = physmem_section_enter();
    if (!entered || !init_usual(cache, as, addr, len, is_write)) {
        return init_other(cache, as, addr, len, is_write, entered != NULL);
    }
    read_leave_quickly(entered);
    return (int64_t)len;
}

void address_space_cache_destroy(MemoryRegionCache *cache)
{
    FlatView *fv = cache->fv;
    if (fv) {
        invalidate(cache);
        if (!view_drop_quickly(fv)) {
            flatview_unref(fv);
        }
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
