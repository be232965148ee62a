/* SPDX-License-Identifier: MIT
 *
 * Checks what an IOMMU's methods return, before it is used. access/iommu.c, which translates
 * accesses, and topology/iommu-replay.c call this. The tables behind translate() are often written
 * by the guest, so no entry is trusted.
 */
#ifndef REGION_IOMMU_H
#define REGION_IOMMU_H

#include <physmem/iommu.h>
#include <physmem/space.h>

/* Whether the value is 2^n - 1. */
static inline bool region_iommu_is_mask(hwaddr mask)
{
    return (mask & (mask + 1)) == 0;
}

/* Returns what is wrong with an entry that grants an access, or NULL if the access can follow
 * it. */
static inline const char *region_iommu_entry_defect(const IOMMUMemoryRegion *iommu,
                                                    const IOMMUTLBEntry *entry)
{
    if (!entry->target_as) {
        return "its entry names no space";
    }
    if (entry->target_as->context != iommu->parent_obj.parent_obj.context) {
        return "its entry leads into another context";
    }
    if (!region_iommu_is_mask(entry->addr_mask)) {
        return "its entry's addr_mask is not 2^n - 1";
    }
    if (entry->perm & ~(unsigned)IOMMU_RW) {
        return "its entry's permissions are unknown";
    }
    return NULL;
}

/* The same as memory_region_iommu_attrs_to_index(), for callers that have looked up the class. */
static inline int region_iommu_index(const IOMMUMemoryRegionClass *class, IOMMUMemoryRegion *iommu,
                                     MemTxAttrs attrs)
{
    return class->attrs_to_index ? class->attrs_to_index(iommu, attrs) : 0;
}

/* Returns the epoch of the IOMMU's translations; 0 if threads must not keep any. An answer of
 * translate() may be used while the epoch is the same as it was before the call. Each report of a
 * change begins a new epoch. No two epochs have the same number, not even of different IOMMUs, so
 * an epoch also stands for its IOMMU. The acquire pairs with the release in iommu.c: a thread that
 * sees an epoch also sees the changes of the tables that were reported before it. */
static inline uint64_t region_iommu_epoch(const IOMMUMemoryRegion *iommu)
{
    return __atomic_load_n(&iommu->epoch, __ATOMIC_ACQUIRE);
}

/* Makes all threads forget the translations of all IOMMUs of a context: a space that they may name
 * ends. Under the context's lock. */
void region_iommus_forget(MemoryContext *ctx);

/* Returns the size of the IOMMU's smallest page, minus 1. If the method get_min_page_size returns
 * something that is not a power of two, the guest's page counts. */
hwaddr region_iommu_page_mask(IOMMUMemoryRegion *iommu);

/* Counts a change that replays in progress must notice: a report of an event, or a notifier that
 * is registered or unregistered. Returns the new count, which is different for each change. Under
 * the context's lock. */
uint64_t region_iommu_count_change(MemoryContext *ctx);

#endif
