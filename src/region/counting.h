/* SPDX-License-Identifier: MIT
 *
 * Counting the accesses that end at a region, for access/. Who counts nothing has no counter, and
 * the paths to it ask the context first (watches_reads, watches_writes).
 */
#ifndef REGION_COUNTING_H
#define REGION_COUNTING_H

#include <physmem/region.h>

/* To be called for any region. */
void region_count_read(const MemoryRegion *mr, hwaddr len);
void region_count_write(const MemoryRegion *mr, hwaddr len);
void region_count_refused(const MemoryRegion *mr);

/* The region ends, and its counter with it. */
void region_counting_end(MemoryRegion *mr);

#endif
