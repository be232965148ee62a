/* SPDX-License-Identifier: MIT
 *
 * Access to guest memory by address: block transfers, loads and stores, translation, dispatch
 * (specification 10, 11, 14, 22.2).
 *
 * Unless its comment says otherwise, every function here is read side: it may be called from any
 * thread at any time, and waits for nothing unless it arrives at a device. The device's callback
 * runs with the context's lock held. Accesses that arrive at memory may also be made in a signal
 * handler (docs/threads.md).
 *
 * A call sees one view of the map. Its result is the OR of the results of all pieces. A piece that
 * fails does not stop the pieces after it.
 *
 *   - MEMTX_DECODE_ERROR: no region is there (unless address_space_set_hole() says otherwise), an
 *     IOMMU refuses, or the region does not accept the access.
 *   - MEMTX_ACCESS_ERROR: the device must not be called now
 *     (memory_region_disable_reentrancy_guard(), MemTxAttrs.memory).
 *   - MEMTX_ERROR comes from the device itself, which may return the others, too.
 */
#ifndef PHYSMEM_ACCESS_H
#define PHYSMEM_ACCESS_H

#include <physmem/memop.h>
#include <physmem/region.h>
#include <physmem/space.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

/* ---- Block transfers -------------------------------------------------------------------- */

/* Copy len bytes between the host's memory at buf and guest memory or devices. Devices get accesses
 * of 1 to 8 bytes; docs/access-table.md has all cases (specification 10.2). A part that is rejected
 * reads as zero, or as the space's holes do (address_space_set_hole()). With len 0 nothing is done
 * and the result is MEMTX_OK. The address wraps at 2^64. */
PHYSMEM_API MemTxResult address_space_rw(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                         void *buf, hwaddr len, bool is_write);
PHYSMEM_API MemTxResult address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                                void *buf, hwaddr len);
PHYSMEM_API MemTxResult address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                            const void *buf, hwaddr len);
PHYSMEM_INLINE MemTxResult address_space_read(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                              void *buf, hwaddr len)
{
    return address_space_read_full(as, addr, attrs, buf, len);
}

/* Goes on with a read of len bytes, after flatview_translate() has translated its beginning: the
 * first l bytes are at offset addr1 of region mr. The data goes to buf. The caller keeps the view
 * alive. */
PHYSMEM_API MemTxResult flatview_read_continue(FlatView *fv, hwaddr addr, MemTxAttrs attrs,
                                               void *buf, hwaddr len, hwaddr addr1, hwaddr l,
                                               MemoryRegion *mr);

/* Writes the same byte len times. Devices get the accesses of a write of that length. If IOMMUs
 * refuse 8192 pages, the call ends there: the result has MEMTX_DECODE_ERROR and the rest is not
 * written. */
PHYSMEM_API MemTxResult address_space_set(AddressSpace *as, hwaddr addr, uint8_t byte, hwaddr len,
                                          MemTxAttrs attrs);

/* Writes len bytes from buf as a loader or debugger does: also to ROM, and to ROM devices in ROM
 * mode. Devices and holes are skipped: no device is called. RAM devices get stores of their own
 * widths. Returns MEMTX_DECODE_ERROR if an IOMMU refuses, or if the memory is a file that the host
 * may only read; otherwise MEMTX_OK. */
PHYSMEM_API MemTxResult address_space_write_rom(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                                const void *buf, hwaddr len);

/* Returns whether a transfer would be accepted. Nothing is transferred, but valid.accepts callbacks
 * are called. False also means "not known": a guest may choose the length, so the call ends after
 * 8192 steps. A step is a range of the map, a page of an IOMMU, or an access of a device with
 * valid.accepts. (8192 pages of 4 KiB are 32 MiB; 8192 accesses of 4 bytes are 32 KiB.) For a
 * longer transfer, ask for parts of it, or make it and look at the result. */
PHYSMEM_API bool address_space_access_valid(AddressSpace *as, hwaddr addr, hwaddr len,
                                            bool is_write, MemTxAttrs attrs);

