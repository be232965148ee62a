/* SPDX-License-Identifier: MIT
 *
 * A context's records of its regions. The caller owns the memory of a region, and before a
 * constructor has run, its bytes may be anything. So a constructor looks for a record of that
 * address to find out whether a region lives there. All other calls use region_is_live(), which
 * reads the region's own bytes.
 *
 *    room->records   address -> record
 *    room->living    records of regions that live, the newest first
 *    room->failed    records of regions whose constructor failed, the oldest first. Messages take
 *                    the name from them. Only the last 64 are kept.
 *
 * Everything here is called under the context's lock. Accesses read writes_watched without it.
 */
#ifndef REGION_RECORD_H
#define REGION_RECORD_H

#include <physmem/region.h>

#include "base/address-table.h"
#include "base/context.h"

typedef struct RegionRecord {
    AddressEntry entry; /* in room->records; entry.address is the region */
    Deferred deferred;
    TAILQ_ENTRY(RegionRecord) link;
    bool named;          /* it has a name */
    bool failed;         /* the constructor failed */
    bool writes_watched; /* accesses must report each write to the region (watches.h); atomic */
    bool watched_itself; /* because this region itself is logged or counted */
    char text[];         /* of the name */
} RegionRecord;

/* Makes the record of a region that begins at mr. No region may live there. */
RegionRecord *region_record_new(MemoryContext *ctx, const MemoryRegion *mr, const char *name);

/* Called when a region ends. Frees its record after a grace period, because a write that is under
 * way may still read it. If the constructor failed, keeps the record for messages. */
void region_record_end(MemoryContext *ctx, RegionRecord *record);

/* Returns the record of the region that lives at an address, or NULL. */
const RegionRecord *region_record_of_living(const MemoryContext *ctx, const void *address);

/* The name, or "(noname)". */
const char *region_record_label(const RegionRecord *record);

/* Frees everything when the context ends. No region may live. */
void region_records_free(MemoryContext *ctx);

#endif
