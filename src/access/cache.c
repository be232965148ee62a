/* SPDX-License-Identifier: MIT
 *
 * Cached access (specification 13.1, 13.2, 22.2): making and ending caches, and what their inline
 * forms (physmem/inline/cache.h) leave to the library.
 *
 * A cache holds on to the view that it was made from. Views never change, so a cache without a
 * pointer is just a place in that view: each access, and each step of one, is translated there from
 * the cache's address on, as accesses by address are in the current view. What an IOMMU behind it
 * says is asked every time (D7).
 */
#include <errno.h>

#include <physmem/cache.h>

#include "access/memory.h"
#include "access/transfer.h"
#include "access/word.h"

/* ---- Life ------------------------------------------------------------------------------- */

static bool goes_on(const Spot *first, const Spot *next, unsigned way)
{
    return next->mr == first->mr && (next->direct & way) &&
           next->offset - next->start == first->offset - first->start;
}

/* How many of 'want' bytes from addr on may be accessed in the plain way, in one piece of host
 * memory: of the first ACCESS_STEPS ranges. An IOMMU that happens to lead to the bytes that follow
 * is not plain. */
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

static MemoryRegionSection section_at(FlatView *fv, hwaddr addr)
{
    Range range;
    if (!view_lookup(fv, addr, &range)) {
        range.mr = region_unassigned;
        range.offset = addr;
    }
    return view_section(fv, &range);
}

/* Where cache address 0 is in the cache's view. */
static hwaddr base_of(const MemoryRegionCache *cache)
{
    return cache->mrs.offset_within_address_space +
           (cache->xlat - cache->mrs.offset_within_region);
}

static void find_memory(MemoryRegionCache *cache, hwaddr addr, hwaddr want)
{
    unsigned way = cache->is_write ? DIRECT_WRITE : DIRECT_READ;
    Spot spot = *access_spot_find(cache->fv, addr);
    if (spot.direct & way) {
        cache->ptr = spot.memory + (addr - spot.start);
        cache->watched = access_watched_byte(spot.mr);
        cache->len = plain_stretch(cache->fv, &spot, addr, want, way);
    } else {
        cache->len = access_cut(want, spot.span - (addr - spot.start));
    }
}

/* At how many addresses of a cache an access of that size can begin. */
static hwaddr beginnings(hwaddr len, unsigned size)
{
    return len >= size ? len - size + 1 : 0;
}

static void open_inline_forms(MemoryRegionCache *cache)
{
    bool heard = access_reads_watched(cache->fv->context);
    for (unsigned i = 0; cache->ptr && i < 4; i++) {
        hwaddr open = beginnings(cache->len, 1u << i);
        cache->readable[i] = heard ? 0 : open;
        cache->writable[i] = cache->is_write ? open : 0;
    }
}

int64_t address_space_cache_init(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr,
                                 hwaddr len, bool is_write)
{
    if (!len) {
        *cache = MEMORY_REGION_CACHE_INVALID;
        misuse(as->context, "a cache of 0 bytes at 0x%" PRIx64 " of address space '%s'", addr,
               as->name);
        return -EINVAL;
    }
    READ_SECTION;
    FlatView *fv = address_space_get_flatview(as);
    MemoryRegionSection section = section_at(fv, addr);
    *cache = (MemoryRegionCache){
        .xlat = section.offset_within_region + (addr - section.offset_within_address_space),
        .fv = fv,
        .mrs = section,
        .is_write = is_write,
        .big_endian = as->context->big_endian,
        .hole_byte = as->hole_byte,
        .hole_result = as->hole_result,
    };
    memory_region_ref(section.mr);
    find_memory(cache, addr, access_cut(len, INT64_MAX - 1));
    open_inline_forms(cache);
    return (int64_t)cache->len;
}

/* The view goes last: it keeps a region without an owner from ending
 * (memory_region_wait_unused()). */
void address_space_cache_destroy(MemoryRegionCache *cache)
{
    MemoryRegion *mr = cache->mrs.mr;
    FlatView *fv = cache->fv;
    if (mr) {
        *cache = MEMORY_REGION_CACHE_INVALID;
        memory_region_unref(mr);
        flatview_unref(fv);
    }
}

/* ---- Wrong use -------------------------------------------------------------------------- */

static MemoryContext *context_of(const MemoryRegionCache *cache)
{
    return cache->fv ? cache->fv->context : NULL;
}

static const char *name_of(const MemoryRegionCache *cache)
{
    return cache->mrs.mr ? region_label(cache->mrs.mr) : "(invalid)";
}

/* Lies [addr, addr + len) in the cache, and may it be accessed so? */
static bool permits(const MemoryRegionCache *cache, hwaddr addr, hwaddr len, bool is_write)
{
    if (addr >= cache->len || len > cache->len - addr) {
        return misuse(context_of(cache),
                      "%s of %" PRIu64 " bytes at 0x%" PRIx64 " of a cache of 0x%" PRIx64
                      " bytes of region '%s'",
                      is_write ? "write" : "read", len, addr, cache->len, name_of(cache));
    }
    if (is_write && !cache->is_write) {
        return misuse(context_of(cache),
                      "write at 0x%" PRIx64 " of a cache of region '%s' that is for reading", addr,
                      name_of(cache));
    }
    return true;
}

