/* SPDX-License-Identifier: MIT
 *
 * A spot is a range of a view prepared for access: where its bytes are in the host, and which
 * accesses may go there without asking anybody. The lookaside (lookup.h) keeps spots, so that this
 * is found out once for many accesses.
 */
#ifndef ACCESS_SPOT_H
#define ACCESS_SPOT_H

#include "region/region.h"
#include "view/view.h"

enum {
    DIRECT_READ = 1 << 0,
    DIRECT_WRITE = 1 << 1, /* by the guest and its devices */
    DIRECT_LOAD = 1 << 2,  /* by who may also write ROM */
};

/* One cache line. */
typedef struct Spot {
    _Alignas(64) uint64_t view; /* id; 0: unused */
    hwaddr start;
    hwaddr span;      /* last - start */
    hwaddr offset;    /* of start, in mr */
    MemoryRegion *mr; /* region_unassigned where nothing is */
    uint8_t *memory;  /* host address of start; NULL: no host memory is there */
    uint8_t direct;   /* DIRECT_ bits: what plain host accesses may do */
    bool readonly;    /* memory there must not be written by address (R1) */
    bool translates;  /* mr is an IOMMU: the access goes on in another space */
    bool calls;       /* every access is one of mr's callbacks: no memory, IOMMU or hole */
} Spot;

/* A hole from 0 to HWADDR_MAX. It belongs to no view. */
extern const Spot access_spot_nothing;

/* Bytes of host memory behind a region: less than its size if that was set beyond the block. */
hwaddr access_memory_size(const MemoryRegion *mr);

/* The spot around addr. */
Spot access_spot_make(const FlatView *fv, hwaddr addr);

/* The host address of [addr, addr + len), which begins in the spot, if there is something to access
 * and all of it may be accessed in the plain way; else NULL. */
static inline uint8_t *access_spot_direct(const Spot *s, hwaddr addr, hwaddr len, unsigned how)
{
    hwaddr delta = addr - s->start;
    bool fits = s->span >= len - 1 && delta <= s->span - (len - 1) && len;
    return fits && (s->direct & how) ? s->memory + delta : NULL;
}

#endif