/* Returns whether reads at addr are answered by something other than memory: by a device, or by a
 * hole. No device is called. */
PHYSMEM_API bool address_space_is_io(AddressSpace *as, hwaddr addr);

/* Makes the host's instruction cache agree with the memory in [start, start + len). Call it after
 * code was written there by other means than the library's. Devices and holes are skipped. No
 * device is called. */
PHYSMEM_API void address_space_flush_icache_range(AddressSpace *as, hwaddr start, hwaddr len);

/* ---- Translation (specification 10.3) --------------------------------------------------- */

/* Returns the region that answers at addr, through any IOMMUs, and sets *xlat to the offset in it.
 * *len is the length of the access. It is cut to the contiguous memory of the region, and to the
 * pages of the IOMMUs. The end of a device or a hole does not cut it. The result is never NULL: in
 * a hole, or where an IOMMU refuses, it is a region that rejects everything. A read section must be
 * open. No reference is taken. No device is called. */
PHYSMEM_API MemoryRegion *flatview_translate(FlatView *fv, hwaddr addr, hwaddr *xlat, hwaddr *len,
                                             bool is_write, MemTxAttrs attrs);
PHYSMEM_INLINE MemoryRegion *address_space_translate(AddressSpace *as, hwaddr addr, hwaddr *xlat,
                                                     hwaddr *len, bool is_write, MemTxAttrs attrs)
{
    return flatview_translate(address_space_to_flatview(as), addr, xlat, len, is_write, attrs);
}

/* Returns the translation of addr as a TLB entry. Its page is the smallest one on the way through
 * the IOMMUs; without an IOMMU it is the guest page. 'perm' is what all IOMMUs grant when they are
 * asked for this direction, without writing where the memory is read-only (R22). In a hole, or
 * where an IOMMU refuses, the entry is all zero. A read section must be open. No device is
 * called. */
PHYSMEM_API IOMMUTLBEntry address_space_get_iotlb_entry(AddressSpace *as, hwaddr addr,
                                                        bool is_write, MemTxAttrs attrs);

/* ---- Dispatch straight to a region (specification 14) ----------------------------------- */

/* Access a region at offset addr, without an address and a view. The access is checked, split and
 * swapped by the region's MemoryRegionOps, as an access by address is. 'op' has its size (1, 2, 4
 * or 8 bytes) and the byte order of the value. An access to an alias goes on to what the alias
 * shows. Subregions are not looked for. The value is 'data', or is stored in *pval; if a read is
 * rejected, *pval is 0. The caller keeps the region alive, and holds the lock unless the region
 * does without (memory_region_enable_lockless_io()). Any thread; calls device callbacks. */
PHYSMEM_API MemTxResult memory_region_dispatch_read(MemoryRegion *mr, hwaddr addr, uint64_t *pval,
                                                    MemOp op, MemTxAttrs attrs);
PHYSMEM_API MemTxResult memory_region_dispatch_write(MemoryRegion *mr, hwaddr addr, uint64_t data,
                                                     MemOp op, MemTxAttrs attrs);

/* Returns whether the two functions above would accept an access of 'size' bytes at that offset. It
 * looks at the region's callbacks, its end, valid.accepts, alignment and sizes (specification
 * 14.1). The lock is held as for these functions. Any thread; calls valid.accepts of the device. */
PHYSMEM_API bool memory_region_access_valid(MemoryRegion *mr, hwaddr addr, unsigned size,
                                            bool is_write, MemTxAttrs attrs);

/* Callbacks for regions. unassigned_mem_ops rejects every access. unassigned_io_ops reads as all
 * ones and ignores writes, with MEMTX_OK; unaligned accesses are rejected. */
PHYSMEM_API extern const MemoryRegionOps unassigned_mem_ops;
PHYSMEM_API extern const MemoryRegionOps unassigned_io_ops;

/* Calls MemoryContextHooks.dma_read(addr, len, mr), if it is set, of mr's context; with mr NULL, of
 * the current one. addr is an address of the space that is read. Any thread. The library calls it
 * before every read of guest memory. fuzz_dma_read_cb() is the original's name for it. */