static bool is_slow(const MemoryRegionCache *cache)
{
    return !cache->ptr || misuse(context_of(cache),
                                 "a slow access to a cache of region '%s' that has a pointer",
                                 name_of(cache));
}

/* In a cache without a pointer the accesses by address have marked everything. */
void address_space_cache_invalidate(MemoryRegionCache *cache, hwaddr addr, hwaddr access_len)
{
    READ_SECTION;

    if (permits(cache, addr, access_len, true) && cache->ptr && access_len) {
        access_observe_touched(cache->mrs.mr, cache->xlat + addr,
                               (uint8_t *)cache->ptr + addr, access_len);
    }
}

/* The store is not counted: address_space_cache_invalidate() does that, if the caller wants it. */
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

static void report_refusal(MemTxResult *result)
{
    if (result) {
        *result = MEMTX_DECODE_ERROR;
    }
}

uint64_t address_space_cache_load(MemoryRegionCache *cache, hwaddr addr, MemOp op,
                                  MemTxAttrs attrs, MemTxResult *result)
{
    if (!permits(cache, addr, memop_size(op), false)) {
        report_refusal(result);
        return 0;
    }
    READ_SECTION;
    Access a = access_of_cache(cache, attrs);
    return access_load(&a, base_of(cache) + addr, op, result);
}

static void store(MemoryRegionCache *cache, hwaddr addr, uint64_t val, MemOp op, MemTxAttrs attrs,
                  MemTxResult *result, uint8_t clients)
{
    if (!permits(cache, addr, memop_size(op), true)) {
        report_refusal(result);
        return;
    }
    READ_SECTION;
    Access a = access_of_cache(cache, attrs);
    access_store(&a, base_of(cache) + addr, val, op, result, clients);
}

void address_space_cache_store(MemoryRegionCache *cache, hwaddr addr, uint64_t val, MemOp op,
                               MemTxAttrs attrs, MemTxResult *result)
{
    store(cache, addr, val, op, attrs, result, DIRTY_CLIENTS_ALL);
}

/* ---- The slow forms --------------------------------------------------------------------- */

MemTxResult address_space_read_cached_slow(MemoryRegionCache *cache, hwaddr addr, void *buf,
                                           hwaddr len)
{
    return is_slow(cache) ? address_space_cache_read(cache, addr, buf, len) : MEMTX_DECODE_ERROR;
}

MemTxResult address_space_write_cached_slow(MemoryRegionCache *cache, hwaddr addr, const void *buf,
                                            hwaddr len)
{
    return is_slow(cache) ? address_space_cache_write(cache, addr, buf, len) : MEMTX_DECODE_ERROR;
}

static uint64_t load_slow(MemoryRegionCache *cache, hwaddr addr, unsigned op, MemTxAttrs attrs,
                          MemTxResult *result)
{
    if (!is_slow(cache)) {
        report_refusal(result);
        return 0;
    }
    return address_space_cache_load(cache, addr, (MemOp)op, attrs, result);
}

static void store_slow(MemoryRegionCache *cache, hwaddr addr, uint64_t val, unsigned op,
                       MemTxAttrs attrs, MemTxResult *result, uint8_t clients)
{
    if (!is_slow(cache)) {
        report_refusal(result);
        return;
    }
    store(cache, addr, val, (MemOp)op, attrs, result, clients);
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
#define STORE(name, type, op) STORE_FOR(name, type, op, DIRTY_CLIENTS_ALL)

LOAD(ldub, uint8_t, MO_8 | MO_LE)
LOAD(lduw_le, uint16_t, MO_16 | MO_LE)
LOAD(lduw_be, uint16_t, MO_16 | MO_BE)
LOAD(lduw, uint16_t, MO_16 | cpu_order(cache))
LOAD(ldl_le, uint32_t, MO_32 | MO_LE)
LOAD(ldl_be, uint32_t, MO_32 | MO_BE)
LOAD(ldl, uint32_t, MO_32 | cpu_order(cache))
LOAD(ldq_le, uint64_t, MO_64 | MO_LE)
LOAD(ldq_be, uint64_t, MO_64 | MO_BE)
LOAD(ldq, uint64_t, MO_64 | cpu_order(cache))

STORE(stb, uint8_t, MO_8 | MO_LE)
STORE(stw_le, uint16_t, MO_16 | MO_LE)
STORE(stw_be, uint16_t, MO_16 | MO_BE)
STORE(stw, uint16_t, MO_16 | cpu_order(cache))
STORE(stl_le, uint32_t, MO_32 | MO_LE)
STORE(stl_be, uint32_t, MO_32 | MO_BE)
STORE(stl, uint32_t, MO_32 | cpu_order(cache))
STORE(stq_le, uint64_t, MO_64 | MO_LE)
STORE(stq_be, uint64_t, MO_64 | MO_BE)
STORE(stq, uint64_t, MO_64 | cpu_order(cache))
STORE_FOR(stl_notdirty, uint32_t, MO_32 | cpu_order(cache), DIRTY_CLIENTS_NOCODE)
