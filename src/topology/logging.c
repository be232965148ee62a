/* SPDX-License-Identifier: MIT
 *
 * Switches global dirty logging on and off (specification sections 17.3 and 25). It is on while
 * there is a reason for it: migration, dirty rate or dirty limit.
 *
 * While the machine is stopped, logging is not switched off (D13): that takes time, and a
 * migration stops the machine for as short a time as possible. So a reason that is to end
 * meanwhile is noted in log_ending, and ends when the machine runs again.
 */
#include <physmem/dirty.h>
#include <physmem/error.h>

#include "base/log.h"
#include "region/room.h"
#include "region/watches.h"
#include "topology/tell.h"
#include "topology/topology.h"

enum { ALL_REASONS = GLOBAL_DIRTY_MIGRATION | GLOBAL_DIRTY_DIRTY_RATE | GLOBAL_DIRTY_LIMIT };

bool *memory_context_global_dirty_log(MemoryContext *ctx)
{
    return &ctx->region->logs_migration;
}

/* ---- On and off ------------------------------------------------------------------------- */

static void set_flag(MemoryContext *ctx, bool on)
{
    ctx->region->logs_migration = on;
    region_watches_review(ctx);
}

/* The mask of dirty clients may change in each range, so the commit renders all of every view. */
static void renew_all_masks(MemoryContext *ctx)
{
    SpacePrivate *s;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        slot_mark_all(s->slot);
    }
    transaction_request(ctx);
}

/* Tells listeners that logging starts. If one refuses, tells those that have started to stop,
 * switches logging off again, and returns false. */
static bool start_listeners(MemoryContext *ctx, Error **errp)
{
    set_flag(ctx, true);
    ctx->telling++;
    MemoryListener *refused = listeners_log_global_start_or_not(ctx, errp);
    if (refused) {
        set_flag(ctx, false);
        listeners_log_global_stop_before(refused);
    }
    ctx->telling--;
    return !refused;
}

static bool switch_on(MemoryContext *ctx, const char *call, Error **errp)
{
    if (!transaction_open(ctx, call)) {
        error_setg(errp, "logging cannot be switched on in a read section: leave it first");
        return false;
    }
    bool started = start_listeners(ctx, errp);
    if (started) {
        renew_all_masks(ctx);
    }
    transaction_close(ctx);
    return started;
}

static void switch_off(MemoryContext *ctx, const char *call)
{
    if (!transaction_open(ctx, call)) {
        return;
    }
    set_flag(ctx, false);
    renew_all_masks(ctx);
    transaction_close(ctx);
    ctx->telling++;
    listeners_log_global_stop(ctx);
    ctx->telling--;
}

/* ---- Reasons ---------------------------------------------------------------------------- */

/* Ends reasons, or notes that they are to end if the machine is stopped. */
static void end_reasons(MemoryContext *ctx, unsigned reasons, const char *call)
{
    Topology *t = ctx->topology;
    if (t->stopped && ctx->region->logs_migration) {
        t->log_ending |= reasons & t->log_reasons;
        return;
    }
    t->log_reasons &= ~reasons;
    if (!t->log_reasons) {
        switch_off(ctx, call);
    }
}

/* Refuses a call that gives no reason, an unknown one, or a 'wrong' one. Wrong are, for a start,
 * reasons that are on, and for a stop, those that are off. A reason in log_ending counts as
 * off. */
static bool refuse(MemoryContext *ctx, unsigned reasons, unsigned wrong, const char *call)
{
    if (telling_refuses(ctx, call)) {
        return true;
    }
    if (!reasons || reasons & ~(unsigned)ALL_REASONS) {
        misuse(ctx, "%s: reasons 0x%x: give one or more of the GLOBAL_DIRTY_... bits", call,
               reasons);
        return true;
    }
    if (wrong) {
        misuse(ctx, "%s: reasons 0x%x: 0x%x are %s already", call, reasons, wrong,
               wrong & ctx->topology->log_reasons & ~ctx->topology->log_ending ? "on" : "off");
        return true;
    }
    return false;
}

bool memory_global_dirty_log_start_for(unsigned reasons, Error **errp)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);
    Topology *t = ctx->topology;
    if (refuse(ctx, reasons, reasons & t->log_reasons & ~t->log_ending, __func__)) {
        error_setg(errp, "logging for reasons 0x%x was refused: see the log", reasons);
        return false;
    }
    if (!t->log_reasons && !switch_on(ctx, __func__, errp)) {
        return false;
    }
    t->log_ending &= ~reasons;
    t->log_reasons |= reasons;
    return true;
}

void memory_global_dirty_log_stop_for(unsigned reasons)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);
    Topology *t = ctx->topology;
    if (!refuse(ctx, reasons, reasons & ~(t->log_reasons & ~t->log_ending), __func__)) {
        end_reasons(ctx, reasons, __func__);
    }
}

/* The older calls, without a reason, stand for the reason migration. A start tells listeners even
 * if logging is on already, and no listener can refuse. A stop tells listeners even if logging is
 * off. */
void memory_global_dirty_log_start(void)
{
    MemoryContext *ctx = memory_context_current();
    if (!transaction_begin(ctx, __func__)) {
        return;
    }
    ctx->topology->log_ending &= ~GLOBAL_DIRTY_MIGRATION;
    ctx->topology->log_reasons |= GLOBAL_DIRTY_MIGRATION;
    set_flag(ctx, true);
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
    if (telling_refuses(ctx, __func__)) {
        return;
    }
    end_reasons(ctx, GLOBAL_DIRTY_MIGRATION, __func__);
}

/* ---- The machine ------------------------------------------------------------------------ */

void memory_context_set_running(MemoryContext *ctx, bool running)
{
    CONTEXT_LOCK(ctx);
    if (telling_refuses(ctx, __func__)) {
        return;
    }
    unsigned ending = ctx->topology->log_ending;
    ctx->topology->stopped = !running;
    if (running && ending) {
        ctx->topology->log_ending = 0;
        end_reasons(ctx, ending, __func__);
    }
}
