/* SPDX-License-Identifier: MIT
 *
 * Loads and stores of 1, 2, 4 and 8 bytes (specification 11, 22.2). The usual ones are here: of
 * memory, if the whole access lies in one range, and of a device, which gets the access whole. All
 * others are in word.c.
 *
 * Each public function holds the load or store of plain memory itself, with its size and byte order
 * as constants, and calls nothing for it. Programs may have the same inline
 * (physmem/inline/access.h). Everything else is a jump to a function that takes over the read
 * section and ends it.
 */
#include "access/arrival.h"
#include "access/device.h"
#include "access/memory.h"
#include "access/word.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define OUT_OF_LINE __attribute__((noinline)) /* memory does not pay for devices */

/* The access is made. Ends the read section. */
static ALWAYS_INLINE void end(unsigned long *entered, MemTxResult *result)
{
    read_leave_quickly(entered);
    access_report(result, MEMTX_OK);
}

/* ---- Loads ------------------------------------------------------------------------------ */

static ALWAYS_INLINE uint64_t load_memory(const uint8_t *host, MemOp op)
{
    uint8_t buf[ACCESS_MAX];
    access_memory_get(host, buf, memop_size(op));
    return access_reorder(access_number_at(buf, memop_size(op)), op);
}

/* A load by translation. Ends the read section. */
static OUT_OF_LINE uint64_t load_translated(AddressSpace *as, hwaddr addr, MemOp op,
                                            MemTxAttrs attrs, MemTxResult *result)
{
    READ_SECTION_UNLESS(true);
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    return access_load(&a, addr, op, result);
}

/* A load of anything but plain memory or a device. Through an IOMMU, the thread has usually kept
 * where it arrives. Ends the read section. */
static ALWAYS_INLINE uint64_t load_behind(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                          MemTxResult *result, MemOp op, const Spot *spot)
{
    uint8_t *host;
    if (!spot->translates ||
        !access_arrival_find(spot, addr, memop_size(op), attrs, false, &host) ||
        access_reads_watched(as->context)) {
        return load_translated(as, addr, op, attrs, result);
    }
    uint64_t val = load_memory(host, op);
    read_leave();
    access_report(result, MEMTX_OK);
    return val;
}

/* All loads but those of plain memory, and of devices whose spot is known. load_behind takes over
 * the spot, too; load_other looks for it. If 'entered' is set, the caller has entered the read
 * section, which ends here. */
