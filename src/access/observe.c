/* SPDX-License-Identifier: MIT
 *
 * The observers' work (observe.h): counting an access, marking its pages dirty, calling the
 * fuzzer's hook.
 */
#include "access/observe.h"

#include "base/probes.h"
#include "region/counting.h"

const bool access_never_watched = false;

/* Guest memory that one access reads or writes: 'len' bytes at 'offset' of a region. */
typedef struct Extent {
    MemoryRegion *mr;
    hwaddr offset;
    const uint8_t *host; /* the bytes */
    hwaddr len;
    MemTxAttrs attrs; /* MEMTXATTRS_UNSPECIFIED where the program gave none */
} Extent;

static Extent target_extent(const Access *a, const Target *t, hwaddr len)
{
    return (Extent){ t->mr, t->offset, t->memory, len, a->attrs };
}

static Extent spot_extent(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs)
{
    return (Extent){ s->mr, s->offset + (addr - s->start), physmem_spot_host(s, addr), len,
                     attrs };
}

static Extent host_extent(MemoryRegion *mr, const uint8_t *host, hwaddr len, MemTxAttrs attrs)
{
    return (Extent){ mr, (hwaddr)(host - (const uint8_t *)mr->host), host, len, attrs };
}

static Extent touched_extent(MemoryRegion *mr, hwaddr offset, const void *host, hwaddr len)
{
    return (Extent){ mr, offset, host, len, MEMTXATTRS_UNSPECIFIED };
}

/* ---- The observers ---------------------------------------------------------------------- */

/* Memory is about to be read. 'addr' is its address in the space that the program reads. */
static inline void read_begins(Extent e, hwaddr addr)
{
    CALL_OUT;
    memory_dma_read((size_t)addr, (size_t)e.len, e.mr);
    region_count_read(e.mr, e.len);
}

/* Memory has been written, by a store that is not counted. */
static inline void was_stored(Extent e, uint8_t clients)
{
    region_mark_dirty(e.mr, e.offset, e.len, clients);
}

/* Memory has been written. */
static inline void was_written(Extent e, uint8_t clients)
{
    CALL_OUT;
    region_count_write(e.mr, e.len);
    was_stored(e, clients);
}

/* ---- The accesses that they are told of ------------------------------------------------- */

void access_watch_read(const Access *a, const Target *t, hwaddr addr, hwaddr len)
{
    read_begins(target_extent(a, t, len), addr);
}

void access_watch_write(const Access *a, const Target *t, hwaddr len, uint8_t clients)
{
    was_written(target_extent(a, t, len), clients);
}

void access_watch_spot_read(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs)
{
    read_begins(spot_extent(s, addr, len, attrs), addr);
}

void access_watch_spot_write(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs,
                             uint8_t clients)
{
    was_written(spot_extent(s, addr, len, attrs), clients);
}

void access_watch_host_write(MemoryRegion *mr, const uint8_t *host, hwaddr len, MemTxAttrs attrs,
                             uint8_t clients)
{
    was_written(host_extent(mr, host, len, attrs), clients);
}

void physmem_spot_wrote_1(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs)
{
    READ_SECTION_UNLESS(true);
    access_watch_spot_write(s, addr, len, attrs, DIRTY_CLIENTS_ALL);
}

void access_watch_touched(MemoryRegion *mr, hwaddr offset, const void *host, hwaddr len)
{
    was_written(touched_extent(mr, offset, host, len), DIRTY_CLIENTS_ALL);
}

void access_observe_cached_store(MemoryRegion *mr, hwaddr offset, const void *host, hwaddr len)
{
    was_stored(touched_extent(mr, offset, host, len), DIRTY_CLIENTS_ALL);
}

void access_watch_device(const Request *r)
{
    (r->is_write ? region_count_write : region_count_read)(r->mr, r->size);
}

void access_observe_refused(const Request *r)
{
    PROBE(access_refused, r->mr->name, r->offset, r->size, r->is_write);
    region_count_refused(r->mr);
}

/* Calls the fuzzer's hook. Programs may call this, too. */
void memory_dma_read(size_t addr, size_t len, MemoryRegion *mr)
{
    MemoryContext *ctx = mr && mr->parent_obj.context ? mr->parent_obj.context
                                                      : memory_context_current();
    if (ctx->hooks.dma_read) {
        ctx->hooks.dma_read(addr, len, mr, ctx->hooks.opaque);
    }
}
