/* SPDX-License-Identifier: MIT
 *
 * Loads and stores of 1, 2, 4 and 8 bytes (specification 11, 22.2). The usual ones are here: of
 * memory, if the whole access lies in one range, and of a device, which gets the access whole. All
 * others are in word.c.
 *
 * load() and store() are inlined into each public function, where size and byte order are
 * constants.
 */
#include "access/dispatch.h"
#include "access/memory.h"
#include "access/word.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define OUT_OF_LINE __attribute__((noinline)) /* memory does not pay for devices */

/* ---- Loads ------------------------------------------------------------------------------ */

static OUT_OF_LINE uint64_t load_device(const Spot *spot, hwaddr addr, MemOp op, MemTxAttrs attrs,
                                        MemTxResult *result)
{
    Request r = access_spot_request(spot, addr, op, attrs, false);
    MemTxResult outcome = access_dispatch(&r);
    access_report(result, outcome);
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
    access_report(result, MEMTX_OK);
    return access_reorder(access_number_at(buf, size), op);
}

/* ---- Stores ----------------------------------------------------------------------------- */

static OUT_OF_LINE void store_device(const Spot *spot, hwaddr addr, uint64_t val, MemOp op,
                                     MemTxAttrs attrs, MemTxResult *result)
{
    Request r = access_spot_request(spot, addr, op, attrs, true);
    r.val = val;
    MemTxResult outcome = access_dispatch(&r);
    access_report(result, outcome);
}

/* The store is marked for the dirty clients in 'clients', if they log the region (specification
 * 17.2). */
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
    access_number_put(buf, access_reorder(val, op), size);
    access_memory_put(host, buf, size);
    access_observe_spot_write(spot, addr, size, attrs, clients);
    access_report(result, MEMTX_OK);
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
/* For a translator that puts marks of its own into guest memory: the store is not marked for
 * DIRTY_MEMORY_CODE. */
STORE_FOR(stl_notdirty, uint32_t, MO_32 | cpu_order(as), DIRTY_CLIENTS_NOCODE)
