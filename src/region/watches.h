/* SPDX-License-Identifier: MIT
 *
 * Whether accesses to memory are watched: dirty logging, a counter or a fuzzer's hook must be told
 * of them. An access reads one byte to find out (access/observe.h):
 *
 *     a read, before it reads           PhysmemAccessRules.reads_watched of the context
 *     a write, after it has written     RegionRecord.writes_watched of the region
 *
 * These functions compute the bytes. They are called under the context's lock.
 */
#ifndef REGION_WATCHES_H
#define REGION_WATCHES_H

#include "region/region.h"

/* To be called when RegionRoom.logs_migration, RegionRoom.counting or a hook of the context has
 * changed. When it returns, the data of all writes that did not see the change is visible. */
void region_watches_review(MemoryContext *ctx);

/* To be called when a region is new, or its own logging or counter has been switched. There is no
 * barrier in it: a caller that switches logging on calls barrier_heavy(). */
void region_watches_review_one(MemoryRegion *mr);

#endif
