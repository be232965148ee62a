/* SPDX-License-Identifier: MIT
 *
 * Observation: every access that the library makes to guest memory or to a device is made known
 * here. The observers are the access counters, the dirty pages and the fuzzer's hook. An access
 * that nobody observes costs one test.
 *
 *    access_observe_read()     before memory is read: the fuzzer's hook may fill it first
 *    access_observe_write()    after memory was written: dirty pages must follow the data
 *    access_observe_touched()  when the program says what it wrote through a host pointer
 *    access_observe_device()   before a device is called, which may ask for its own counts
 *    access_observe_refused()  when a region refuses an access
 *
 * Loads and stores through the pointer of a cache are inline in the program
 * (physmem/inline/cache.h). Of those, only stores come here, and only while writes to the region
 * are watched.
 *
 * region/watches.c says when reads or writes are watched.
 */
#ifndef ACCESS_OBSERVE_H
#define ACCESS_OBSERVE_H

#include "access/request.h"
#include "base/barrier.h"
#include "region/extras.h"
#include "region/record.h"

/* The rare cases of the inline functions below: somebody observes. */
void access_watch_read(const Access *a, const Target *t, hwaddr addr, hwaddr len);
void access_watch_write(const Access *a, const Target *t, hwaddr len, uint8_t clients);
void access_watch_spot_read(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs);
void access_watch_spot_write(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs,
                             uint8_t clients);
void access_watch_host_write(MemoryRegion *mr, const uint8_t *host, hwaddr len, MemTxAttrs attrs,
                             uint8_t clients);
void access_watch_touched(MemoryRegion *mr, hwaddr offset, const void *host, hwaddr len);

static inline bool access_reads_watched(const MemoryContext *ctx)
{
    return __builtin_expect(physmem_flag(&ctx->rules.reads_watched), 0);
}

static inline bool access_watched(const bool *watched)
{
    /* The byte is read after the data was written. On a host where this order takes a full
     * barrier, all writes are watched, and region_mark_dirty() makes the barrier. */
    barrier_compiler();
    return __builtin_expect(__atomic_load_n(watched, __ATOMIC_RELAXED), 0);
}

static inline bool access_writes_watched(const MemoryRegion *mr)
{
    return access_watched(&mr->record->writes_watched);
}

/* For memory at a target. 'addr' is the address in the space that the program has named. */
static inline void access_observe_read(const Access *a, const Target *t, hwaddr addr, hwaddr len)
{
    if (access_reads_watched(t->mr->parent_obj.context)) {
        access_watch_read(a, t, addr, len);
    }
}

/* 'clients' are the dirty clients (1 << DIRTY_MEMORY_...) for which the write is marked, if they
 * log the region. */
static inline void access_observe_write(const Access *a, const Target *t, hwaddr len,
                                        uint8_t clients)
{
    if (access_writes_watched(t->mr)) {
        access_watch_write(a, t, len, clients);
    }
}

/* The same for memory in a spot. 'ctx' is the context of its region. */
static inline void access_observe_spot_read(const MemoryContext *ctx, const Spot *s, hwaddr addr,
                                            hwaddr len, MemTxAttrs attrs)
{
    if (access_reads_watched(ctx)) {
        access_watch_spot_read(s, addr, len, attrs);
    }
}

static inline void access_observe_spot_write(const Spot *s, hwaddr addr, hwaddr len,
                                             MemTxAttrs attrs, uint8_t clients)
{
    if (physmem_spot_watched(s)) {
        access_watch_spot_write(s, addr, len, attrs, clients);
    }
}

/* The same for the memory of a region, by its host address. */
static inline void access_observe_host_write(MemoryRegion *mr, const uint8_t *host, hwaddr len,
                                             MemTxAttrs attrs, uint8_t clients)
{
    if (access_writes_watched(mr)) {
        access_watch_host_write(mr, host, len, attrs, clients);
    }
}

/* The program has written through a host pointer that the library had given out. */
static inline void access_observe_touched(MemoryRegion *mr, hwaddr offset, const void *host,
                                          hwaddr len)
{
    if (access_writes_watched(mr)) {
        access_watch_touched(mr, offset, host, len);
    }
}

void access_watch_device(const Request *r);

/* Returns whether accesses to the region's callbacks are counted. */
static inline bool access_device_is_watched(const MemoryRegion *mr)
{
    return region_heeds_accesses(mr) &&
           __atomic_load_n(&region_extras(mr)->counter, __ATOMIC_RELAXED);
}

/* A device takes the access. If the region has no counter, this costs one load from the region,
 * which is in the processor's cache by now. */
static inline void access_observe_device(const Request *r)
{
    if (access_device_is_watched(r->mr)) {
        access_watch_device(r);
    }
}

/* A region refuses the access. */
void access_observe_refused(const Request *r);

/* Always false: the byte of a cache whose stores are not marked. */
extern const bool access_never_watched;

/* The byte that an inline store of a cache tests. It is true while writes to the region are
 * watched, or always false if the context has MEMORY_QUIRK_UNMARKED_CACHE. */
static inline const bool *access_watched_byte(const MemoryContext *ctx, const Spot *s)
{
    return ctx->quirks & MEMORY_QUIRK_UNMARKED_CACHE ? &access_never_watched : s->watched;
}

/* An inline store of a cache has written memory whose writes are watched. It is marked dirty and
 * not counted: address_space_cache_invalidate() counts it. */
void access_observe_cached_store(MemoryRegion *mr, hwaddr offset, const void *host, hwaddr len);

#endif
