/* SPDX-License-Identifier: MIT
 *
 * Writing into the table of translations that a thread keeps (iotlb.h).
 */
#include "access/iotlb.h"

#include "base/barrier.h"

static bool is_large(const IOMMUTLBEntry *entry)
{
    return entry->addr_mask >= ((hwaddr)1 << IOTLB_LARGE_BITS) - 1;
}

/* A signal handler that interrupts this finds the old translation, an invalid one, or the new
 * one. */
void access_iotlb_keep(Iotlb *tlb, const IOMMUMemoryRegion *iommu, uint64_t epoch, uint64_t kind,
                       hwaddr offset, const IOMMUTLBEntry *entry)
{
    unsigned bits = is_large(entry) ? IOTLB_LARGE_BITS : IOTLB_SMALL_BITS;
    Translation *place = iotlb_place(tlb, iommu, kind, offset, bits);
    __atomic_store_n(&place->epoch, 0, __ATOMIC_RELAXED);
    barrier_compiler();
    place->kind = kind;
    place->entry = *entry;
    place->entry.iova = offset & ~entry->addr_mask;
    place->entry.translated_addr &= ~entry->addr_mask;
    barrier_compiler();
    __atomic_store_n(&place->epoch, epoch, __ATOMIC_RELAXED);
}
