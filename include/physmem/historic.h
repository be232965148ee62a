/* SPDX-License-Identifier: MIT
 *
 * What the interface had once and later lost (specification section 23), for programs written
 * against it. New programs use what each comment names; for executing from devices there is nothing
 * newer.
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
 * A guest is about to execute from an I/O region: the device lends the host memory that holds the
 * code (MemoryRegionOps.request_ptr), and that is laid over the device, as read-only RAM that is
 * never migrated, until the device takes it back. */

/* Asks the device for the memory at offset addr, with the lock held. False, and nothing changed, if
 * it has no request_ptr or lends nothing; or, with a MISUSE message, if what it lends does not hold
 * addr, is not inside the region or overlaps what it has lent. True, and nothing changed, if addr
 * is lent already. Edit side, also from the device's callbacks. */
PHYSMEM_API bool memory_region_request_mmio_ptr(MemoryRegion *mr, hwaddr addr);

/* The device takes back all memory that it lent and that touches [offset, offset + size), whole
 * windows each. It is out of every map on return (of the transaction), and listeners have been
 * told. Who had looked it up before may still be reading: until memory_drain() returns, or, with a
 * reference from find, map or a section's copy, until that is dropped. Edit side, also from the
 * device's callbacks. The end of mr takes back everything. */
PHYSMEM_API void memory_region_invalidate_mmio_ptr(MemoryRegion *mr, hwaddr offset,
                                                   unsigned size);

/* ---- IOMMU notification ----------------------------------------------------------------- */

/* memory_region_iommu_replay() for each notifier. */
PHYSMEM_API void memory_region_iommu_replay_all(IOMMUMemoryRegion *iommu_mr);

/* memory_region_notify_iommu_one() with the type that the permissions say: NONE is an UNMAP,
 * everything else a MAP. */
PHYSMEM_API void memory_region_notify_one(IOMMUNotifier *notifier, IOMMUTLBEntry *entry);

/* ---- Kinds and flags of regions --------------------------------------------------------- */

/* memory_region_init_ram_flags_nomigrate() with RAM_SHARED or without. */
PHYSMEM_API void memory_region_init_ram_shared_nomigrate(MemoryRegion *mr, Object *owner,
                                                         const char *name, uint64_t size,
                                                         bool share, Error **errp);

/* memory_region_init_io() without ops: every access is rejected. */
static inline void memory_region_init_reservation(MemoryRegion *mr, Object *owner,
                                                  const char *name, uint64_t size)
{
    memory_region_init_io(mr, owner, NULL, mr, name, size);
}

/* A mark for who saves the memory of a machine; RAM devices bear it from the beginning. */
PHYSMEM_API bool memory_region_is_skip_dump(MemoryRegion *mr);
PHYSMEM_API void memory_region_set_skip_dump(MemoryRegion *mr);

/* Clear: memory_region_enable_lockless_io(). Set takes it back. */
PHYSMEM_API void memory_region_set_global_locking(MemoryRegion *mr);
PHYSMEM_API void memory_region_clear_global_locking(MemoryRegion *mr);

/* ---- Dirty logging without snapshots ---------------------------------------------------- */

/* Is any page of the range dirty for the client; and clears it, telling log_clear. Neither collects
 * anything first. Assert RAM and a range in its used length. */
PHYSMEM_API bool memory_region_get_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                         unsigned client);
PHYSMEM_API bool memory_region_test_and_clear_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                                    unsigned client);

/* log_sync for one region in all spaces; for all of one space. Listeners with log_sync_global are
 * called for either. */
PHYSMEM_API void memory_region_sync_dirty_bitmap(MemoryRegion *mr);
PHYSMEM_API void address_space_sync_dirty_bitmap(AddressSpace *as);

/* ---- Spaces ----------------------------------------------------------------------------- */

/* The space on the heap that this function made for that root, with one more count and the name it
 * has, or a new one. address_space_destroy() drops a count, and the space with the last one, which
 * is freed after a grace period. NULL where a new one is refused (a MISUSE message says why). Edit
 * side. */
PHYSMEM_API AddressSpace *address_space_init_shareable(MemoryRegion *root, const char *name);

PHYSMEM_END_DECLS

#endif
