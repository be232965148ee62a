/* SPDX-License-Identifier: MIT
 *
 * Loads and stores, whatever answers them (word.h): by translation. An access of a device is
 * dispatched whole. Only memory is put together from pieces, where ranges meet inside an access
 * (specification 11, R5).
 */
#include "access/word.h"

#include "access/dispatch.h"
#include "access/memory.h"
#include "access/refuse.h"

/* Makes one piece of an access that goes over a seam: over the end of a range, or of a page of an
 * IOMMU. A device is never asked for a part of an access, so its piece is refused. */
static MemTxResult seam_read_step(const Access *a, const Target *t, hwaddr addr, uint8_t *buf,
                                  hwaddr len)
{
    if (access_is_direct(t, false)) {
        access_memory_read(a, t, addr, buf, len);
        return MEMTX_OK;
    }
    memset(buf, access_is_hole(t) ? t->hole.byte : 0, len);
    return access_is_hole(t) ? t->hole.result : MEMTX_DECODE_ERROR;
}

static MemTxResult seam_read(const Access *a, Target *t, hwaddr addr, uint8_t *buf, hwaddr len)
{
    MemTxResult result = MEMTX_OK;
    for (;;) {
        hwaddr step = access_cut(len, t->rest);
        result |= seam_read_step(a, t, addr, buf, step);
        len -= step;
        if (!len) {
            return result;
        }
        addr += step;
        buf += step;
        *t = access_translate(a, addr, false);
    }
}

static MemTxResult seam_write_step(const Access *a, const Target *t, const uint8_t *buf,
                                   hwaddr len, uint8_t clients)
{
    if (access_is_direct(t, true)) {
        access_memory_write(a, t, buf, len, clients);
        return MEMTX_OK;
    }
    return access_is_hole(t) ? t->hole.result : MEMTX_DECODE_ERROR;
}

static MemTxResult seam_write(const Access *a, Target *t, hwaddr addr, const uint8_t *buf,
                              hwaddr len, uint8_t clients)
{
    MemTxResult result = MEMTX_OK;
    for (;;) {
        hwaddr step = access_cut(len, t->rest);
        result |= seam_write_step(a, t, buf, step, clients);
        len -= step;
        if (!len) {
            return result;
        }
        addr += step;
        buf += step;
        *t = access_translate(a, addr, true);
    }
}

/* Returns whether the access is put together from pieces: it begins in memory, or in a hole that
 * ends with a page of an IOMMU. */
static bool is_pieced(const Target *t, unsigned size, bool is_write)
{
    return access_is_direct(t, is_write) || (access_is_hole(t) && !access_in_page(t, size));
}

static MemTxResult load_bytes(const Access *a, Target *t, hwaddr addr, uint64_t *val, MemOp op)
{
    uint8_t buf[ACCESS_MAX];
    unsigned size = memop_size(op);
    MemTxResult result = seam_read(a, t, addr, buf, size);
    *val = access_reorder(access_number_at(buf, size), op);
    return result;
}

uint64_t access_load(const Access *a, hwaddr addr, MemOp op, MemTxResult *result)
{
    Target t = access_translate(a, addr, false);
    if (is_pieced(&t, memop_size(op), false)) {
        uint64_t val;
        access_report(result, load_bytes(a, &t, addr, &val, op));
        return val;
    }
    if (access_is_hole(&t)) {
        access_log_hole(a, &t, addr, memop_size(op), false);
        access_report(result, t.hole.result);
        return t.hole.byte * (~UINT64_C(0) / 0xff);
    }
    Request r = access_target_request(&t, op, a->attrs, false);
    MemTxResult outcome = access_dispatch_at(&t, &r);
    access_report(result, outcome);
    return r.val;
}

static MemTxResult store_bytes(const Access *a, Target *t, hwaddr addr, uint64_t val, MemOp op,
                               uint8_t clients)
{
    uint8_t buf[ACCESS_MAX];
    unsigned size = memop_size(op);
    access_number_put(buf, access_reorder(val, op), size);
    return seam_write(a, t, addr, buf, size, clients);
}

void access_store(const Access *a, hwaddr addr, uint64_t val, MemOp op, MemTxResult *result,
                  uint8_t clients)
{
    Target t = access_translate(a, addr, true);
    if (is_pieced(&t, memop_size(op), true)) {
        access_report(result, store_bytes(a, &t, addr, val, op, clients));
    } else if (access_is_hole(&t)) {
        access_log_hole(a, &t, addr, memop_size(op), true);
        access_report(result, t.hole.result);
    } else {
        Request r = access_target_request(&t, op, a->attrs, true);
        r.val = val;
        MemTxResult outcome = access_dispatch_at(&t, &r);
        access_report(result, outcome);
    }
}
