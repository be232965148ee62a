/* SPDX-License-Identifier: MIT
 *
 * The rare side of access_before_read() and access_wrote(): somebody wants to know.
 */
#include "access/memory.h"

#include "region/counting.h"

void access_watch_read(hwaddr addr, hwaddr len, MemoryRegion *mr)
{
    CALL_OUT;
    memory_dma_read((size_t)addr, (size_t)len, mr);
    region_count_read(mr, len);
}

void access_after_write(MemoryRegion *mr, hwaddr offset, hwaddr len, uint8_t clients)
{
    CALL_OUT;
    region_count_write(mr, len);
    region_mark_dirty(mr, offset, len, clients);
}
