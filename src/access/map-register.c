/* SPDX-License-Identifier: MIT
 *
 * The public calls by which a program registers a bottom half as a map client (map-clients.h), and
 * takes it back: for one space, or for all spaces of the current context.
 */
#include "access/bounce.h"
#include "access/map-clients.h"

void cpu_register_map_client(QEMUBH *bh)
{
    MemoryContext *ctx = memory_context_current();
    inner_lock(&ctx->access->lock);
    bool added = access_client_add(ctx->access, bh, NULL);
    bool wait = ctx->access->tight > 0;
    inner_unlock(&ctx->access->lock);
    if (!added) {
        access_client_schedule(ctx, bh);
    } else if (!wait) {
        access_clients_notify(ctx, NULL);
    }
}

void cpu_unregister_map_client(QEMUBH *bh)
{
    struct AccessRoom *room = memory_context_current()->access;
    inner_lock(&room->lock);
    access_client_remove(room, bh, NULL);
    inner_unlock(&room->lock);
}

void address_space_register_map_client(AddressSpace *as, QEMUBH *bh)
{
    struct AccessRoom *room = as->context->access;
    inner_lock(&room->lock);
    struct BouncePool *pool = access_pool_of(as);
    bool added = pool && access_client_add(room, bh, pool);
    bool wait = pool && access_pool_is_tight(pool);
    inner_unlock(&room->lock);
    if (!added) {
        access_client_schedule(as->context, bh);
    } else if (!wait) {
        access_clients_notify(as->context, pool);
    }
}

void address_space_unregister_map_client(AddressSpace *as, QEMUBH *bh)
{
    struct AccessRoom *room = as->context->access;
    inner_lock(&room->lock);
    if (as->bounce) {
        access_client_remove(room, bh, as->bounce);
    }
    inner_unlock(&room->lock);
}
