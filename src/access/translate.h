/* SPDX-License-Identifier: MIT
 *
 * From an address to what answers it, for this room. An Access is what stays the same during a call
 * (the view, the attributes, how holes answer); a Target is where one step of it goes.
 */
#ifndef ACCESS_TRANSLATE_H
#define ACCESS_TRANSLATE_H

#include <physmem/access.h>

#include "access/lookup.h"

/* How a hole answers: every byte, and the result. */
typedef struct Hole {
    uint8_t byte;
    MemTxResult result;
} Hole;

typedef struct Access {
    FlatView *fv;
    MemTxAttrs attrs;
    Hole hole;
} Access;

/* Behind IOMMUs, 'rest' and 'most' end with the page, and 'hole' is that of the space behind. */
typedef struct Target {
    MemoryRegion *mr; /* region_unassigned in a hole, and where an IOMMU refuses */
    hwaddr offset;    /* in mr; the address itself in a hole; in the IOMMU that refuses */
    hwaddr rest;      /* bytes of the visible range behind the first one */
    hwaddr most;      /* bytes behind the first one that a single step may take */
    hwaddr page;      /* bytes behind the first one that IOMMUs translate alike; else HWADDR_MAX */
    uint8_t *memory;  /* host memory at offset, or NULL */
    uint8_t direct;   /* DIRECT_ bits */
    bool readonly;
    Hole hole;
    const char *fault;              /* why an IOMMU refuses; NULL: none does */
    const MemoryRegion *faulted_by;
} Target;

/* The most steps of one call that moves no data. A guest may choose the length of such a call
 * and the size of an IOMMU's pages, and a long call would cost the guest nothing. */
enum { ACCESS_STEPS = 8192 };

/* The access that begins now: the read section is open. */
static inline Access access_of_space(const AddressSpace *as, FlatView *fv, MemTxAttrs attrs)
{
    return (Access){ fv, attrs, { as->hole_byte, as->hole_result } };
}

/* For calls that name no space: holes answer as they do at first. */
static inline Access access_of_view(FlatView *fv, MemTxAttrs attrs)
{
    return (Access){ fv, attrs, { 0, MEMTX_DECODE_ERROR } };
}

/* The one step from an address in a view to what answers it, through any IOMMUs. */
Target access_translate(const Access *a, hwaddr addr, bool is_write);

static inline bool access_is_hole(const Target *t)
{
    return t->mr == region_unassigned;
}

static inline bool access_is_direct(const Target *t, bool is_write)
{
    return t->direct & (is_write ? DIRECT_WRITE : DIRECT_READ);
}

/* Is an access of that many bytes inside one page of the IOMMUs on its way? */
static inline bool access_in_page(const Target *t, hwaddr len)
{
    return len - 1 <= t->page;
}

/* len, but at most the first byte and 'behind' more. */
static inline hwaddr access_cut(hwaddr len, hwaddr behind)
{
    return len - 1 <= behind ? len : behind + 1;
}

#endif
