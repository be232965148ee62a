/* SPDX-License-Identifier: MIT
 *
 * Map clients: bottom halves of the program that wait until address_space_map() may succeed again,
 * after the bounce buffers of a space were used up. map-register.c adds them to the list. bounce.c
 * says when a buffer has come back.
 */
#ifndef ACCESS_MAP_CLIENTS_H
#define ACCESS_MAP_CLIENTS_H

#include <physmem/map.h>

#include "access/room.h"
#include "base/context.h"

struct BouncePool;

/* Adds a client that waits for the space of that pool; NULL: for any space. Returns false if the
 * host has no memory; the caller then schedules the bottom half at once, so that the program tries
 * again. Under the lock. */
bool access_client_add(struct AccessRoom *room, QEMUBH *bh, const struct BouncePool *pool);

/* Removes one client that was added with the same arguments, if there is one. Under the lock. */
void access_client_remove(struct AccessRoom *room, const QEMUBH *bh,
                          const struct BouncePool *pool);

/* Removes the clients that wait for the space of the pool, which has ended. Under the lock. */
void access_clients_drop(struct AccessRoom *room, const struct BouncePool *pool);

/* Schedules a bottom half through the context's hook. It calls the program, so the lock must not be
 * held. */
void access_client_schedule(MemoryContext *ctx, QEMUBH *bh);

/* A map may succeed again in the space of the pool (NULL: in some space). Schedules the clients
 * that wait for that space, or for any space, and removes them. The lock must not be held. */
void access_clients_notify(MemoryContext *ctx, const struct BouncePool *pool);

/* For the end of a context: removes all clients. */
void access_clients_free(struct AccessRoom *room);

#endif