PHYSMEM_API void memory_dma_read(size_t addr, size_t len, MemoryRegion *mr);
PHYSMEM_INLINE void fuzz_dma_read_cb(size_t addr, size_t len, MemoryRegion *mr)
{
    memory_dma_read(addr, len, mr);
}

/* ---- Loads and stores (specification 11, 22.2) ------------------------------------------ *
 *
 * Each is one access: of 1 byte (ub, b), 2 (uw, w), 4 (l) or 8 (q). _le and _be state the order of
 * the bytes in memory; the names without them use the order of the context's CPU. A naturally
 * aligned access to RAM is single-copy atomic. A device is called as its MemoryRegionOps say, and
 * may reject the access. A load that fails returns 0, or what the space's holes read as. A store
 * stores 'val'. 'result' may be NULL; otherwise it always gets the result. The _phys forms use
 * MEMTXATTRS_UNSPECIFIED and drop the result. */

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
PHYSMEM_API void address_space_stb(AddressSpace *as, hwaddr addr, uint8_t val, MemTxAttrs attrs,
                                   MemTxResult *result);
PHYSMEM_API uint16_t address_space_lduw(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                        MemTxResult *result);
PHYSMEM_API void address_space_stw(AddressSpace *as, hwaddr addr, uint16_t val, MemTxAttrs attrs,
                                   MemTxResult *result);
PHYSMEM_API uint32_t address_space_ldl(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                       MemTxResult *result);
PHYSMEM_API void address_space_stl(AddressSpace *as, hwaddr addr, uint32_t val, MemTxAttrs attrs,
                                   MemTxResult *result);
PHYSMEM_API uint64_t address_space_ldq(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                       MemTxResult *result);
PHYSMEM_API void address_space_stq(AddressSpace *as, hwaddr addr, uint64_t val, MemTxAttrs attrs,
                                   MemTxResult *result);

/* Stores the 4 bytes of val in the CPU's order, and does not tell a translator: the page is marked
 * dirty for VGA and MIGRATION, not for CODE (R7). It is meant for the accessed and dirty bits of
 * page tables. */
PHYSMEM_API void address_space_stl_notdirty(AddressSpace *as, hwaddr addr, uint32_t val,
                                            MemTxAttrs attrs, MemTxResult *result);

/* The inline forms of these functions, under the same names, if the program asks for them. */
#ifdef PHYSMEM_INLINE_ACCESS
#include <physmem/inline/access.h>
#endif

#define PHYSMEM_PHYS_FORMS(load, store, type, order)                                              \
    PHYSMEM_INLINE type load##order##_phys(AddressSpace *as, hwaddr addr)                         \
    {                                                                                             \
        return address_space_##load##order(as, addr, MEMTXATTRS_UNSPECIFIED, NULL);               \
    }                                                                                             \
    PHYSMEM_INLINE void store##order##_phys(AddressSpace *as, hwaddr addr, type val)              \
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

/* ---- Shorthands for the current context's memory ---------------------------------------- *
 *
 * They access memory_context_memory(memory_context_current()) at addr, copy from or to buf, use
 * unspecified attributes, and drop the result. */

PHYSMEM_API void cpu_physical_memory_rw(hwaddr addr, void *buf, hwaddr len, bool is_write);
PHYSMEM_INLINE void cpu_physical_memory_read(hwaddr addr, void *buf, hwaddr len)
{
    cpu_physical_memory_rw(addr, buf, len, false);
}
PHYSMEM_INLINE void cpu_physical_memory_write(hwaddr addr, const void *buf, hwaddr len)
{
    cpu_physical_memory_rw(addr, (void *)buf, len, true);
}

/* Does what address_space_is_io() does, for the address phys_addr. */
PHYSMEM_API bool cpu_physical_memory_is_io(hwaddr phys_addr);

/* Does what address_space_flush_icache_range() does. */
PHYSMEM_API void cpu_flush_icache_range(hwaddr start, hwaddr len);

PHYSMEM_END_DECLS

#endif
