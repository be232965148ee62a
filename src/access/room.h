/* SPDX-License-Identifier: MIT
 *
 * The state that this room keeps for a context: the map clients that wait for bounce buffers
 * (map-clients.h). src/context.c calls these functions while no other thread uses the context. A
 * space has a pool of bounce buffers, which ends with the space (Topology.free_bounce_pool).
 */
#ifndef ACCESS_ROOM_H
#define ACCESS_ROOM_H

#include <physmem/types.h>

/* Makes the state. Called after topology_new(). */
void access_room_new(MemoryContext *ctx);
/* Frees the state. Called after topology_free(), when no space is left. */
void access_room_free(MemoryContext *ctx);

#endif
