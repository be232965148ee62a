/* SPDX-License-Identifier: MIT
 *
 * Whether dirty logging, a counter or a fuzzer wants to know of an access. An access asks after the
 * data has moved, and reads one byte for that:
 *
 *     reads    AccessWatch.reads of the context
 *     writes   RegionRecord.writes_watched of the region
 *
 * Everything here is under the context's lock.
 */
#ifndef REGION_WATCHES_H
#define REGION_WATCHES_H

#include "region/region.h"

/* To be called when logs_migration, counting or a hook of the context has changed. A write that
 * does not see the change yet has its data visible when the call ends. */
void region_watches_review(MemoryContext *ctx);

/* To be called when one region is new, or its logging or its counter has been switched. It has no
 * barrier: the caller that switches logging on has one. */
void region_watches_review_one(MemoryRegion *mr);

#endif
