/* SPDX-License-Identifier: MIT
 *
 * Access to guest memory by address: block transfers, loads and stores, translation, dispatch
 * (specification sections 10, 11, 14 and 22.2).
 *
 * Everything here is read side: any thread, any time, wait-free up to a device's callback, which
 * runs with the context's lock held. Accesses that arrive at memory may also be made in a signal
 * handler (docs/threads.md). A call sees one view of the map. The result is the OR of the results
 * of all pieces; a piece that fails does not stop the rest.
 */
#ifndef PHYSMEM_ACCESS_H
#define PHYSMEM_ACCESS_H

#include <physmem/memop.h>
#include <physmem/region.h>
#include <physmem/space.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

/* ---- Block transfers (10.2) ------------------------------------------------------------- */

/* Copies len bytes between a buffer and memory or devices. Rejected parts read as zero, or as the
 * space's holes do (address_space_set_hole). len 0 is MEMTX_OK. The address wraps at 2^64. */
PHYSMEM_API MemTxResult address_space_rw(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf,
                                         hwaddr len, bool is_write);
PHYSMEM_API MemTxResult address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                                void *buf, hwaddr len);
PHYSMEM_API MemTxResult address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                            const void *buf, hwaddr len);
static inline MemTxResult address_space_read(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                             void *buf, hwaddr len)
{
    return address_space_read_full(as, addr, attrs, buf, len);
}

/* Goes on with a read whose first translation (region mr, offset addr1, l bytes) is done. The view
 * must be kept by the caller. */
PHYSMEM_API MemTxResult flatview_read_continue(FlatView *fv, hwaddr addr, MemTxAttrs attrs,
                                               void *buf, hwaddr len, hwaddr addr1, hwaddr l,
                                               MemoryRegion *mr);

/* Writes the same byte len times. Devices see the accesses of a write of that length (25). The call
 * ends early where IOMMUs have refused 8192 pages: with MEMTX_DECODE_ERROR, the rest unwritten. */
PHYSMEM_API MemTxResult address_space_set(AddressSpace *as, hwaddr addr, uint8_t byte, hwaddr len,
                                          MemTxAttrs attrs);

/* The write of loaders and debuggers: ROM and ROM devices in ROM mode are written too, devices and
 * holes are skipped, RAM devices get stores of exact width. MEMTX_OK unless a translation fails or
 * the memory is a file that the host may only read (MEMTX_DECODE_ERROR). */
PHYSMEM_API MemTxResult address_space_write_rom(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                                const void *buf, hwaddr len);

/* Whether a transfer would be accepted. Nothing is transferred; valid.accepts callbacks are
 * called. True means yes. False means no, or not known: a guest may choose the length, so the
 * call ends after 8192 steps. A step is a range of the map, a page of an IOMMU, or an access of
 * a device with valid.accepts. (8192 pages of 4 KiB are 32 MiB; 8192 accesses of 4 bytes are 32
 * KiB.) For a longer transfer, ask for parts of it, or make it and look at the result. */
PHYSMEM_API bool address_space_access_valid(AddressSpace *as, hwaddr addr, hwaddr len,
                                            bool is_write, MemTxAttrs attrs);

/* Is what answers reads at addr something other than memory: a device, or nothing? (25) */
PHYSMEM_API bool address_space_is_io(AddressSpace *as, hwaddr addr);

/* Code was written there by other means than the library's: the host's instruction cache follows
 * (25). What is not memory is skipped. */
PHYSMEM_API void address_space_flush_icache_range(AddressSpace *as, hwaddr start, hwaddr len);

/* ---- Translation (10.3) ----------------------------------------------------------------- */

/* The region that answers at addr and the offset in it; *len is cut to what can be accessed
 * directly in one piece. Never NULL: where nothing is, a region that rejects everything. A read
 * section must be open; no reference is taken. */
PHYSMEM_API MemoryRegion *flatview_translate(FlatView *fv, hwaddr addr, hwaddr *xlat, hwaddr *len,
                                             bool is_write, MemTxAttrs attrs);
static inline MemoryRegion *address_space_translate(AddressSpace *as, hwaddr addr, hwaddr *xlat,
                                                    hwaddr *len, bool is_write, MemTxAttrs attrs)
{
    return flatview_translate(address_space_to_flatview(as), addr, xlat, len, is_write, attrs);
}

/* The translation of addr as a TLB entry; all zero where nothing is. 'perm' is what is really
 * granted (R22). A read section must be open. */
PHYSMEM_API IOMMUTLBEntry address_space_get_iotlb_entry(AddressSpace *as, hwaddr addr,
                                                        bool is_write, MemTxAttrs attrs);

/* ---- Dispatch straight to a region (14) ------------------------------------------------- */

/* Accesses a region's callbacks at offset addr, by the rules of validity, splitting and byte order;
 * an access to an alias goes on to what it shows (25). Subregions are not looked for. The caller
 * keeps the region alive and holds the lock unless the region does without. */
PHYSMEM_API MemTxResult memory_region_dispatch_read(MemoryRegion *mr, hwaddr addr, uint64_t *pval,
                                                    MemOp op, MemTxAttrs attrs);
