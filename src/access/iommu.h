/* SPDX-License-Identifier: MIT
 *
 * The way of an access through IOMMUs (specification 10.4), for this room.
 */
#ifndef ACCESS_IOMMU_H
#define ACCESS_IOMMU_H

#include "access/translate.h"

/* What a walk found out beside its target. */
typedef struct Trail {
    AddressSpace *as; /* the space that the last IOMMU leads to */
    hwaddr addr;      /* in that space */
    hwaddr mask;      /* the AND of all levels' */
    unsigned perm;    /* what all levels granted, of what they were asked for */
} Trail;

/* Goes on from a spot in an IOMMU until there is none. 'trail' may be NULL; after a fault it says
 * nothing. */
Target access_iommu_walk(const Access *a, const Spot *s, hwaddr addr, bool is_write, Trail *trail);

#endif
