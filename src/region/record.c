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

enum { FAILED_KEPT = 64 };

static RegionRecord *find(const MemoryContext *ctx, const void *address)
{
    AddressEntry *entry = address_table_find(&ctx->region->records, address);

    return entry ? caa_container_of(entry, RegionRecord, entry) : NULL;
}

static void free_deferred(Deferred *d)
{
    free(caa_container_of(d, RegionRecord, deferred));
}

/* Frees the record at once: no access can have seen a region whose constructor failed. */
static void forget_failed(MemoryContext *ctx, RegionRecord *record)
{
    struct RegionRoom *room = ctx->region;

    TAILQ_REMOVE(&room->failed, record, link);
    room->failed_count--;
    address_table_remove(&room->records, &record->entry);
    free(record);
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
    TAILQ_INSERT_HEAD(&ctx->region->living, record, link);
    return record;
}

void region_record_end(MemoryContext *ctx, RegionRecord *record)
{
    struct RegionRoom *room = ctx->region;

    TAILQ_REMOVE(&room->living, record, link);
    if (!record->failed) {
        address_table_remove(&room->records, &record->entry);
        context_defer(ctx, &record->deferred, free_deferred);
        return;
    }
    TAILQ_INSERT_TAIL(&room->failed, record, link);
    if (++room->failed_count > FAILED_KEPT) {
        forget_failed(ctx, TAILQ_FIRST(&room->failed));
    }
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
    while (!TAILQ_EMPTY(&ctx->region->failed)) {
        forget_failed(ctx, TAILQ_FIRST(&ctx->region->failed));
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
