/* SPDX-License-Identifier: MIT
 *
 * The switch of migration-wide dirty logging (specification section 17.3).
 */
#include <physmem/dirty.h>

#include "topology/topology.h"

bool *memory_context_global_dirty_log(MemoryContext *ctx)
{
    return &ctx->logs_migration;
}

/* Masks of any range may change, so all of every view is looked at. */
static void renew_all_masks(MemoryContext *ctx)
{
    SpacePrivate *s;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        slot_mark_all(s->slot);
    }
    transaction_request(ctx);
}

void memory_global_dirty_log_start(void)
{
    MemoryContext *ctx = memory_context_current();
    if (!transaction_begin(ctx, __func__)) {
        return;
    }
    ctx->logs_migration = true;
    context_review_watches(ctx);
    ctx->telling++;
    listeners_log_global_start(ctx);
    ctx->telling--;
    renew_all_masks(ctx);
    transaction_commit(ctx);
}

void memory_global_dirty_log_stop(void)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);
    if (!transaction_begin(ctx, __func__)) {
        return;
    }
    ctx->logs_migration = false;
    context_review_watches(ctx);
    renew_all_masks(ctx);
    transaction_commit(ctx);
    ctx->telling++;
    listeners_log_global_stop(ctx);
    ctx->telling--;
}
