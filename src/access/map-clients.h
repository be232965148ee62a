/* SPDX-License-Identifier: MIT
 *
 * Clients of address_space_map(): bottom halves that wait until a map may succeed again, because
 * the bounce buffers of a space were used up. bounce.c registers them, and says when.
 */
#ifndef ACCESS_MAP_CLIENTS_H
#define ACCESS_MAP_CLIENTS_H

#include <physmem/map.h>

#include "base/context.h"

struct Client;
struct BouncePool;

LIST_HEAD(ClientList, Client);

/* What this room keeps in a context. The lock is innermost of all: nothing is called and no other
 * lock is taken while it is held. */
struct AccessRoom {
    InnerLock lock;
    unsigned tight;            /* pools where a map would fail now */
    struct ClientList clients; /* the last one registered first */
};

/* Under the lock. 'pool' is that of the space to wait for; NULL: of any space. False: the host has
 * no memory. The caller then schedules the bottom half at once, so that the program tries again. */
bool access_client_add(struct AccessRoom *room, QEMUBH *bh, const struct BouncePool *pool);

/* Under the lock. */
void access_client_remove(struct AccessRoom *room, const QEMUBH *bh,
                          const struct BouncePool *pool);

/* Under the lock. The space of the pool has ended: nobody waits for it any more. */
void access_clients_drop(struct AccessRoom *room, const struct BouncePool *pool);

/* Without the lock: these call the program. */
void access_client_schedule(MemoryContext *ctx, QEMUBH *bh);

/* A map may succeed again in the space of the pool. Schedules the clients that wait for it, or for
 * any space, and forgets them. */
void access_clients_notify(MemoryContext *ctx, const struct BouncePool *pool);

/* The context ends. */
void access_clients_free(struct AccessRoom *room);

#endif
