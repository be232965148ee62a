/* SPDX-License-Identifier: MIT
 *
 * Counting the accesses that end at a region, for access/. A region that is not counted has no
 * counter, or one that is off. An access comes here only if watches.h says that somebody wants to
 * know of it.
 */
#ifndef REGION_COUNTING_H
#define REGION_COUNTING_H

#include <physmem/region.h>

/* To be called for any region. */
bool region_is_counted(const MemoryRegion *mr);
void region_count_read(const MemoryRegion *mr, hwaddr len);
void region_count_write(const MemoryRegion *mr, hwaddr len);
void region_count_refused(const MemoryRegion *mr);

/* The region ends, and its counter with it. */
void region_counting_end(MemoryRegion *mr);

#endif
