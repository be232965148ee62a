/* SPDX-License-Identifier: MIT
 *
 * Writing into the table of arrivals that a thread keeps (arrival.h).
 */
#include "access/arrival.h"

#include "base/barrier.h"

/* A signal handler that interrupts this finds the old arrival, an invalid one, or the new one. */
static void replace(Arrival *place, const Arrival *arrival)
{
    Arrival invalid = *arrival;
    invalid.epoch = 0;
    __atomic_store_n(&place->epoch, 0, __ATOMIC_RELAXED);
    barrier_compiler();
    *place = invalid;
    barrier_compiler();
    __atomic_store_n(&place->epoch, arrival->epoch, __ATOMIC_RELAXED);
}

void access_arrival_keep(Arrivals *arrivals, const IOMMUMemoryRegion *iommu, hwaddr offset,
                         const Arrival *arrival)
{
    unsigned bits = arrival->span >> IOTLB_LARGE_BITS ? IOTLB_LARGE_BITS : IOTLB_SMALL_BITS;
    replace(access_arrival_place(arrivals, iommu, arrival->kind, offset, bits), arrival);
}
