/* SPDX-License-Identifier: MIT
 *
 * Makes and frees the structure that this room keeps for a context (room.h).
 */
#include "region/room.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/process.h"
#include "region/record.h"

void region_room_new(MemoryContext *ctx)
{
    struct RegionRoom *room = alloc_new(struct RegionRoom);

    TAILQ_INIT(&room->changed_views);
    TAILQ_INIT(&room->changed_roots);
    LIST_INIT(&room->edited_ioeventfds);
    room->watches_writes = process.light_is_full;
    ctx->region = room;
}

void region_room_free(MemoryContext *ctx)
{
    region_records_free(ctx);
    free(ctx->region);
}
