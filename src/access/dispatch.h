/* SPDX-License-Identifier: MIT
 *
 * Accesses that a region's callbacks answer, for this room (specification 14). The public functions
 * dispatch to a region; these come by address and bring the lock.
 */
#ifndef ACCESS_DISPATCH_H
#define ACCESS_DISPATCH_H

#include "access/translate.h"

enum { ACCESS_MAX = 8 }; /* bytes of one dispatched access */

/* One access of a block transfer: how many of len bytes at that offset it takes (10.2). */
unsigned access_chunk_size(const MemoryRegion *mr, hwaddr offset, hwaddr len);

/* Dispatches with the context's lock held and the coalesced writes done. 'val' is in the order that
 * op says. */
MemTxResult access_dispatch_read(const Target *t, uint64_t *val, MemOp op, MemTxAttrs attrs);
MemTxResult access_dispatch_write(const Target *t, uint64_t val, MemOp op, MemTxAttrs attrs);

/* The same for a spot that only calls (access_spot_calls()); it may be gone afterwards. */
MemTxResult access_spot_read(const Spot *s, hwaddr addr, uint64_t *val, MemOp op,
                             MemTxAttrs attrs);
MemTxResult access_spot_write(const Spot *s, hwaddr addr, uint64_t val, MemOp op,
                              MemTxAttrs attrs);

/* Is all that there is to an access in that spot a call of its region? */
static inline bool access_spot_calls(const Spot *s, MemTxAttrs attrs)
{
    return s->calls && !attrs.memory;
}

/* Would access_dispatch_...() be accepted? Nothing but valid.accepts is called. */
bool access_dispatch_valid(const Target *t, unsigned size, bool is_write, MemTxAttrs attrs);

/* Cuts a valid access into what the callbacks can do (split.c); val is in the device's order. */
MemTxResult access_split_read(MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t *val,
                              MemTxAttrs attrs);
MemTxResult access_split_write(MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t val,
                               MemTxAttrs attrs);

/* How many bytes from addr on an access takes at the device: more than it has if it is smaller than
 * impl.min_access_size and goes as it is. */
unsigned access_split_width(const MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write);

static inline bool access_has_quirk(const MemoryRegion *mr, MemoryQuirk quirk)
{
    return __atomic_load_n(&mr->quirks, __ATOMIC_RELAXED) & quirk;
}

/* A hole was hit, or an IOMMU refused: tells the guest log, if there is one. */
void access_log_hole(const Access *a, const Target *t, hwaddr addr, hwaddr len, bool is_write);

#endif
