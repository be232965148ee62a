/* SPDX-License-Identifier: MIT
 *
 * A context put together from its rooms, and taken apart. This file stands above all rooms; nothing
 * in them includes it.
 */
#include <physmem/error.h>

#include "access/room.h"
#include "base/alloc.h"
#include "base/context.h"
#include "base/process.h"
#include "ram/block.h"
#include "region/room.h"
#include "topology/topology.h"
#include "view/view.h"

/* The most allocations that a new context makes. The first context of a process also makes
 * types. */
enum { ALLOCATIONS = 64 };

static MemoryContext *put_together(const MemoryContextOptions *opts, bool is_default,
                                   Error **errp)
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
    reclaimer_wake(); /* it passes over contexts that are not listed */
    return ctx;
}

/* The parts of a context are made by functions that cannot return an error. So their memory is
 * reserved before. */
static MemoryContext *make(const MemoryContextOptions *opts, bool is_default, Error **errp)
{
    if (!alloc_reserve_begin(ALLOCATIONS)) {
        error_setg(errp, "no memory for a context");
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
        error_setg(errp, "the default context stays");
        return false;
    }
    if (!context_drain(ctx)) {
        error_setg(errp, "context '%s' must not be destroyed here", ctx->name);
        return false;
    }
    if (!topology_is_unused(ctx, errp)) {
        return false;
    }
    if (!ram_room_is_empty(ctx)) {
        error_setg(errp, "context '%s' still has RAM blocks", ctx->name);
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
        fatal("no default context: %s", error_get_pretty(err));
    }
    return ctx;
}

MemoryContext *memory_context_default(void)
{
    return process_default_context(make_default);
}
