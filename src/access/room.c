/* SPDX-License-Identifier: MIT
 *
 * Makes and frees the state that this room keeps for a context.
 */
#include "access/room.h"

#include <stdlib.h>

#include "access/bounce.h"
#include "access/map-clients.h"
#include "base/alloc.h"
#include "topology/topology.h"

void access_room_new(MemoryContext *ctx)
{
    struct AccessRoom *room = alloc_new(struct AccessRoom);
    inner_lock_init(ctx, &room->lock);
    LIST_INIT(&room->clients);
    ctx->access = room;
    ctx->topology->free_bounce_pool = access_pool_free;
}

void access_room_free(MemoryContext *ctx)
{
    struct AccessRoom *room = ctx->access;
    access_clients_free(room);
    inner_lock_destroy(&room->lock);
    free(room);
}
