/* SPDX-License-Identifier: MIT
 *
 * Translation, for the files of this room: from an address to the memory or the region that answers
 * there. An Access holds what stays the same during one call of the program: the view, the
 * attributes, how holes answer. A Target says where one step of the access goes.
 */
#ifndef ACCESS_TRANSLATE_H
#define ACCESS_TRANSLATE_H

#include <physmem/access.h>

#include "access/lookaside.h"

/* How a hole answers. */
typedef struct Hole {
    uint8_t byte; /* the value of each byte that is read */
    MemTxResult result;
} Hole;

typedef struct Access {
    FlatView *fv;
    MemTxAttrs attrs;
    Hole hole;
} Access;

/* 'rest', 'most' and 'page' count the bytes that follow the first one, so that 2^64 bytes have
 * room. If the access came through IOMMUs, 'rest' and 'most' end with the page at the latest, and
 * 'hole' is that of the space that the last IOMMU leads to. */
typedef struct Target {
    MemoryRegion *mr; /* region_unassigned in a hole, and where an IOMMU refuses */
    hwaddr offset;    /* in mr; in a hole the address; where an IOMMU refuses the offset in it */
    hwaddr rest;      /* to the end of the visible range */
    hwaddr most;      /* that a single step may take */
    hwaddr page;     /* that the IOMMUs on the way translate alike; HWADDR_MAX if there are none */
    uint8_t *memory; /* host address of the first byte, or NULL */
    uint8_t direct;  /* DIRECT_ bits */
    bool readonly;
    Hole hole;
    const char *fault;              /* why an IOMMU refuses, for a message; NULL: none does */
    const MemoryRegion *faulted_by; /* that IOMMU */
} Target;

/* The most steps of a call that moves no data. A guest may choose the length of such a call and
 * the size of an IOMMU's pages, so without a limit it could keep the host busy at no cost of its
 * own. */
enum { ACCESS_STEPS = 8192 };

/* An access that begins now. The read section must be open. */
static inline Access access_of_space(const AddressSpace *as, FlatView *fv, MemTxAttrs attrs)
{
    return (Access){ fv, attrs, { as->hole_byte, as->hole_result } };
}

/* An access of a call that names no space. Holes answer as in a new space. */
static inline Access access_of_view(FlatView *fv, MemTxAttrs attrs)
{
    return (Access){ fv, attrs, { 0, MEMTX_DECODE_ERROR } };
}

/* The target of the address. It asks the IOMMUs on the way. */
Target access_translate(const Access *a, hwaddr addr, bool is_write);

static inline bool access_is_hole(const Target *t)
{
    return t->mr == region_unassigned;
}

static inline bool access_is_direct(const Target *t, bool is_write)
{
    return t->direct & (is_write ? DIRECT_WRITE : DIRECT_READ);
}

/* Returns whether 'len' bytes from the target on lie in one page of the IOMMUs on the way. */
static inline bool access_in_page(const Target *t, hwaddr len)
{
    return len - 1 <= t->page;
}

/* len, but at most one byte and the 'behind' bytes that follow it. */
static inline hwaddr access_cut(hwaddr len, hwaddr behind)
{
    return len - 1 <= behind ? len : behind + 1;
}

#endif
