/* SPDX-License-Identifier: MIT
 *
 * A context's records of its regions. The caller owns the memory of a region, and before a
 * constructor has run, its bytes may be anything. So a constructor looks for a record of that
 * address to find out whether a region lives there. All other calls use region_is_live(), which
 * reads the region's own bytes.
 *
 *    room->records   address -> record
 *    room->failed    those of regions whose constructor failed and that do not live. Messages take
 *                    the name from them. Only the last 64 are kept.
 *
 * Everything here is called under the context's lock. Accesses read writes_watched without it.
 */
#ifndef REGION_RECORD_H
#define REGION_RECORD_H

#include <physmem/region.h>

#include "base/address-table.h"
#include "base/context.h"

/* Each region has one, so it is small: with a name of up to 11 characters it takes 48 bytes of
 * heap. */
typedef struct RegionRecord {
    __extension__ union {
        AddressEntry entry; /* in room->records; entry.address is the region */
        Deferred deferred;  /* afterwards */
    };
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

/* Returns the record that follows 'record', in no particular order, or NULL after the last one.
 * With NULL returns the first. Records of failed regions are among them. */
RegionRecord *region_record_next(const MemoryContext *ctx, const RegionRecord *record);

/* The name, or "(noname)". */
const char *region_record_label(const RegionRecord *record);

/* Frees everything when the context ends. No region may live. */
void region_records_free(MemoryContext *ctx);

#endif
