/* SPDX-License-Identifier: MIT
 *
 * The rare side of access_wrote(): somebody wants to know of writes.
 */
#include "access/memory.h"

void access_after_write(MemoryRegion *mr, hwaddr offset, hwaddr len, uint8_t clients)
{
    region_mark_dirty(mr, offset, len, clients);
}
