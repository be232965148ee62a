/* SPDX-License-Identifier: MIT
 *
 * Whether somebody wants to know of an access: dirty logging, counters, a fuzzer. An access asks
 * after the data has moved, and usually one byte tells it that nobody does:
 *
 *     reads    watches_reads of the context
 *     writes   writes_watched of the region's record
 *
 * Everything here is under the context's lock.
 */
#ifndef REGION_WATCHES_H
#define REGION_WATCHES_H

#include "region/region.h"

/* logs_migration, counting or a hook of the context has changed. Each write that misses this was
 * made before the call ends. */
void region_watches_review(MemoryContext *ctx);

/* The same for one region: it is new, or its logging or its counter has been switched. No barrier:
 * whoever switches logging on has one. */
void region_watches_review_one(MemoryRegion *mr);

#endif
