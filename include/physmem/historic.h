/* SPDX-License-Identifier: MIT
 *
 * Names that the interface had once and later lost, for programs written against them
 * (specification 23). New programs use what each comment names. For executing from devices there is
 * nothing newer.
 *
 * "Edit side" means: any thread, not in a read section; the call takes the context's lock.
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

/* Asks the device for the memory at offset addr of the region; request_ptr is called with the lock
 * held. Returns true if the memory is lent, now or already. Returns false, with nothing changed, if
 * the device has no request_ptr or lends nothing; and, with a MISUSE message, if what it lends does
 * not contain addr, is not inside the region, or overlaps what it has lent. Edit side, also from
 * the device's callbacks. */
PHYSMEM_API bool memory_region_request_mmio_ptr(MemoryRegion *mr, hwaddr addr);

/* Takes back all memory that the device has lent and that touches [offset, offset + size). Each
 * loan ends as a whole. On return, or at the end of the open transaction, the memory is out of
 * every map and listeners have been told. A reader that had looked it up before may still be
 * reading: until memory_drain() returns or, if it has a reference (memory_region_find(), a map, a
 * copy of a section), until that is dropped. The end of mr takes back everything. Edit side, also
 * from the device's callbacks. */
PHYSMEM_API void memory_region_invalidate_mmio_ptr(MemoryRegion *mr, hwaddr offset, unsigned size);

/* ---- IOMMU notification ----------------------------------------------------------------- */

/* Calls memory_region_iommu_replay() for each notifier. Edit side. */
PHYSMEM_API void memory_region_iommu_replay_all(IOMMUMemoryRegion *iommu_mr);

/* Calls memory_region_notify_iommu_one(). The type follows from the permissions: IOMMU_NONE is an
 * UNMAP, everything else a MAP. Edit side. */
PHYSMEM_API void memory_region_notify_one(IOMMUNotifier *notifier, IOMMUTLBEntry *entry);

/* ---- Kinds and flags of regions --------------------------------------------------------- */

/* Calls memory_region_init_ram_flags_nomigrate(), with RAM_SHARED if 'share' is true. Edit side. */
PHYSMEM_API void memory_region_init_ram_shared_nomigrate(MemoryRegion *mr, Object *owner,
                                                         const char *name, uint64_t size,
                                                         bool share, Error **errp);

/* Calls memory_region_init_io() without ops: every access is rejected. Edit side. */
static inline void memory_region_init_reservation(MemoryRegion *mr, Object *owner,
                                                  const char *name, uint64_t size)
{
    memory_region_init_io(mr, owner, NULL, mr, name, size);
}

/* A mark of regions whose memory is to be left out when the memory of a machine is saved. RAM
 * devices have it from the beginning. The library does not use it. Any thread. */
PHYSMEM_API bool memory_region_is_skip_dump(MemoryRegion *mr);
PHYSMEM_API void memory_region_set_skip_dump(MemoryRegion *mr);

/* Clearing does what memory_region_enable_lockless_io() does. Setting takes it back. */
PHYSMEM_API void memory_region_set_global_locking(MemoryRegion *mr);
PHYSMEM_API void memory_region_clear_global_locking(MemoryRegion *mr);

/* ---- Dirty logging without snapshots ---------------------------------------------------- */

/* Return whether any page of the range is dirty for the client. The second also clears the pages
 * and calls log_clear; it is edit side, the first may be called from any thread. Neither calls
 * log_sync first. Assert RAM and a range in its used length. */
PHYSMEM_API bool memory_region_get_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                         unsigned client);
PHYSMEM_API bool memory_region_test_and_clear_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                                    unsigned client);

/* Call log_sync for one region in all spaces; for everything in one space. Listeners with
 * log_sync_global are called by both. Edit side. */
PHYSMEM_API void memory_region_sync_dirty_bitmap(MemoryRegion *mr);
PHYSMEM_API void address_space_sync_dirty_bitmap(AddressSpace *as);

/* ---- Spaces ----------------------------------------------------------------------------- */

/* Returns a space with that root on the heap. If this function has made one already, it returns
 * that one, with one user more and its old name. address_space_destroy() takes away one user; with
 * the last one the space is destroyed, and freed after a grace period. Returns NULL if
 * address_space_init() refuses a new one (a MISUSE message says why). Edit side. */
PHYSMEM_API AddressSpace *address_space_init_shareable(MemoryRegion *root, const char *name);

PHYSMEM_END_DECLS

#endif
