/* SPDX-License-Identifier: MIT
 *
 * Loads and stores of 1, 2, 4 and 8 bytes (specification 11, 22.2). One access: of memory if all of
 * it lies in one range there, else one dispatch of the full size. It is never cut for a device;
 * only where memory ranges meet is it put together from their bytes (R5).
 *
 * load() and store() are inlined into each public function, where size and order are constants.
 */
#include "access/dispatch.h"
#include "access/memory.h"
#include "access/refuse.h"
#include "access/transfer.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define OUT_OF_LINE __attribute__((noinline))

/* Between the order of op and the host's. */
static ALWAYS_INLINE uint64_t reorder(uint64_t val, MemOp op)
{
    unsigned size = memop_size(op);
    return op & MO_BSWAP ? __builtin_bswap64(val) >> (64 - 8 * size) : val;
}

static ALWAYS_INLINE void report(MemTxResult *to, MemTxResult result)
{
    if (to) {
        *to = result;
    }
}

/* ---- Seams (R5) ------------------------------------------------------------------------- */

/* An access that begins in memory and goes on beyond its range, or beyond a page of an IOMMU, takes
 * what is memory, too; a device behind the seam is not asked for a part of an access. */
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

static MemTxResult seam_write_step(const Access *a, const Target *t, const uint8_t *buf, hwaddr len,
                                   uint8_t clients)
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

/* Is the access put together from bytes: of memory, and of what lies behind it, or of a hole that
 * ends with a page of an IOMMU? */
static bool is_pieced(const Target *t, unsigned size, bool is_write)
{
    return access_is_direct(t, is_write) || (access_is_hole(t) && !access_in_page(t, size));
}

/* ---- Loads ------------------------------------------------------------------------------ */

static MemTxResult load_bytes(const Access *a, Target *t, hwaddr addr, uint64_t *val,
                              MemOp op)
{
    uint8_t buf[ACCESS_MAX];
    unsigned size = memop_size(op);
    MemTxResult result = seam_read(a, t, addr, buf, size);
    *val = reorder(access_number_at(buf, size), op);
    return result;
}

OUT_OF_LINE uint64_t access_load(const Access *a, hwaddr addr, MemOp op, MemTxResult *result)
{
    Target t = access_translate(a, addr, false);
    if (is_pieced(&t, memop_size(op), false)) {
        uint64_t val;
        report(result, load_bytes(a, &t, addr, &val, op));
        return val;
    }
    if (access_is_hole(&t)) {
        access_log_hole(a, &t, addr, memop_size(op), false);
        report(result, t.hole.result);
        return t.hole.byte * (~UINT64_C(0) / 0xff);
    }
    Request r = access_target_request(&t, op, a->attrs, false);
    MemTxResult outcome = access_dispatch_at(&t, &r);
    report(result, outcome);
    return r.val;
}

static OUT_OF_LINE uint64_t load_device(const Spot *spot, hwaddr addr, MemOp op, MemTxAttrs attrs,
                                        MemTxResult *result)
{
    Request r = access_spot_request(spot, addr, op, attrs, false);
    MemTxResult outcome = access_dispatch(&r);
    report(result, outcome);
    return r.val;
}

static ALWAYS_INLINE uint64_t load(AddressSpace *as, hwaddr addr, MemOp op, MemTxAttrs attrs,
                                   MemTxResult *result)
{
    READ_SECTION;
    unsigned size = memop_size(op);
    FlatView *fv = address_space_to_flatview(as);
    const Spot *spot = access_spot_find(fv, addr);
    const uint8_t *host = access_spot_direct(spot, addr, size, DIRECT_READ);
    if (__builtin_expect(host == NULL, 0)) {
        if (access_spot_calls(spot, attrs)) {
            return load_device(spot, addr, op, attrs, result);
        }
        Access a = access_of_space(as, fv, attrs);
        return access_load(&a, addr, op, result);
    }
    access_observe_spot_read(as->context, spot, addr, size, attrs);
    uint8_t buf[ACCESS_MAX];
    access_memory_get(host, buf, size);
    report(result, MEMTX_OK);
    return reorder(access_number_at(buf, size), op);
}

/* ---- Stores ----------------------------------------------------------------------------- */

static MemTxResult store_bytes(const Access *a, Target *t, hwaddr addr, uint64_t val,
                               MemOp op, uint8_t clients)
{
    uint8_t buf[ACCESS_MAX];
    unsigned size = memop_size(op);
    access_number_put(buf, reorder(val, op), size);
    return seam_write(a, t, addr, buf, size, clients);
}

