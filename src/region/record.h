/* SPDX-License-Identifier: MIT
 *
 * What a context itself knows of its regions, found by their addresses. Regions are memory of the
 * caller, so their bytes prove nothing before a constructor has run: a record does. All under the
 * context's lock.
 *
 *    context->region_records   address -> record
 *    context->regions          records of regions that live, the newest first
 *    context->failed_regions   records of those whose constructor failed, the oldest first: for the
 *                              name in messages. Only the last ones are kept.
 *
 * The region's own bytes say the same (region_is_live()), once a constructor has run. That is for
 * all calls but constructors.
 */
#ifndef REGION_RECORD_H
#define REGION_RECORD_H

#include <physmem/region.h>

#include "base/address-table.h"
#include "base/context.h"

typedef struct RegionRecord {
    AddressEntry entry; /* its address is the region */
    TAILQ_ENTRY(RegionRecord) link;
    const char *name; /* NULL: none */
    bool failed;
    bool writes_watched; /* somebody wants to know of each write to the region (watches.h) */
    bool watched_itself; /* not only because all regions of the context are */
    char text[];
} RegionRecord;

/* For a region that begins. There is no record of one that lives at that address. */
RegionRecord *region_record_new(MemoryContext *ctx, const MemoryRegion *mr, const char *name);

/* The region lives no more. */
void region_record_end(MemoryContext *ctx, RegionRecord *record);

/* The region that lives at an address, or NULL. */
const RegionRecord *region_record_of_living(const MemoryContext *ctx, const void *address);

/* The name, or "(noname)". */
const char *region_record_label(const RegionRecord *record);

/* The context ends. No region lives. */
void region_records_free(MemoryContext *ctx);

#endif
