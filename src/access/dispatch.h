/* SPDX-License-Identifier: MIT
 *
 * Dispatch by address: making an access that a region's callbacks answer (specification 14). For
 * the files that access by address: ldst.c, rw.c, word.c, transfer.c and valid.c.
 */
#ifndef ACCESS_DISPATCH_H
#define ACCESS_DISPATCH_H

#include "access/request.h"

/* Makes the access: calls the device. The lock of the region's context is held meanwhile, unless
 * the region does without. Coalesced writes are flushed first if the region asks for that. A read
 * leaves its value in r->val, or 0 if it is refused. The spot from which the request was made is
 * not valid any more afterwards. */
MemTxResult access_dispatch(Request *r);

/* A load or store at addr in a spot for which access_spot_calls() holds. The caller has entered the
 * read section, which ends here. Fast if the access is simple: the device accepts it, it is one
 * callback, and nothing else has to be done for it. 'result' may be NULL. Values are in op's byte
 * order. */
uint64_t access_load_device(const Spot *s, hwaddr addr, MemOp op, MemTxAttrs attrs,
                            MemTxResult *result);
void access_store_device(const Spot *s, hwaddr addr, uint64_t val, MemOp op, MemTxAttrs attrs,
                         MemTxResult *result);

/* access_load_device8() and the like do the same for one size of an access each. */
#define ACCESS_DEVICE_FORMS(bits)                                                                 \
    uint##bits##_t access_load_device##bits(const Spot *s, hwaddr addr, MemOp op,                 \
                                            MemTxAttrs attrs, MemTxResult *result);               \
    void access_store_device##bits(const Spot *s, hwaddr addr, uint64_t val, MemOp op,            \
                                   MemTxAttrs attrs, MemTxResult *result);
ACCESS_DEVICE_FORMS(8)
ACCESS_DEVICE_FORMS(16)
ACCESS_DEVICE_FORMS(32)
ACCESS_DEVICE_FORMS(64)
#undef ACCESS_DEVICE_FORMS

/* access_dispatch() for an access at a target. It may be refused before it reaches the region: if
 * it leaves the page of an IOMMU, if it writes a read-only RAM device, or if it is for memory only
 * (MemTxAttrs.memory). */
MemTxResult access_dispatch_at(const Target *t, Request *r);

/* Returns whether access_dispatch_at() would make the access. Calls valid.accepts, but no other
 * callback. */
bool access_dispatch_valid(const Target *t, const Request *r);

/* Returns whether an access in the spot is always a call of its region. Then no target is needed:
 * access_dispatch() makes the access. */
static inline bool access_spot_calls(const Spot *s, MemTxAttrs attrs)
{
    return s->calls && !attrs.memory;
}

#endif
