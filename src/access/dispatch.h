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

/* access_dispatch() for an access at a target. It may be refused before it reaches the region: if
 * it leaves the page of an IOMMU, if it writes a read-only RAM device, or if it is for memory only
 * (MemTxAttrs.memory). */
MemTxResult access_dispatch_at(const Target *t, Request *r);

/* Returns whether access_dispatch_at() would make the access. Calls valid.accepts, but no other
 * callback. */
bool access_dispatch_valid(const Target *t, const Request *r);

#endif
