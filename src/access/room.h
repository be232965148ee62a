/* SPDX-License-Identifier: MIT
 *
 * What this room keeps for a context: the map clients that wait for bounce buffers. src/context.c
 * calls these functions while no other thread uses the context. What the room keeps for a space, a
 * pool of bounce buffers, ends with the space (Topology.free_bounce_pool).
 */
#ifndef ACCESS_ROOM_H
#define ACCESS_ROOM_H

#include <physmem/types.h>

/* After topology_new(). */
void access_room_new(MemoryContext *ctx);
/* After topology_free(). */
void access_room_free(MemoryContext *ctx);

#endif