OUT_OF_LINE void access_store(const Access *a, hwaddr addr, uint64_t val, MemOp op,
                              MemTxResult *result, uint8_t clients)
{
    Target t = access_translate(a, addr, true);
    if (is_pieced(&t, memop_size(op), true)) {
        report(result, store_bytes(a, &t, addr, val, op, clients));
    } else if (access_is_hole(&t)) {
        access_log_hole(a, &t, addr, memop_size(op), true);
        report(result, t.hole.result);
    } else {
        Request r = access_target_request(&t, op, a->attrs, true);
        r.val = val;
        MemTxResult outcome = access_dispatch_at(&t, &r);
        report(result, outcome);
    }
}

static OUT_OF_LINE void store_device(const Spot *spot, hwaddr addr, uint64_t val, MemOp op,
                                     MemTxAttrs attrs, MemTxResult *result)
{
    Request r = access_spot_request(spot, addr, op, attrs, true);
    r.val = val;
    MemTxResult outcome = access_dispatch(&r);
    report(result, outcome);
}

/* 'clients' are those who learn of it if they log the region (17.2). */
static ALWAYS_INLINE void store(AddressSpace *as, hwaddr addr, uint64_t val, MemOp op,
                                MemTxAttrs attrs, MemTxResult *result, uint8_t clients)
{
    READ_SECTION;
    unsigned size = memop_size(op);
    FlatView *fv = address_space_to_flatview(as);
    const Spot *spot = access_spot_find(fv, addr);
    uint8_t *host = access_spot_direct(spot, addr, size, DIRECT_WRITE);
    if (__builtin_expect(host == NULL, 0)) {
        if (access_spot_calls(spot, attrs)) {
            store_device(spot, addr, val, op, attrs, result);
            return;
        }
        Access a = access_of_space(as, fv, attrs);
        access_store(&a, addr, val, op, result, clients);
        return;
    }
    uint8_t buf[ACCESS_MAX];
    access_number_put(buf, reorder(val, op), size);
    access_memory_put(host, buf, size);
    access_observe_spot_write(spot, addr, size, attrs, clients);
    report(result, MEMTX_OK);
}

/* ---- The public forms ------------------------------------------------------------------- */

static ALWAYS_INLINE MemOp cpu_order(const AddressSpace *as)
{
    return as->context->big_endian ? MO_BE : MO_LE;
}

#define LOAD(name, type, op)                                                                      \
    type address_space_##name(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,                    \
                              MemTxResult *result)                                                \
    {                                                                                             \
        return (type)load(as, addr, (MemOp)(op), attrs, result);                                  \
    }
#define STORE_FOR(name, type, op, clients)                                                        \
    void address_space_##name(AddressSpace *as, hwaddr addr, type val, MemTxAttrs attrs,          \
                              MemTxResult *result)                                                \
    {                                                                                             \
        store(as, addr, val, (MemOp)(op), attrs, result, clients);                                \
    }
#define STORE(name, type, op) STORE_FOR(name, type, op, DIRTY_CLIENTS_ALL)

LOAD(ldub, uint8_t, MO_8 | MO_LE)
LOAD(lduw_le, uint16_t, MO_16 | MO_LE)
LOAD(lduw_be, uint16_t, MO_16 | MO_BE)
LOAD(lduw, uint16_t, MO_16 | cpu_order(as))
LOAD(ldl_le, uint32_t, MO_32 | MO_LE)
LOAD(ldl_be, uint32_t, MO_32 | MO_BE)
LOAD(ldl, uint32_t, MO_32 | cpu_order(as))
LOAD(ldq_le, uint64_t, MO_64 | MO_LE)
LOAD(ldq_be, uint64_t, MO_64 | MO_BE)
LOAD(ldq, uint64_t, MO_64 | cpu_order(as))

STORE(stb, uint8_t, MO_8 | MO_LE)
STORE(stw_le, uint16_t, MO_16 | MO_LE)
STORE(stw_be, uint16_t, MO_16 | MO_BE)
STORE(stw, uint16_t, MO_16 | cpu_order(as))
STORE(stl_le, uint32_t, MO_32 | MO_LE)
STORE(stl_be, uint32_t, MO_32 | MO_BE)
STORE(stl, uint32_t, MO_32 | cpu_order(as))
STORE(stq_le, uint64_t, MO_64 | MO_LE)
STORE(stq_be, uint64_t, MO_64 | MO_BE)
STORE(stq, uint64_t, MO_64 | cpu_order(as))
/* For who translates code and puts its own marks into guest memory. */
STORE_FOR(stl_notdirty, uint32_t, MO_32 | cpu_order(as), DIRTY_CLIENTS_NOCODE)
