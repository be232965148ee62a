/* SPDX-License-Identifier: MIT
 *
 * Transactions (specification section 7). All edits between the outermost begin and its commit
 * appear at once. The thread holds the context's lock all that time, so a transaction belongs to
 * one thread. If the thread is cancelled meanwhile, the cancellation takes effect after the
 * transaction is closed. The outermost commit calls commit.c.
 */
#include "base/log.h"
#include "base/probes.h"
#include "base/thread.h"
#include "region/coalesce.h"
#include "region/journal.h"
#include "topology/topology.h"
#include "view/view.h"

/* Whether the thread is in a read section that the program has entered itself. A callback of a
 * device runs in a read section of the library, and may edit. */
static bool is_in_read_section(void)
{
    return thread_state.sections && !thread_state.callback.holder;
}

/* Whether edits are refused here. If so, sends a message. */
static bool refuse(MemoryContext *ctx, const char *call)
{
    if (is_in_read_section()) {
        misuse(ctx,
               "%s: the map must not be edited in a read section: call memory_read_unlock() first",
               call);
        return true;
    }
    if (ctx->telling) {
        misuse(ctx, "%s: the map must not be edited from a callback of a listener or of a walk",
               call);
        return true;
    }
    return false;
}

/* Disables cancellation, and flushes coalesced writes. The flush runs callbacks of devices, which
 * may make transactions of their own. These are closed when the flush returns, but each has
 * overwritten topology->cancel_state. So it is set after the flush. */
static void open_outermost(MemoryContext *ctx)
{
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    coalesced_writes_flush(ctx);
    ctx->topology->cancel_state = cancel_state;
}

bool transaction_open(MemoryContext *ctx, const char *call)
{
    if (refuse(ctx, call)) {
        return false;
    }
    PROBE(edit, ctx->name, call, ctx->topology->depth);
    if (ctx->topology->depth == 0) {
        open_outermost(ctx);
    } else {
        coalesced_writes_flush(ctx);
    }
    ctx->topology->depth++;
    return true;
}

bool transaction_begin(MemoryContext *ctx, const char *call)
{
    memory_context_lock(ctx);
    bool opened = transaction_open(ctx, call);
    if (!opened) {
        memory_context_unlock(ctx);
    }
    return opened;
}

/* Makes the edits of the transaction visible. */
static void act(MemoryContext *ctx)
{
    Topology *t = ctx->topology;
    if (t->update_pending) {
        t->update_pending = false;
        topology_commit(ctx);
    } else if (t->ioeventfds_edited) {
        topology_commit_ioeventfds(ctx);
    }
    t->ioeventfds_edited = false;
}

/* Closes a transaction. Returns whether it was the outermost one: the caller then sets the
 * thread's cancel state back. */
static bool end(MemoryContext *ctx)
{
    if (ctx->topology->depth == 1) {
        journal_close(ctx);
        ioeventfd_tables_publish(ctx);
        act(ctx);
    }
    return --ctx->topology->depth == 0;
}

void transaction_close(MemoryContext *ctx)
{
    if (end(ctx)) {
        pthread_setcancelstate(ctx->topology->cancel_state, NULL);
    }
}

void transaction_commit(MemoryContext *ctx)
{
    int cancel_state = ctx->topology->cancel_state;
    bool ended = end(ctx);
    memory_context_unlock(ctx);
    if (ended) {
        pthread_setcancelstate(cancel_state, NULL);
    }
}

/* Begins a transaction that may have several edits, and so needs a journal. */
static bool begin_several(MemoryContext *ctx, const char *call)
{
    bool begun = transaction_begin(ctx, call);
    if (begun) {
        journal_open(ctx);
    }
    return begun;
}

void memory_region_transaction_begin(void)
{
    begin_several(memory_context_current(), __func__);
}

void memory_region_transaction_commit(void)
{
    MemoryContext *ctx = memory_context_current();
    if (!memory_context_is_locked(ctx) || ctx->telling || !ctx->topology->depth) {
        misuse(ctx,
               "%s: this thread has no open transaction: call memory_region_transaction_begin()",
               __func__);
        return;
    }
    transaction_commit(ctx);
}

/* ---- Called by region/ (above.h) --------------------------------------------------------- */

static bool begin_end(MemoryContext *ctx)
{
    return begin_several(ctx, "the end of a region");
}

static void request(MemoryContext *ctx)
{
    transaction_request(ctx);
}

const RegionAbove transaction_above = { begin_end, request, transaction_commit, view_ref,
                                        flatview_unref };
