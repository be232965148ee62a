/* SPDX-License-Identifier: MIT
 *
 * Dispatch by address: making an access that a region's callbacks answer (specification 14). For
 * the files that access by address: ldst.c, word.c, transfer.c and valid.c.
 */
#ifndef ACCESS_DISPATCH_H
#define ACCESS_DISPATCH_H

#include "access/request.h"

/* Makes the access. Calls the device: with the lock of the region's context held, unless the region
 * does without, and after the coalesced writes if the region asks for that. A read leaves its value
 * in r->val, or 0 if it is refused. The spot of the access is not valid any more afterwards. */
MemTxResult access_dispatch(Request *r);

/* The same for an access at a target. It may be refused before it reaches the region: where it
 * leaves the page of an IOMMU, writes a read-only RAM device, or is for memory only. */
MemTxResult access_dispatch_at(const Target *t, Request *r);

/* Whether access_dispatch_at() would make the access. The only callback that this calls is
 * valid.accepts. */
bool access_dispatch_valid(const Target *t, const Request *r);

/* Whether an access in the spot is always a call of its region, so that it needs no target. */
static inline bool access_spot_calls(const Spot *s, MemTxAttrs attrs)
{
    return s->calls && !attrs.memory;
}

#endif
