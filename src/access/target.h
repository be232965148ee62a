/* SPDX-License-Identifier: MIT
 *
 * The last step of a translation: from a spot that no IOMMU translates to the target of an access.
 * translate.c uses it, and so does iommu.c after the last IOMMU.
 */
#ifndef ACCESS_TARGET_H
#define ACCESS_TARGET_H

#include "access/translate.h"

/* Returns whether a step of the access must end where the range ends. Memory ends with its range. A
 * device's registers may be wider than their visible part, so a step may go on beyond the range
 * (specification 10.3, R3). A step in a hole ends with the hole, because something else may answer
 * after it. */
static inline bool access_ends_with_range(const Spot *s, bool is_write)
{
    return (s->direct & (is_write ? DIRECT_WRITE : DIRECT_READ)) || region_is_ram(s->mr) ||
           s->mr == region_unassigned;
}

/* The target at addr, in a spot that is not an IOMMU's. 'hole' says how holes of the spot's space
 * answer. 'page' and 'readonly' come from the IOMMUs on the way; without any they are HWADDR_MAX
 * and false. The target is made in one expression, so that the compiler writes it where the caller
 * wants it. */
static inline Target access_target_at(const Spot *s, hwaddr addr, bool is_write, Hole hole,
                                      hwaddr page, bool readonly)
{
    hwaddr delta = addr - s->start;
    hwaddr rest = s->span - delta < page ? s->span - delta : page;
    return (Target){
        .mr = s->mr,
        .offset = s->offset + delta,
        .rest = rest,
        .most = access_ends_with_range(s, is_write) ? rest : page,
        .page = page,
        .memory = access_spot_has_memory(s) ? physmem_spot_host(s, addr) : NULL,
        .direct = readonly ? s->direct & ~DIRECT_WRITE : s->direct,
        .readonly = s->readonly || readonly,
        .hole = hole,
    };
}

#endif
