/* SPDX-License-Identifier: MIT
 *
 * A spot is a range of a view, prepared for access: it says where its bytes are in the host, and
 * which accesses may go there without asking anybody. The lookaside (lookaside.h) keeps spots, so
 * that one spot serves many accesses.
 */
#ifndef ACCESS_SPOT_H
#define ACCESS_SPOT_H

#include "region/region.h"
#include "view/view.h"

enum {
    DIRECT_READ = 1 << 0,
    DIRECT_WRITE = 1 << 1, /* writes of the guest and its devices */
    DIRECT_LOAD = 1 << 2,  /* writes of loaders and debuggers, which may write ROM */
};

/* The plain callbacks of a device (MemoryRegionOps). */
typedef uint64_t ReadCallback(void *opaque, hwaddr addr, unsigned size);
typedef void WriteCallback(void *opaque, hwaddr addr, uint64_t val, unsigned size);

/* A spot has the size of one line of the processor's cache. */
typedef struct Spot {
    _Alignas(64) uint64_t view; /* id of the view; 0: the spot is invalid */
    hwaddr start;
    hwaddr span;      /* last address - start */
    hwaddr offset;    /* of start, in mr */
    MemoryRegion *mr; /* region_unassigned in a hole */
    union {
        uintptr_t shift;    /* from guest to host addresses (access_spot_host()) */
        ReadCallback *read; /* if 'calls': ops->read when the spot was made */
    };
    uint8_t direct;  /* DIRECT_ bits: which accesses may go straight to host memory */
    bool readonly;   /* its memory must not be written by address (R1) */
    bool translates; /* mr is an IOMMU, so the access goes on in another space */
    bool calls;      /* a callback of mr answers every access */
    union {
        const bool *watched; /* while true, writes must be reported (observe.h); NULL: no memory */
        WriteCallback *write; /* if 'calls': ops->write when the spot was made */
    };
} Spot;

/* A hole from 0 to HWADDR_MAX, which belongs to no view. */
extern const Spot access_spot_nothing;

/* Returns how many bytes of host memory a region has, from offset 0 on. They are fewer than its
 * size if the size was set beyond its RAM block. */
hwaddr access_memory_size(const MemoryRegion *mr);

/* The spot around addr: a range of the view, or the hole between two ranges. */
Spot access_spot_make(const FlatView *fv, hwaddr addr);

/* Returns whether the spot has host memory of its region, be it for direct accesses or not. */
static inline bool access_spot_has_memory(const Spot *s)
{
    return !s->calls && s->watched;
}

/* The host address of addr, which lies in a spot that has host memory. */
static inline uint8_t *access_spot_host(const Spot *s, hwaddr addr)
{
    return (uint8_t *)(s->shift + (uintptr_t)addr);
}

/* The host address of addr, which lies in the spot, if all of [addr, addr + len) lies there and may
 * be accessed directly. 'how' is one DIRECT_ bit. NULL if not, and for len 0. */
static inline uint8_t *access_spot_direct(const Spot *s, hwaddr addr, hwaddr len, unsigned how)
{
    hwaddr delta = addr - s->start;
    bool fits = len - 1 <= s->span - delta;
    return fits && (s->direct & how) && len ? access_spot_host(s, addr) : NULL;
}

#endif
