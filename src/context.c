/* SPDX-License-Identifier: MIT
 *
 * Makes a context from the parts that each room adds, and takes it apart again. This file stands
 * above all rooms and calls them. The one call in the other direction comes from base/thread.c,
 * which asks for the default context.
 */
#include <physmem/error.h>

#include "access/room.h"
#include "base/alloc.h"
#include "base/context.h"
#include "base/log.h"
#include "base/process.h"
#include "ram/room.h"
#include "region/room.h"
#include "region/watches.h"
#include "topology/topology.h"
#include "view/view.h"

/* A new context makes at most this many allocations, including those for the types that the first
 * context of a process makes. tests/test-out-of-memory.c fails if a number is too small. */
enum { SMALL_ALLOCATIONS = 52, LARGE_ALLOCATIONS = 12 };

static MemoryContext *put_together(const MemoryContextOptions *opts, bool is_default, Error **errp)
{
    MemoryContext *ctx = context_base_new(opts, errp);
    if (!ctx) {
        return NULL;
    }
    MemoryContext *current = context_switch(ctx);
    ram_room_new(ctx);
    region_room_new(ctx);
    view_room_new(ctx);
    topology_new(ctx, is_default);
    access_room_new(ctx);
    context_switch(current);
    process_add_context(ctx);
    reclaimer_wake(); /* for work that was deferred before the context was listed */
    return ctx;
}

/* The functions that make the parts cannot return an error if the host has no memory. So this
 * function reserves memory for them first, and returns an error if that fails. */
static MemoryContext *make(const MemoryContextOptions *opts, bool is_default, Error **errp)
{
    if (!alloc_reserve_begin(SMALL_ALLOCATIONS, LARGE_ALLOCATIONS)) {
        error_setg(errp, "the host has no memory for a context");
        return NULL;
    }
    MemoryContext *ctx = put_together(opts, is_default, errp);
    alloc_reserve_end();
    return ctx;
}

MemoryContext *memory_context_new(const MemoryContextOptions *opts, Error **errp)
{
    return make(opts, false, errp);
}

static void take_apart(MemoryContext *ctx)
{
    process_remove_context(ctx);
    topology_free(ctx);
    access_room_free(ctx);
    view_room_free(ctx);
    region_room_free(ctx);
    ram_room_free(ctx);
    context_base_free(ctx);
}

bool memory_context_destroy(MemoryContext *ctx, Error **errp)
{
    if (ctx == memory_context_default()) {
        error_setg(errp, "context '%s' is the default context, which cannot be destroyed",
                   ctx->name);
        return false;
    }
    if (!context_drain(ctx)) {
        error_setg(errp, "context '%s' cannot be destroyed by this thread now: the log says why",
                   ctx->name);
        return false;
    }
    if (!topology_is_unused(ctx, errp)) {
        return false;
    }
    if (!ram_room_is_empty(ctx)) {
        error_setg(errp, "context '%s' still has RAM blocks: free them first (qemu_ram_free())",
                   ctx->name);
        return false;
    }
    take_apart(ctx);
    return true;
}

static MemoryContext *make_default(void)
{
    Error *err = NULL;
    MemoryContext *ctx = make(NULL, true, &err);
    if (!ctx) {
        fatal("the default context cannot be made: %s", error_get_pretty(err));
    }
    return ctx;
}

MemoryContext *memory_context_default(void)
{
    return process_default_context(make_default);
}

/* Hooks belong to several rooms. Only region/ keeps something that follows from them. */
void memory_context_set_hooks(MemoryContext *ctx, const MemoryContextHooks *hooks)
{
    CONTEXT_LOCK(ctx);

    ctx->hooks = hooks ? *hooks : (MemoryContextHooks){ 0 };
    region_watches_review(ctx);
}