#define LOAD_OTHER(bits)                                                                          \
    static OUT_OF_LINE uint##bits##_t load_behind##bits(AddressSpace *as, hwaddr addr,            \
                                                        MemTxAttrs attrs, MemTxResult *result,    \
                                                        MemOp op, const Spot *spot)               \
    {                                                                                             \
        return (uint##bits##_t)load_behind(as, addr, attrs, result, MEMOP_SIZED(op, bits), spot); \
    }                                                                                             \
    static OUT_OF_LINE uint##bits##_t load_other##bits(AddressSpace *as, hwaddr addr,             \
                                                       MemTxAttrs attrs, MemTxResult *result,     \
                                                       MemOp op, bool entered)                    \
    {                                                                                             \
        read_enter_begun(entered);                                                                \
        const Spot *spot = access_spot_find(address_space_to_flatview(as), addr);                 \
        return access_spot_calls(spot, attrs)                                                     \
                   ? (uint##bits##_t)access_load_device(spot, addr, op, attrs, result)            \
                   : load_behind##bits(as, addr, attrs, result, op, spot);                        \
    }
LOAD_OTHER(8)
LOAD_OTHER(16)
LOAD_OTHER(32)
LOAD_OTHER(64)

/* ---- Stores ----------------------------------------------------------------------------- */

/* What a store is, apart from its place and value. One register holds it. */
typedef struct StoreKind {
    uint16_t op;     /* a MemOp */
    uint8_t clients; /* it is marked for them, if they log the region (specification 17.2) */
    bool entered;    /* the caller has entered the read section, which ends with the store */
} StoreKind;

static ALWAYS_INLINE void store_memory(uint8_t *host, uint64_t val, MemOp op)
{
    uint8_t buf[ACCESS_MAX];
    access_number_put(buf, access_reorder(val, op), memop_size(op));
    access_memory_put(host, buf, memop_size(op));
}

/* The store was made, and somebody observes it. Ends the read section. */
static OUT_OF_LINE void store_watched(const Spot *spot, hwaddr addr, unsigned size,
                                      MemTxAttrs attrs, MemTxResult *result, uint8_t clients)
{
    READ_SECTION_UNLESS(true);
    access_watch_spot_write(spot, addr, size, attrs, clients);
    access_report(result, MEMTX_OK);
}

/* The same for a store through an IOMMU. */
static OUT_OF_LINE void store_behind_watched(MemoryRegion *mr, const uint8_t *host, unsigned size,
                                             MemTxAttrs attrs, MemTxResult *result,
                                             uint8_t clients)
{
    READ_SECTION_UNLESS(true);
    access_watch_host_write(mr, host, size, attrs, clients);
    access_report(result, MEMTX_OK);
}

/* A store by translation. Ends the read section. */
static OUT_OF_LINE void store_translated(AddressSpace *as, hwaddr addr, uint64_t val,
                                         MemTxAttrs attrs, MemTxResult *result, StoreKind kind)
{
    READ_SECTION_UNLESS(true);
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    access_store(&a, addr, val, (MemOp)kind.op, result, kind.clients);
}

/* A store through an IOMMU to memory, if the thread has kept where it arrives. Ends the read
 * section. Returns false, and does nothing, if it is not such a store. */
static ALWAYS_INLINE bool store_behind(const Spot *iommu, hwaddr addr, uint64_t val,
                                       MemTxAttrs attrs, MemTxResult *result, StoreKind kind)
{
    unsigned size = memop_size((MemOp)kind.op);
    uint8_t *host;
    const Arrival *a = access_arrival_find(iommu, addr, size, attrs, true, &host);
    if (!a) {
        return false;
    }
    store_memory(host, val, (MemOp)kind.op);
    if (access_writes_watched(a->mr)) {
        store_behind_watched(a->mr, host, size, attrs, result, kind.clients);
    } else {
        read_leave();
        access_report(result, MEMTX_OK);
    }
    return true;
}

/* All stores but those to plain memory, and to devices whose spot is known. */
static OUT_OF_LINE void store_other(AddressSpace *as, hwaddr addr, uint64_t val, MemTxAttrs attrs,
                                    MemTxResult *result, StoreKind kind)
{
    read_enter_begun(kind.entered);
    const Spot *spot = access_spot_find(address_space_to_flatview(as), addr);
    if (access_spot_calls(spot, attrs)) {
        access_store_device(spot, addr, val, (MemOp)kind.op, attrs, result);
    } else if (!spot->translates || !store_behind(spot, addr, val, attrs, result, kind)) {
        store_translated(as, addr, val, attrs, result, kind);
    }
}

/* The compiler knows the size of op. */
static ALWAYS_INLINE void store_device(const Spot *spot, hwaddr addr, uint64_t val, MemOp op,
                                       MemTxAttrs attrs, MemTxResult *result)
{
    switch (op & MO_SIZE) {
    case MO_8:
        access_store_device8(spot, addr, (uint8_t)val, op, attrs, result);
        return;
    case MO_16:
        access_store_device16(spot, addr, (uint16_t)val, op, attrs, result);
        return;
    case MO_32:
        access_store_device32(spot, addr, (uint32_t)val, op, attrs, result);
        return;
    default:
        access_store_device64(spot, addr, val, op, attrs, result);
    }
}

static ALWAYS_INLINE void store(AddressSpace *as, hwaddr addr, uint64_t val, MemOp op,
                                MemTxAttrs attrs, MemTxResult *result, uint8_t clients)
{
    unsigned size = memop_size(op);
    unsigned long *entered;
    const Spot *spot = physmem_access_begin(as, addr, size, &entered);
    if (__builtin_expect(!spot || !(spot->direct & DIRECT_WRITE), 0)) {
        if (spot && access_spot_calls(spot, attrs)) {
            store_device(spot, addr, val, op, attrs, result);
            return;
        }
        const StoreKind kind = { (uint16_t)op, clients, entered != NULL };
        store_other(as, addr, val, attrs, result, kind);
        return;
    }
    store_memory(physmem_spot_host(spot, addr), val, op);
    if (physmem_spot_watched(spot)) {
        store_watched(spot, addr, size, attrs, result, clients);
        return;
    }
    end(entered, result);
}

/* ---- The public forms ------------------------------------------------------------------- */

static ALWAYS_INLINE MemOp cpu_order(const AddressSpace *as)
{
    return as->context->rules.big_endian ? MO_BE : MO_LE;
}

#define LOAD(name, bits, op)                                                                      \
    uint##bits##_t address_space_##name(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,          \
                                        MemTxResult *result)                                      \
    {                                                                                             \
        unsigned long *entered;                                                                   \
        const Spot *spot = physmem_access_begin(as, addr, bits / 8, &entered);                    \
        if (__builtin_expect(!spot, 0)) {                                                         \
            return load_other##bits(as, addr, attrs, result, (MemOp)(op), entered != NULL);       \
        }                                                                                         \
        if (__builtin_expect(!physmem_spot_readable(spot, as), 0)) {                              \
            if (access_spot_calls(spot, attrs)) {                                                 \
                return access_load_device##bits(spot, addr, (MemOp)(op), attrs, result);          \
            }                                                                                     \
            return load_behind##bits(as, addr, attrs, result, (MemOp)(op), spot);                 \
        }                                                                                         \
        uint64_t val = load_memory(physmem_spot_host(spot, addr), (MemOp)(op));                   \
        end(entered, result);                                                                     \
        return (uint##bits##_t)val;                                                               \
    }
#define STORE_FOR(name, type, op, clients)                                                        \
    void address_space_##name(AddressSpace *as, hwaddr addr, type val, MemTxAttrs attrs,          \
                              MemTxResult *result)                                                \
    {                                                                                             \
        store(as, addr, val, (MemOp)(op), attrs, result, clients);                                \
    }
#define FORMS(load, store, bits, suffix, op)                                                      \
    LOAD(load##suffix, bits, op)                                                                  \
    STORE_FOR(store##suffix, uint##bits##_t, op, DIRTY_CLIENTS_ALL)

PHYSMEM_WORD_FORMS(FORMS, cpu_order(as))

/* For a translator that puts marks of its own into guest memory: the store is not marked for
 * DIRTY_MEMORY_CODE. */
STORE_FOR(stl_notdirty, uint32_t, MO_32 | cpu_order(as), DIRTY_CLIENTS_NOCODE)
