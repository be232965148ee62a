/* SPDX-License-Identifier: MIT
 *
 * The state that this room keeps for a context: the map clients that wait for bounce buffers
 * (map-clients.h). src/context.c calls these functions while no other thread uses the context. A
 * space has a pool of bounce buffers, which ends with the space (Topology.free_bounce_pool).
 */
#ifndef ACCESS_ROOM_H
#define ACCESS_ROOM_H

#include "base/inner-lock.h"

LIST_HEAD(ClientList, Client);

/* The lock also covers the pools of bounce buffers. It is the innermost of all: while it is held,
 * nothing is called and no other lock is taken. */
struct AccessRoom {
    InnerLock lock;
    unsigned tight;            /* how many pools are tight: a map may fail there now */
    struct ClientList clients; /* newest first */
};

/* Makes the state. Called after topology_new(). */
void access_room_new(MemoryContext *ctx);
/* Frees the state. Called after topology_free(), when no space is left. */
void access_room_free(MemoryContext *ctx);

#endif
