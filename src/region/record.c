/* SPDX-License-Identifier: MIT
 *
 * Records of regions (record.h), and the messages about memory where no region lives.
 */
#include "region/record.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "region/region.h"
#include "region/room.h"

static RegionRecord *record_of(AddressEntry *entry)
{
    return entry ? caa_container_of(entry, RegionRecord, entry) : NULL;
}

static RegionRecord *find(const MemoryContext *ctx, const void *address)
{
    return record_of(address_table_find(&ctx->region->records, address));
}

RegionRecord *region_record_next(const MemoryContext *ctx, const RegionRecord *record)
{
    return record_of(address_table_next(&ctx->region->records, record ? &record->entry : NULL));
}

static void free_deferred(Deferred *d)
{
    free(caa_container_of(d, RegionRecord, deferred));
}

/* Frees a failed region's record at once: no access can have seen the region. */
static void forget(MemoryContext *ctx, RegionRecord **place)
{
    struct RegionRoom *room = ctx->region;

    if (*place) {
        address_table_remove(&room->records, &(*place)->entry);
        free(*place);
        *place = NULL;
        room->failed_count--;
    }
}

static void forget_failed(MemoryContext *ctx, const RegionRecord *record)
{
    RegionRecord **place = ctx->region->failed;

    while (*place != record) {
        place++;
    }
    forget(ctx, place);
}

/* Keeps the record in the place of the one that was kept the longest time ago. */
static void keep_failed(MemoryContext *ctx, RegionRecord *record)
{
    struct RegionRoom *room = ctx->region;
    RegionRecord **place = &room->failed[room->failures++ % FAILED_KEPT];

    forget(ctx, place);
    *place = record;
    room->failed_count++;
}

RegionRecord *region_record_new(MemoryContext *ctx, const MemoryRegion *mr, const char *name)
{
    size_t length = name ? strlen(name) + 1 : 0;
    RegionRecord *record = ctx->region->failed_count ? find(ctx, mr) : NULL;

    if (record) {
        forget_failed(ctx, record);
    }
    record = alloc_zero(offsetof(RegionRecord, text) + length);
    if (name) {
        record->named = true;
        memcpy(record->text, name, length);
    }
    address_table_add(&ctx->region->records, &record->entry, mr);
    return record;
}

void region_record_end(MemoryContext *ctx, RegionRecord *record)
{
    if (record->failed) {
        keep_failed(ctx, record);
        return;
    }
    address_table_remove(&ctx->region->records, &record->entry);
    context_defer(ctx, &record->deferred, free_deferred);
}

const RegionRecord *region_record_of_living(const MemoryContext *ctx, const void *address)
{
    const RegionRecord *record = find(ctx, address);

    return record && !record->failed ? record : NULL;
}

const char *region_record_label(const RegionRecord *record)
{
    return record->named ? record->text : "(noname)";
}

void region_records_free(MemoryContext *ctx)
{
    for (unsigned i = 0; i < FAILED_KEPT; i++) {
        forget(ctx, &ctx->region->failed[i]);
    }
    address_table_clear(&ctx->region->records);
}

/* ---- Memory where no region lives -------------------------------------------------------- */

char *region_absence(const MemoryRegion *mr)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);
    const RegionRecord *record = find(ctx, mr);

    if (!mr) {
        return alloc_string("NULL is not a region");
    }
    if (record && record->failed) {
        return alloc_printf("region '%s' must not be used: its constructor failed",
                            region_record_label(record));
    }
    if (record) {
        return alloc_printf("region '%s' at %p was overwritten while it lived",
                            region_record_label(record), (const void *)mr);
    }
    return alloc_printf("the region at %p %s", (const void *)mr,
                        region_has_ended(mr) ? "has ended" : "was never initialised");
}

bool region_check(const MemoryRegion *mr, const char *call)
{
    if (mr && region_is_live(mr)) {
        return true;
    }
    char *absence = region_absence(mr);

    misuse(NULL, "%s: %s", call, absence);
    free(absence);
    return false;
}
