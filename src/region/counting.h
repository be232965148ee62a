/* SPDX-License-Identifier: MIT
 *
 * Counting the accesses that end at a region, for access/. An access calls these functions only if
 * watches.h says that somebody wants to know of it. They do nothing if counting is off.
 */
#ifndef REGION_COUNTING_H
#define REGION_COUNTING_H

#include <physmem/region.h>

bool region_is_counted(const MemoryRegion *mr);
void region_count_read(const MemoryRegion *mr, hwaddr len);
void region_count_write(const MemoryRegion *mr, hwaddr len);
void region_count_refused(const MemoryRegion *mr);

/* Frees the counter of a region that ends. */
void region_counting_end(MemoryRegion *mr);

#endif
