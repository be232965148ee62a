/* SPDX-License-Identifier: MIT
 *
 * What an IOMMU's methods answer, made safe to rely on: for the replay and for the walk in access/.
 * Guests write the tables behind translate(), so nothing that comes from there is believed.
 */
#ifndef REGION_IOMMU_H
#define REGION_IOMMU_H

#include <physmem/iommu.h>
#include <physmem/space.h>

static inline bool region_iommu_is_mask(hwaddr mask)
{
    return (mask & (mask + 1)) == 0;
}

/* What is wrong with an entry that grants something; NULL: it leads somewhere. */
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

/* The index of a translation: memory_region_iommu_attrs_to_index() for who has the class. */
static inline int region_iommu_index(const IOMMUMemoryRegionClass *class, IOMMUMemoryRegion *iommu,
                                     MemTxAttrs attrs)
{
    return class->attrs_to_index ? class->attrs_to_index(iommu, attrs) : 0;
}

/* The smallest page, less one: 2^n - 1 whatever the method says. */
hwaddr region_iommu_page_mask(IOMMUMemoryRegion *iommu);

/* Counts a change that replays under way have to notice: an event is reported, or a notifier has
 * come or gone. Returns the new count, which is unique. Under the context's lock. */
uint64_t region_iommu_count_change(MemoryContext *ctx);

#endif
