/* SPDX-License-Identifier: MIT
 *
 * The guest log of this room: accesses that a region refuses, and accesses to holes.
 */
#ifndef ACCESS_REFUSE_H
#define ACCESS_REFUSE_H

#include "access/request.h"

/* Reports to the guest log, and to the region's counter, that the access is refused. 'why' ends the
 * message. */
__attribute__((cold)) void access_refuse(const Request *r, const char *why);

/* Reports an access to a hole, or one that an IOMMU refuses. */
void access_log_hole(const Access *a, const Target *t, hwaddr addr, hwaddr len, bool is_write);

#endif
