/* SPDX-License-Identifier: MIT
 *
 * The answers of an IOMMU's methods, checked before they are used: for the replay in topology/ and
 * the walk in access/. Guests write the tables behind translate(), so nothing that comes from there
 * is trusted.
 */
#ifndef REGION_IOMMU_H
#define REGION_IOMMU_H

#include <physmem/iommu.h>
#include <physmem/space.h>

static inline bool region_iommu_is_mask(hwaddr mask)
{
    return (mask & (mask + 1)) == 0;
}

/* Says what is wrong with an entry that grants an access; NULL if it can be followed. */
static inline const char *region_iommu_entry_defect(const IOMMUMemoryRegion *iommu,
                                                    const IOMMUTLBEntry *entry)
{
    if (!entry->target_as) {
        return "its entry names no space";
    }
    if (entry->target_as->context != iommu->parent_obj.context) {
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

/* memory_region_iommu_attrs_to_index() for callers that have the class. */
static inline int region_iommu_index(const IOMMUMemoryRegionClass *class, IOMMUMemoryRegion *iommu,
                                     MemTxAttrs attrs)
{
    return class->attrs_to_index ? class->attrs_to_index(iommu, attrs) : 0;
}

/* The size of the smallest page, less one: always 2^n - 1, whatever the method returns. */
hwaddr region_iommu_page_mask(IOMMUMemoryRegion *iommu);

/* Counts a change that replays in progress must notice: an event was reported, or a notifier came
 * or went. Returns the new count, which no other change gets. Under the context's lock. */
uint64_t region_iommu_count_change(MemoryContext *ctx);

#endif
