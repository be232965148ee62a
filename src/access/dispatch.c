/* SPDX-License-Identifier: MIT
 *
 * Dispatch: making one access that a region's callbacks answer. It asks in this order: does the
 * region accept the access (accept.h), does an ioeventfd take it (region/ioeventfd.h), is the
 * device free (guard.h)? Then it tells the observers (observe.h) and calls the device with the
 * value in the device's byte order (split.h).
 *
 * An access by address also holds the lock of the region's context and flushes coalesced writes
 * (callback-lock.h). memory_region_dispatch_read() and memory_region_dispatch_write() do neither.
 *
 * Most accesses by address need only one of these steps, the call. device.c makes them, and leaves
 * all others to this file.
 */
#include "access/dispatch.h"

#include "access/accept.h"
#include "access/callback-lock.h"
#include "access/guard.h"
#include "access/observe.h"
#include "access/refuse.h"
#include "access/split.h"
#include "base/probes.h"
#include "region/ioeventfd.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* ---- One access of a region ------------------------------------------------------------- */

static MemTxResult not_accepted(const Request *r)
{
    access_refuse(r, NULL);
    return MEMTX_DECODE_ERROR;
}

static MemTxResult is_being_accessed(const Request *r)
{
    access_refuse(r, "a callback of the device is running on this thread already");
    return MEMTX_ACCESS_ERROR;
}

static uint64_t swap_bytes(uint64_t val, unsigned size)
{
    return __builtin_bswap64(val) >> (64 - 8 * size);
}

/* Returns whether the device and the request differ in byte order. */
static ALWAYS_INLINE bool differs(const Request *r)
{
    return region_is_big_endian(r->mr) != memop_big_endian(r->op);
}

/* Converts between the byte order of the device and that of the request. */
static inline uint64_t reorder(const Request *r, uint64_t val)
{
    return differs(r) ? swap_bytes(val, r->size) : val;
}

static ALWAYS_INLINE MemTxResult read_region(Request *r)
{
    uint64_t val;
    if (!access_can_read(r->mr) || !access_is_admitted(r)) {
        return not_accepted(r);
    }
    if (!access_guard_admits(r->mr)) {
        return is_being_accessed(r);
    }
    access_observe_device(r);
    IN_CALLBACK(r->mr);
    PROBE(device_read_begin, r->mr->name, r->offset, r->size);
    MemTxResult result = access_split_read(r, &val);
    r->val = reorder(r, val);
    PROBE(device_read_end, r->val, result);
    return result;
}

/* An ioeventfd is compared with the whole access, in the device's byte order. It takes the place of
 * the callback, so the region needs none, and the guard is not asked. */
static ALWAYS_INLINE MemTxResult write_region(const Request *r)
{
    if (!access_is_admitted(r)) {
        return not_accepted(r);
    }
    uint64_t val = reorder(r, r->val);
    if (ioeventfd_takes(r->mr, r->offset, r->size, val)) {
        access_observe_device(r);
        PROBE(ioeventfd, r->mr->name, r->offset, r->size, val);
        return MEMTX_OK;
    }
    if (!access_can_write(r->mr)) {
        return not_accepted(r);
    }
    if (!access_guard_admits(r->mr)) {
        return is_being_accessed(r);
    }
    access_observe_device(r);
    IN_CALLBACK(r->mr);
    PROBE(device_write_begin, r->mr->name, r->offset, r->size, val);
    MemTxResult result = access_split_write(r, val);
    PROBE(device_write_end, result);
    return result;
}

/* The request of a program that names a region and no address. It is in no range of a view. */
static ALWAYS_INLINE Request request_of(MemoryRegion *mr, hwaddr addr, MemOp op, MemTxAttrs attrs,
                                        bool is_write)
{
    Request r = {
        .offset = addr, .op = op, .size = memop_size(op), .attrs = attrs, .is_write = is_write
    };
    r.mr = access_follow_aliases(mr, &r.offset, r.size);
    return r;
}

MemTxResult memory_region_dispatch_read(MemoryRegion *mr, hwaddr addr, uint64_t *pval, MemOp op,
                                        MemTxAttrs attrs)
{
    Request r = request_of(mr, addr, op, attrs, false);
    MemTxResult result = read_region(&r);
    *pval = r.val;
    return result;
}

MemTxResult memory_region_dispatch_write(MemoryRegion *mr, hwaddr addr, uint64_t data, MemOp op,
                                         MemTxAttrs attrs)
{
    Request r = request_of(mr, addr, op, attrs, true);
    r.val = data;
    return write_region(&r);
}

/* ---- By address ------------------------------------------------------------------------- */

MemTxResult access_dispatch(Request *r)
{
    CALL_OUT;
    CALLBACKS_LOCK(r->mr);
    access_flush_before_callback(r->mr);
    return r->is_write ? write_region(r) : read_region(r);
}

/* ---- At a target ------------------------------------------------------------------------ */

/* Returns whether the access must not write this RAM device. The device itself would take every
 * write: only the range knows that it is read-only. */
static bool is_protected(const Target *t)
{
    return t->readonly && region_is_ram(t->mr);
}

/* Why an access is refused before it reaches the region. */
typedef struct Hindrance {
    const char *why; /* NULL: nothing hinders the access */
    MemTxResult result;
} Hindrance;

/* An IOMMU grants access to a page. The access, with the bytes that it is widened by, must end in
 * that page. */
static ALWAYS_INLINE Hindrance hindrance(const Target *t, const Request *r)
{
    if (!access_in_page(t, access_width(r))) {
        return (Hindrance){ "it leaves the page that an IOMMU grants", MEMTX_DECODE_ERROR };
    }
    if (r->is_write && is_protected(t)) {
        return (Hindrance){ "the region is read-only here", MEMTX_DECODE_ERROR };
    }
    if (r->attrs.memory && !region_is_ram(t->mr)) {
        return (Hindrance){ "it is for memory only (MemTxAttrs.memory)", MEMTX_ACCESS_ERROR };
    }
    return (Hindrance){ NULL, MEMTX_OK };
}

MemTxResult access_dispatch_at(const Target *t, Request *r)
{
    Hindrance h = hindrance(t, r);
    if (h.why) {
        access_refuse(r, h.why);
        return h.result;
    }
    return access_dispatch(r);
}

bool access_dispatch_valid(const Target *t, const Request *r)
{
    if (hindrance(t, r).why) {
        return false;
    }
    if (!r->mr->ops->valid.accepts) {
        return access_is_accepted(r); /* calls nothing, so it needs no lock */
    }
    CALL_OUT;
    CALLBACKS_LOCK(r->mr);
    return access_is_accepted(r);
}

void access_flush_coalesced(MemoryContext *ctx)
{
    CONTEXT_LOCK(ctx);
    coalesced_writes_flush(ctx);
}
