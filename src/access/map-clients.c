/* SPDX-License-Identifier: MIT
 *
 * The list of the clients that wait for a map to succeed (map-clients.h).
 */
#include "access/map-clients.h"

#include <stdlib.h>

typedef struct Client {
    QEMUBH *bh;
    const struct BouncePool *pool; /* of the space that it waits for; NULL: any space */
    LIST_ENTRY(Client) link;
} Client;

void access_client_schedule(MemoryContext *ctx, QEMUBH *bh)
{
    if (ctx->hooks.schedule_bh) {
        ctx->hooks.schedule_bh(bh, ctx->hooks.opaque);
    }
}

static void schedule_all(MemoryContext *ctx, struct ClientList *list)
{
    Client *c;
    while ((c = LIST_FIRST(list))) {
        LIST_REMOVE(c, link);
        access_client_schedule(ctx, c->bh);
        free(c);
    }
}

/* Moves the clients that wait for that pool, or for any space, to the caller's list, in their
 * order. Under the lock. */
static void take_clients(struct AccessRoom *room, const struct BouncePool *pool,
                         struct ClientList *list)
{
    Client *c, *next, *last = NULL;
    LIST_INIT(list);
    for (c = LIST_FIRST(&room->clients); c; c = next) {
        next = LIST_NEXT(c, link);
        if (c->pool && c->pool != pool) {
            continue;
        }
        LIST_REMOVE(c, link);
        if (last) {
            LIST_INSERT_AFTER(last, c, link);
        } else {
            LIST_INSERT_HEAD(list, c, link);
        }
        last = c;
    }
}

void access_clients_notify(MemoryContext *ctx, const struct BouncePool *pool)
{
    struct ClientList list;
    inner_lock(&ctx->access->lock);
    take_clients(ctx->access, pool, &list);
    inner_unlock(&ctx->access->lock);
    schedule_all(ctx, &list);
}

bool access_client_add(struct AccessRoom *room, QEMUBH *bh, const struct BouncePool *pool)
{
    Client *c = calloc(1, sizeof(*c));
    if (!c) {
        return false;
    }
    c->bh = bh;
    c->pool = pool;
    LIST_INSERT_HEAD(&room->clients, c, link);
    return true;
}

static Client *find_client(struct AccessRoom *room, const QEMUBH *bh,
                           const struct BouncePool *pool)
{
    Client *c;
    LIST_FOREACH(c, &room->clients, link) {
        if (c->bh == bh && c->pool == pool) {
            return c;
        }
    }
    return NULL;
}

void access_client_remove(struct AccessRoom *room, const QEMUBH *bh, const struct BouncePool *pool)
{
    Client *c = find_client(room, bh, pool);
    if (c) {
        LIST_REMOVE(c, link);
        free(c);
    }
}

void access_clients_drop(struct AccessRoom *room, const struct BouncePool *pool)
{
    Client *c, *next;
    for (c = LIST_FIRST(&room->clients); c; c = next) {
        next = LIST_NEXT(c, link);
        if (c->pool == pool) {
            LIST_REMOVE(c, link);
            free(c);
        }
    }
}

void access_clients_free(struct AccessRoom *room)
{
    Client *c;
    while ((c = LIST_FIRST(&room->clients))) {
        LIST_REMOVE(c, link);
        free(c);
    }
}
