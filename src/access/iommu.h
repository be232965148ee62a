/* SPDX-License-Identifier: MIT
 *
 * The way of an access through IOMMUs (specification 10.4), for translate.c.
 */
#ifndef ACCESS_IOMMU_H
#define ACCESS_IOMMU_H

#include "access/translate.h"
#include "region/iommu.h"

/* The results of a walk besides the target, for address_space_get_iotlb_entry(). */
typedef struct Trail {
    AddressSpace *as; /* the space that the last IOMMU leads to */
    hwaddr addr;      /* in that space */
    hwaddr mask;      /* the AND of the masks of all levels */
    unsigned perm;    /* IOMMU_ flags that all levels granted */
} Trail;

/* The target of addr, which lies in a spot of an IOMMU: asks one IOMMU after the other until
 * something else answers. 'trail' may be NULL. It is not filled in if an IOMMU refuses. */
Target access_iommu_walk(const Access *a, const Spot *s, hwaddr addr, bool is_write, Trail *trail);

/* ---- Translations that the thread has kept ---------------------------------------------- */

/* The innermost call of translate() that is running on this thread, or NULL. */
extern _Thread_local const struct TranslateFrame *access_translating;

/* Returns the translation that the thread keeps for an access, or NULL. 'epoch' is the current
 * epoch of the IOMMU. */
static inline const Translation *access_iommu_recall(const IOMMUMemoryRegion *iommu,
                                                     uint64_t epoch, MemTxAttrs attrs,
                                                     bool is_write, hwaddr offset)
{
    Lookaside *l = access_lookaside;
    return epoch && l
               ? access_iotlb_find(&l->iotlb, iommu, epoch, iotlb_kind(attrs, is_write), offset)
               : NULL;
}

/* The short way of a usual access through one IOMMU. 's' is a spot of the IOMMU. If the thread has
 * kept the translation, and all of [*addr, *addr + len) is granted and arrives in one spot, returns
 * that spot and sets *addr to the address there. NULL: take the long way, access_iommu_walk(). So
 * does an access that translate() itself makes: it may need the translation that is running, which
 * must fail. 'len' must not be 0. Always in line: with a constant length, most of it is
 * arithmetic. */
static inline __attribute__((always_inline)) const Spot *
access_iommu_known(const Spot *s, hwaddr *addr, hwaddr len, MemTxAttrs attrs, bool is_write)
{
    const IOMMUMemoryRegion *iommu = (const IOMMUMemoryRegion *)s->mr;
    hwaddr delta = *addr - s->start, offset = s->offset + delta;
    const Translation *t =
        access_iommu_recall(iommu, region_iommu_epoch(iommu), attrs, is_write, offset);
    if (!t || access_translating || len - 1 > s->span - delta || (is_write && s->readonly)) {
        return NULL;
    }
    hwaddr in_page = offset - t->entry.iova, to = t->entry.translated_addr + in_page;
    if (len - 1 > t->entry.addr_mask - in_page) {
        return NULL;
    }
    const FlatView *fv = address_space_to_flatview(t->entry.target_as);
    *addr = to;
    s = physmem_spot_recall(fv, to, 1);
    return s && len - 1 <= s->span - (to - s->start) ? s : NULL;
}

#endif
