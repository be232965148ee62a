/* SPDX-License-Identifier: MIT
 *
 * The arrivals that a thread keeps: where accesses through an IOMMU have come to plain memory. The
 * way there is a translation (iotlb.h) and then a spot (spot.h) of another space. An arrival is
 * both in one line of the processor's cache, so the usual access through an IOMMU looks up one
 * thing.
 *
 *     space --> IOMMU --translation--> space --> spot --> host memory
 *               |                                         ^
 *               +------------- arrival -------------------+
 *
 * The law: an arrival holds for accesses of its kind as long as its IOMMU has its epoch, and the
 * space that the translation names shows the view with its id. Neither number is ever used twice,
 * so nobody has to invalidate an arrival. iommu.c keeps one at the end of a walk, for the last
 * IOMMU of the way.
 *
 * An arrival has one place in the table. The 4 KiB around the offset choose it, or the 2 MiB if it
 * is as long as that. Signal handlers may use the table at any instruction: as in iotlb.h, an
 * arrival is invalid while it is written, and an access that has interrupted another one keeps
 * nothing.
 */
#ifndef ACCESS_ARRIVAL_H
#define ACCESS_ARRIVAL_H

#include <physmem/space.h>

#include "access/iotlb.h"
#include "access/lookaside.h"
#include "region/iommu.h"

/* The innermost call of translate() that is running on this thread, or NULL. */
extern _Thread_local const struct TranslateFrame *access_translating;

static inline bool access_arrival_holds(const Arrival *a, uint64_t epoch, uint64_t kind,
                                        hwaddr offset, hwaddr len)
{
    hwaddr first = offset - a->start;
    return a->epoch == epoch && a->kind == kind && first <= a->span && len - 1 <= a->span - first;
}

static inline Arrival *access_arrival_place(Arrivals *arrivals, const IOMMUMemoryRegion *iommu,
                                            uint64_t kind, hwaddr offset, unsigned bits)
{
    return &arrivals->place[iotlb_index(iommu, kind, offset, bits)];
}

/* Returns the arrival for all of [offset, offset + len) of an IOMMU, or NULL. */
static inline const Arrival *access_arrival_at(Arrivals *arrivals, const IOMMUMemoryRegion *iommu,
                                               uint64_t epoch, uint64_t kind, hwaddr offset,
                                               hwaddr len)
{
    const Arrival *a = access_arrival_place(arrivals, iommu, kind, offset, IOTLB_SMALL_BITS);
    if (__builtin_expect(access_arrival_holds(a, epoch, kind, offset, len), 1)) {
        return a;
    }
    a = access_arrival_place(arrivals, iommu, kind, offset, IOTLB_LARGE_BITS);
    return access_arrival_holds(a, epoch, kind, offset, len) ? a : NULL;
}

/* Returns the arrival that the thread keeps for all of [addr, addr + len), which begins in a spot
 * of an IOMMU, and sets *host to the address of the first byte. NULL: take the long way,
 * access_iommu_walk(). So does an access that translate() itself makes: it may need the translation
 * that is running, which must fail. 'len' must not be 0. Always in line: with a constant length,
 * most of it is arithmetic. */
static inline __attribute__((always_inline)) const Arrival *
access_arrival_find(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs, bool is_write,
                    uint8_t **host)
{
    Lookaside *l = access_lookaside;
    const IOMMUMemoryRegion *iommu = (const IOMMUMemoryRegion *)s->mr;
    hwaddr delta = addr - s->start, offset = s->offset + delta;
    uint64_t epoch = region_iommu_epoch(iommu);
    if (!epoch || !l || access_translating || len - 1 > s->span - delta ||
        (is_write && s->readonly)) {
        return NULL;
    }
    const Arrival *a =
        access_arrival_at(&l->arrivals, iommu, epoch, iotlb_kind(attrs, is_write), offset, len);
    if (!a || address_space_to_flatview(a->as)->id != a->view) {
        return NULL;
    }
    *host = (uint8_t *)(a->shift + (uintptr_t)offset);
    return a;
}

/* Keeps an arrival to which an offset of the IOMMU belongs. The access must not have interrupted
 * another one. */
void access_arrival_keep(Arrivals *arrivals, const IOMMUMemoryRegion *iommu, hwaddr offset,
                         const Arrival *arrival);

#endif
