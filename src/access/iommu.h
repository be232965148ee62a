/* SPDX-License-Identifier: MIT
 *
 * The way of an access through IOMMUs (specification 10.4), for translate.c.
 */
#ifndef ACCESS_IOMMU_H
#define ACCESS_IOMMU_H

#include "access/translate.h"

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

#endif
