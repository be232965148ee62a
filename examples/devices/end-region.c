/* SPDX-License-Identifier: MIT
 *
 * Ends regions that have no owner, as all regions of the example machines (end-region.h).
 */
#include "end-region.h"

#include <physmem/error.h>

void end_region(MemoryRegion *mr)
{
    MemoryRegion *container = memory_region_container(mr);

    if (container != NULL) {
        memory_region_del_subregion(container, mr);
    }
    memory_region_wait_unused(mr, &error_abort);
}
