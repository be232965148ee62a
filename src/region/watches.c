/* SPDX-License-Identifier: MIT
 *
 * Keeps the bytes up to date that tell accesses whether they are watched (watches.h). It is called
 * when logging (topology/), a counter (counting.c) or a hook of the context (src/context.c) is
 * switched.
 */
#include "region/watches.h"

#include "base/barrier.h"
#include "region/counting.h"
#include "region/record.h"
#include "region/room.h"

/* Computes the byte of one region. */
static void follow(const MemoryContext *ctx, RegionRecord *record)
{
    bool watched = ctx->region->watches_writes || record->watched_itself;

    __atomic_store_n(&record->writes_watched, watched, __ATOMIC_RELAXED);
}

void region_watches_review_one(MemoryRegion *mr)
{
    mr->record->watched_itself = mr->vga_logging_count || region_is_counted(mr);
    follow(mr->parent_obj.context, mr->record);
}

static uint8_t clients_of_all_regions(const MemoryContext *ctx)
{
    uint8_t clients = 0;

    if (ctx->region->logs_migration) {
        clients |= 1 << DIRTY_MEMORY_MIGRATION;
    }
    if (ctx->hooks.translates_code) {
        clients |= 1 << DIRTY_MEMORY_CODE;
    }
    return clients;
}

/* If the host has no membarrier(), each writer needs a full barrier. region_mark_dirty() has it,
 * so all writes are watched then. */
static void review_writes(MemoryContext *ctx)
{
    struct RegionRoom *room = ctx->region;
    bool watches = ctx->log_clients || process.light_is_full;
    RegionRecord *record = NULL;

    if (watches == room->watches_writes) {
        return;
    }
    room->watches_writes = watches;
    while ((record = region_record_next(ctx, record))) {
        follow(ctx, record);
    }
}

void region_watches_review(MemoryContext *ctx)
{
    bool reads = ctx->hooks.dma_read || ctx->region->counting;

    __atomic_store_n(&ctx->log_clients, clients_of_all_regions(ctx), __ATOMIC_RELAXED);
    __atomic_store_n(&ctx->rules.reads_watched, reads, __ATOMIC_RELAXED);
    review_writes(ctx);
    barrier_heavy();
}
