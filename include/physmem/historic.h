/* SPDX-License-Identifier: MIT
 *
 * Names that the interface had once and later lost, for programs that were written against them
 * (specification 23). Each comment names what a new program calls instead. Only for executing from
 * devices is there nothing newer.
 *
 * Unless its comment says otherwise, every function here is edit side.
 */
#ifndef PHYSMEM_HISTORIC_H
#define PHYSMEM_HISTORIC_H

#include <physmem/dirty.h>
#include <physmem/iommu.h>
#include <physmem/region.h>
#include <physmem/space.h>

PHYSMEM_BEGIN_DECLS

/* ---- Executing from a device ------------------------------------------------------------ *
 *
 * A guest is about to execute from an I/O region. The device lends the host memory that holds the
 * code (MemoryRegionOps.request_ptr). The library lays it over the device, as read-only RAM that is
 * never migrated, until the device takes it back. */

/* Asks the device for the memory at offset addr of the region. Calls the device's request_ptr with
 * the lock held. Returns true if the memory is lent, now or already. Returns false, with nothing
 * changed, if the device has no request_ptr or lends nothing. Returns false with a MISUSE message
 * if what it lends does not contain addr, is not inside the region, or overlaps what it has lent
 * already; and from a listener's callback. May be called from the device's callbacks. */
PHYSMEM_API bool memory_region_request_mmio_ptr(MemoryRegion *mr, hwaddr addr);

/* Takes back all memory that the device has lent and that touches [offset, offset + size). Each
 * loan ends as a whole. On return, or at the end of the open transaction, the memory is out of
 * every map and listeners have been told. A reader that had looked it up before may still be
 * reading: until memory_drain() returns or, if the reader has a reference (memory_region_find(), a
 * map, a copy of a section), until that is dropped. When the region mr ends, everything is taken
 * back. May be called from the device's callbacks. */
PHYSMEM_API void memory_region_invalidate_mmio_ptr(MemoryRegion *mr, hwaddr offset, unsigned size);

/* ---- IOMMU notification ----------------------------------------------------------------- */

/* Calls memory_region_iommu_replay() for each notifier. */
PHYSMEM_API void memory_region_iommu_replay_all(IOMMUMemoryRegion *iommu_mr);

/* Calls memory_region_notify_iommu_one(). The type follows from the permissions: IOMMU_NONE is an
 * UNMAP, everything else a MAP. */
PHYSMEM_API void memory_region_notify_one(IOMMUNotifier *notifier, IOMMUTLBEntry *entry);

/* ---- Kinds and flags of regions --------------------------------------------------------- */

/* Calls memory_region_init_ram_flags_nomigrate(), with RAM_SHARED if 'share' is true. Fails with an
 * error as that does. */
PHYSMEM_API void memory_region_init_ram_shared_nomigrate(MemoryRegion *mr, Object *owner,
                                                         const char *name, uint64_t size,
                                                         bool share, Error **errp);

/* Calls memory_region_init_io() without ops: every access is rejected. */
PHYSMEM_INLINE void memory_region_init_reservation(MemoryRegion *mr, Object *owner,
                                                   const char *name, uint64_t size)
{
    memory_region_init_io(mr, owner, NULL, mr, name, size);
}

/* Return and set a mark of regions whose memory is to be left out when the memory of a machine is
 * saved. memory_region_is_skip_dump() returns whether a region has it. RAM devices have it from the
 * beginning. The library does not use it. Any thread. */
PHYSMEM_API bool memory_region_is_skip_dump(MemoryRegion *mr);
PHYSMEM_API void memory_region_set_skip_dump(MemoryRegion *mr);

/* memory_region_clear_global_locking() does what memory_region_enable_lockless_io() does.
 * memory_region_set_global_locking() takes it back. Call them before the region is visible. Any
 * thread. */
PHYSMEM_API void memory_region_set_global_locking(MemoryRegion *mr);
PHYSMEM_API void memory_region_clear_global_locking(MemoryRegion *mr);

/* ---- Dirty logging without snapshots ---------------------------------------------------- */

/* Return whether any page of [addr, addr + size) is dirty for the client. memory_region_get_dirty()
 * may be called from any thread. memory_region_test_and_clear_dirty() is edit side: it also makes
 * the pages clean and calls log_clear of listeners. Neither calls log_sync first. A region without
 * RAM, a range that is not in its used length, and a client that does not exist are refused with a
 * MISUSE message and the result false. New programs use snapshots (dirty.h). */
PHYSMEM_API bool memory_region_get_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                         unsigned client);
PHYSMEM_API bool memory_region_test_and_clear_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                                    unsigned client);

/* Call log_sync of listeners: for one region in all spaces, and for everything in one space. Both
 * call log_sync_global of every listener that has it. New programs use
 * memory_global_dirty_log_sync() or snapshots (dirty.h). */
PHYSMEM_API void memory_region_sync_dirty_bitmap(MemoryRegion *mr);
PHYSMEM_API void address_space_sync_dirty_bitmap(AddressSpace *as);

/* ---- Spaces ----------------------------------------------------------------------------- */

/* Returns a space on the heap with that root. If this function has made one already, it returns
 * that one: the space has one user more and keeps its old name. The caller ends it with
 * address_space_destroy(), which takes away one user. With the last one the space is destroyed, and
 * freed after a grace period. Returns NULL if address_space_init() refuses a new space (a MISUSE
 * message says why). New programs use address_space_init(). */
PHYSMEM_API AddressSpace *address_space_init_shareable(MemoryRegion *root, const char *name);

PHYSMEM_END_DECLS

#endif
