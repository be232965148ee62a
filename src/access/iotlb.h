/* SPDX-License-Identifier: MIT
 *
 * The translations that a thread keeps: answers of IOMMUs that allow this
 * (memory_region_iommu_set_caching()). The table lies in the thread's lookaside. iommu.c asks it
 * before it calls translate(), and keeps the answer afterwards.
 *
 * Nobody has to invalidate it. Each translation carries the epoch of its IOMMU (region/iommu.h)
 * from before translate() was called. When the IOMMU reports a change, a new epoch begins, and the
 * translations of the old one no longer match. No epoch comes twice, so the same holds after an
 * IOMMU has ended.
 *
 * A translation serves accesses with the attributes and the direction of the access that it was
 * made for, to the same page. So an IOMMU is always asked before a page is written for the first
 * time, and a hit does not depend on attrs_to_index().
 *
 * A translation has one place in the table. The 4 KiB around the offset choose it, or the 2 MiB
 * around the offset if the page has 2 MiB or more.
 *
 * Signal handlers may use the table at any instruction. A translation is invalid while it is
 * written. An access that has interrupted another one keeps nothing (lookaside.h).
 */
#ifndef ACCESS_IOTLB_H
#define ACCESS_IOTLB_H

#include <string.h>

#include <physmem/iommu.h>

enum { IOTLB_PLACES = 4096, IOTLB_SMALL_BITS = 12, IOTLB_LARGE_BITS = 21 };

/* A translation has the size of one line of the processor's cache. */
typedef struct Translation {
    _Alignas(64) uint64_t epoch; /* of the IOMMU; 0: the translation is invalid */
    uint64_t kind;               /* of the accesses that it is for: iotlb_kind() */
    IOMMUTLBEntry entry;         /* checked; its addresses are those of the page's first byte */
} Translation;

typedef struct Iotlb {
    Translation place[IOTLB_PLACES];
} Iotlb;

/* A translation and the memory that it leads to (arrival.h), in one such line, too. */
typedef struct Arrival {
    _Alignas(64) uint64_t epoch; /* of the IOMMU; 0: the arrival is invalid */
    uint64_t kind;               /* of the accesses that it is for: iotlb_kind() */
    hwaddr start;                /* an offset in the IOMMU */
    hwaddr span;                 /* last offset - start */
    AddressSpace *as;            /* the space that the translation names */
    uint64_t view;               /* id of its view */
    uintptr_t shift;             /* from offsets to host addresses */
    MemoryRegion *mr;            /* the region that has the memory */
} Arrival;

typedef struct Arrivals {
    Arrival place[IOTLB_PLACES];
} Arrivals;

/* All attributes set. Bits of a MemTxAttrs that belong to no attribute are 0 here. */
static const MemTxAttrs iotlb_all_attrs = { 1, 1, 1, UINT16_MAX, 1, 1, 1, 1, 1, 1 };

/* The attributes and the direction of an access as a number. Compilers leave anything in the bits
 * that belong to no attribute, so these bits do not count. */
static inline uint64_t iotlb_kind(MemTxAttrs attrs, bool is_write)
{
    uint32_t bits, all;
    memcpy(&bits, &attrs, sizeof(bits));
    memcpy(&all, &iotlb_all_attrs, sizeof(all));
    return (uint64_t)(bits & all) << 1 | is_write;
}

static inline bool iotlb_holds(const Translation *t, uint64_t epoch, uint64_t kind, hwaddr offset)
{
    return t->epoch == epoch && t->kind == kind && offset - t->entry.iova <= t->entry.addr_mask;
}

/* The place in a table by the 2^bits bytes around an offset. Neighbouring pages have neighbouring
 * places, so what is used of the table is small. IOMMUs, kinds and distant pages are apart. */
static inline size_t iotlb_index(const IOMMUMemoryRegion *iommu, uint64_t kind, hwaddr offset,
                                 unsigned bits)
{
    uint64_t salt = ((uintptr_t)iommu ^ kind) * 0x9e3779b97f4a7c15u >> 40;
    return ((offset >> bits ^ offset >> (bits + 9)) + salt) % IOTLB_PLACES;
}

static inline Translation *iotlb_place(Iotlb *tlb, const IOMMUMemoryRegion *iommu, uint64_t kind,
                                       hwaddr offset, unsigned bits)
{
    return &tlb->place[iotlb_index(iommu, kind, offset, bits)];
}

/* Returns the translation of an offset in the IOMMU, whose epoch is 'epoch', or NULL. It is good
 * until the access keeps a translation or calls out. */
static inline const Translation *access_iotlb_find(Iotlb *tlb, const IOMMUMemoryRegion *iommu,
                                                   uint64_t epoch, uint64_t kind, hwaddr offset)
{
    const Translation *t = iotlb_place(tlb, iommu, kind, offset, IOTLB_SMALL_BITS);
    if (__builtin_expect(iotlb_holds(t, epoch, kind, offset), 1)) {
        return t;
    }
    t = iotlb_place(tlb, iommu, kind, offset, IOTLB_LARGE_BITS);
    return iotlb_holds(t, epoch, kind, offset) ? t : NULL;
}

/* Keeps the entry that translate() has returned for an offset, and that grants the access. The
 * access must not have interrupted another one. */
void access_iotlb_keep(Iotlb *tlb, const IOMMUMemoryRegion *iommu, uint64_t epoch, uint64_t kind,
                       hwaddr offset, const IOMMUTLBEntry *entry);

#endif
