/* SPDX-License-Identifier: MIT
 *
 * A context's records of its regions, found by the region's address. Regions are memory of the
 * caller, so before a constructor has run their bytes prove nothing, but a record does. Everything
 * here is under the context's lock.
 *
 *    room->records   address -> record
 *    room->living    records of regions that live, the newest first
 *    room->failed    records of regions whose constructor failed, the oldest first: for the name in
 *                    messages. Only the last 64 are kept.
 *
 * Once a constructor has run, the region's own bytes say whether it lives (region_is_live()). All
 * calls except constructors use that.
 */
#ifndef REGION_RECORD_H
#define REGION_RECORD_H

#include <physmem/region.h>

#include "base/address-table.h"
#include "base/context.h"

typedef struct RegionRecord {
    AddressEntry entry; /* its address is the region */
    Deferred deferred;
    TAILQ_ENTRY(RegionRecord) link;
    const char *name; /* NULL: none */
    bool failed;
    bool writes_watched; /* somebody wants to know of each write to the region (watches.h) */
    bool watched_itself; /* this region is logged or counted, whatever holds for the context */
    char text[];
} RegionRecord;

/* Makes the record of a region that begins. No region may live at that address. */
RegionRecord *region_record_new(MemoryContext *ctx, const MemoryRegion *mr, const char *name);

/* The region has ended: frees its record, or keeps it for messages if the constructor failed. A
 * write that is under way may still look at the record, so it is freed after a grace period. */
void region_record_end(MemoryContext *ctx, RegionRecord *record);

/* The record of the region that lives at an address, or NULL. */
const RegionRecord *region_record_of_living(const MemoryContext *ctx, const void *address);

/* The name, or "(noname)". */
const char *region_record_label(const RegionRecord *record);

/* For the end of a context. No region may live. */
void region_records_free(MemoryContext *ctx);

#endif
