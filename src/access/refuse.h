/* SPDX-License-Identifier: MIT
 *
 * Reports of accesses that fail to the guest log (MEMORY_LOG_GUEST): accesses that a region
 * refuses, and accesses to holes.
 */
#ifndef ACCESS_REFUSE_H
#define ACCESS_REFUSE_H

#include "access/request.h"

/* Reports to the guest log, and to the region's counter, that the region refuses the access. 'why'
 * is the end of the message; NULL: the region does not accept the access, and accept.h says why. */
__attribute__((cold)) void access_refuse(const Request *r, const char *why);

/* Reports an access to a hole, or one that an IOMMU refuses: 'len' bytes at address addr of a
 * space. An access to a space whose address_space_init() was refused is reported as MISUSE. */
void access_log_hole(const Access *a, const Target *t, hwaddr addr, hwaddr len, bool is_write);

#endif
