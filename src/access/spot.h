/* SPDX-License-Identifier: MIT
 *
 * A spot is a range of a view, prepared for access: it says where its bytes are in the host, and
 * which accesses may go there without asking anybody. The lookaside (lookaside.h) keeps spots, so
 * that one spot serves many accesses. Inline accesses of programs use spots, too, so the structure
 * is in physmem/inline/spot.h.
 */
#ifndef ACCESS_SPOT_H
#define ACCESS_SPOT_H

#include <physmem/inline/spot.h>

#include "region/region.h"
#include "view/view.h"

typedef PhysmemSpot Spot;

/* The plain callbacks of a device (MemoryRegionOps). */
typedef uint64_t ReadCallback(void *opaque, hwaddr addr, unsigned size);
typedef void WriteCallback(void *opaque, hwaddr addr, uint64_t val, unsigned size);

/* Which accesses may go straight to host memory. */
enum {
    DIRECT_READ = PHYSMEM_DIRECT_READ,
    DIRECT_WRITE = PHYSMEM_DIRECT_WRITE,
    DIRECT_LOAD = PHYSMEM_DIRECT_LOAD,
};

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

/* The offset in the spot's region of addr, which lies in the spot. */
static inline hwaddr access_spot_offset(const Spot *s, hwaddr addr)
{
    return s->offset + (addr - s->start);
}

/* Returns whether [addr, addr + len) lies in the spot, which holds addr, and may be accessed
 * directly. 'how' is one DIRECT_ bit. False for len 0. */
static inline bool access_spot_is_direct(const Spot *s, hwaddr addr, hwaddr len, unsigned how)
{
    return (s->direct & how) && len - 1 <= s->span - (addr - s->start);
}

/* Sets the section that view_section() makes of the spot's range. The spot must be 'whole': it is
 * memory, it is all of a range of the view, and the section has no flag but 'readonly'. It is set
 * field by field, because compilers make a structure on the stack first and then copy it. */
static inline void access_spot_section(const Spot *s, FlatView *fv, MemoryRegionSection *section)
{
    section->size = int128_make64(s->span + 1);
    section->mr = s->mr;
    section->fv = fv;
    section->offset_within_region = s->offset;
    section->offset_within_address_space = s->start;
    section->readonly = s->readonly;
    section->nonvolatile = false;
    section->unmergeable = false;
}

#endif