PHYSMEM_API MemTxResult memory_region_dispatch_write(MemoryRegion *mr, hwaddr addr, uint64_t data,
                                                     MemOp op, MemTxAttrs attrs);

/* Would the two above accept an access of size bytes at that offset (14.1)? */
PHYSMEM_API bool memory_region_access_valid(MemoryRegion *mr, hwaddr addr, unsigned size,
                                            bool is_write, MemTxAttrs attrs);

/* Ops that reject everything; ops that read as all ones and succeed (22.7). */
PHYSMEM_API extern const MemoryRegionOps unassigned_mem_ops;
PHYSMEM_API extern const MemoryRegionOps unassigned_io_ops;

/* Called before every read of guest memory on behalf of a device, for fuzzers: see
 * MemoryContextHooks.dma_read. */
PHYSMEM_API void memory_dma_read(size_t addr, size_t len, MemoryRegion *mr);
static inline void fuzz_dma_read_cb(size_t addr, size_t len, MemoryRegion *mr)
{
    memory_dma_read(addr, len, mr);
}

/* ---- Loads and stores (11, 22.2) -------------------------------------------------------- *
 *
 * One access of 1, 2, 4 or 8 bytes; _le and _be state the order of the bytes in memory, the others
 * use the order of the context's CPU. A naturally aligned access to RAM is single-copy atomic. The
 * result may be NULL. The _phys forms use MEMTXATTRS_UNSPECIFIED and drop the result. */

PHYSMEM_API uint16_t address_space_lduw_le(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stw_le(AddressSpace *as, hwaddr addr, uint16_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl_le(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stl_le(AddressSpace *as, hwaddr addr, uint32_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq_le(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stq_le(AddressSpace *as, hwaddr addr, uint64_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint16_t address_space_lduw_be(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stw_be(AddressSpace *as, hwaddr addr, uint16_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl_be(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stl_be(AddressSpace *as, hwaddr addr, uint32_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq_be(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stq_be(AddressSpace *as, hwaddr addr, uint64_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint8_t address_space_ldub(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stb(AddressSpace *as, hwaddr addr, uint8_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint16_t address_space_lduw(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stw(AddressSpace *as, hwaddr addr, uint16_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stl(AddressSpace *as, hwaddr addr, uint32_t val,
    MemTxAttrs attrs, MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
    MemTxResult *result);
PHYSMEM_API void address_space_stq(AddressSpace *as, hwaddr addr, uint64_t val,
    MemTxAttrs attrs, MemTxResult *result);

/* A store that no translator is told of, for bits of page tables. */
PHYSMEM_API void address_space_stl_notdirty(AddressSpace *as, hwaddr addr, uint32_t val,
                                            MemTxAttrs attrs, MemTxResult *result);

#define PHYSMEM_PHYS_FORMS(load, store, type, order)                                              \
    static inline type load##order##_phys(AddressSpace *as, hwaddr addr)                          \
    {                                                                                             \
        return address_space_##load##order(as, addr, MEMTXATTRS_UNSPECIFIED, NULL);               \
    }                                                                                             \
    static inline void store##order##_phys(AddressSpace *as, hwaddr addr, type val)               \
    {                                                                                             \
        address_space_##store##order(as, addr, val, MEMTXATTRS_UNSPECIFIED, NULL);                \
    }
PHYSMEM_PHYS_FORMS(ldub, stb, uint8_t, )
PHYSMEM_PHYS_FORMS(lduw, stw, uint16_t, _le)
PHYSMEM_PHYS_FORMS(lduw, stw, uint16_t, _be)
PHYSMEM_PHYS_FORMS(lduw, stw, uint16_t, )
PHYSMEM_PHYS_FORMS(ldl, stl, uint32_t, _le)
PHYSMEM_PHYS_FORMS(ldl, stl, uint32_t, _be)
PHYSMEM_PHYS_FORMS(ldl, stl, uint32_t, )
PHYSMEM_PHYS_FORMS(ldq, stq, uint64_t, _le)
PHYSMEM_PHYS_FORMS(ldq, stq, uint64_t, _be)
PHYSMEM_PHYS_FORMS(ldq, stq, uint64_t, )
#undef PHYSMEM_PHYS_FORMS

/* ---- Shorthands for the current context's memory (22.3) --------------------------------- */

PHYSMEM_API void cpu_physical_memory_rw(hwaddr addr, void *buf, hwaddr len, bool is_write);
static inline void cpu_physical_memory_read(hwaddr addr, void *buf, hwaddr len)
{
    cpu_physical_memory_rw(addr, buf, len, false);
}
static inline void cpu_physical_memory_write(hwaddr addr, const void *buf, hwaddr len)
{
    cpu_physical_memory_rw(addr, (void *)buf, len, true);
}

/* Is there something else than RAM or a ROM device in ROM mode at that byte? */
PHYSMEM_API bool cpu_physical_memory_is_io(hwaddr phys_addr);

/* The guest wrote code there behind the host's back: makes the host's instruction cache agree. */
PHYSMEM_API void cpu_flush_icache_range(hwaddr start, hwaddr len);

PHYSMEM_END_DECLS

#endif
