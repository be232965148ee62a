/* SPDX-License-Identifier: MIT
 *
 * Counters of the accesses to a region. access/observe.c counts here. The region_count_...()
 * functions do nothing if the region's counter is off. physmem/region.h declares the public calls.
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
