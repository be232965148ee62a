/* SPDX-License-Identifier: MIT
 *
 * Ends regions without an owner (end-region.h). All regions of the example machines are such.
 */
#include "end-region.h"

#include <physmem/error.h>

void end_region(MemoryRegion *mr)
{
    MemoryRegion *container = memory_region_container(mr);

    if (container) {
        memory_region_del_subregion(container, mr);
    }
    memory_region_wait_unused(mr, &error_abort);
}
