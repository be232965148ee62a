/* SPDX-License-Identifier: MIT
 *
 * Accesses that a region's callbacks answer (specification 14), for the files that access by
 * address: ldst.c, transfer.c and valid.c.
 */
#ifndef ACCESS_DISPATCH_H
#define ACCESS_DISPATCH_H

#include "access/request.h"

/* Makes the access: with the lock of the region's context held, unless the region does without,
 * and after the coalesced writes. A read leaves its value in r->val: 0 if it is refused. Spots and
 * regions may be gone afterwards. */
MemTxResult access_dispatch(Request *r);

/* The same for an access at a target, which may be refused before it reaches the region. */
MemTxResult access_dispatch_at(const Target *t, Request *r);

/* Whether access_dispatch_at() would make the access. It calls nothing of the device but
 * valid.accepts. */
bool access_dispatch_valid(const Target *t, const Request *r);

/* Whether an access in that spot is always a call of its region, and needs no target. */
static inline bool access_spot_calls(const Spot *s, MemTxAttrs attrs)
{
    return s->calls && !attrs.memory;
}

#endif
