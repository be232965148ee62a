/* SPDX-License-Identifier: MIT
 *
 * The last step of a translation: from a spot that is in no IOMMU to the target of an access. For
 * translate.c, and for iommu.c where the walk has left the last IOMMU.
 */
#ifndef ACCESS_TARGET_H
#define ACCESS_TARGET_H

#include "access/translate.h"

/* Whether a step must not go on behind the range. Memory ends with its range. A device's registers
 * may be wider than their visible part, so its range does not limit a step (10.3, R3). A hole may
 * end anywhere: nothing is lost if the access is cut there. */
static inline bool access_ends_with_range(const Spot *s, bool is_write)
{
    return (s->direct & (is_write ? DIRECT_WRITE : DIRECT_READ)) || region_is_ram(s->mr) ||
           s->mr == region_unassigned;
}

/* The target at addr, in a spot that is not in an IOMMU. 'hole' is that of the spot's space. 'page'
 * and 'readonly' come from the IOMMUs on the way: HWADDR_MAX and false if there were none. The
 * target is made in one expression, so that the compiler writes it where the caller wants it. */
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
        .memory = s->memory ? s->memory + delta : NULL,
        .direct = readonly ? s->direct & ~DIRECT_WRITE : s->direct,
        .readonly = s->readonly || readonly,
        .hole = hole,
    };
}

#endif
