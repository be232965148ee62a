/* SPDX-License-Identifier: MIT
 *
 * The pools of bounce buffers (bounce.h). map.c fills the buffers and writes them back.
 */
#include "access/bounce.h"

#include <stdlib.h>
#include <string.h>

#include "access/map-clients.h"
#include "base/log.h"
#include "base/probes.h"

/* Bytes that the limit counts for each buffer, besides its record and its data. It is the most that
 * a buffer costs the host beyond that: the slack of aligned_alloc(), the host's own record of the
 * allocation, and a place in the table. */
enum { OVERHEAD = 192 };

static const size_t default_limit = (size_t)16 << 20;

struct BouncePool {
    MemoryContext *context;
    size_t limit;
    size_t in_use;        /* the cost of all buffers, in bytes */
    bool refused;         /* a map failed since the last buffer came back */
    bool tight;           /* a map may fail now; room->tight counts such pools */
    AddressTable buffers; /* those in use, by the pointer that was given out */
};

/* ---- Pools ------------------------------------------------------------------------------ */

/* The size of a buffer with its record, rounded up to its alignment. */
static size_t size_of(hwaddr len)
{
    return (sizeof(Bounce) + len + _Alignof(Bounce) - 1) & ~(_Alignof(Bounce) - 1);
}

static size_t cost_of(hwaddr len)
{
    return size_of(len) + OVERHEAD;
}

struct BouncePool *access_pool_of(AddressSpace *as)
{
    struct BouncePool *pool = as->bounce ? as->bounce : calloc(1, sizeof(*pool));
    if (pool && !as->bounce) {
        pool->context = as->context;
        pool->limit = default_limit;
        as->bounce = pool;
    }
    return pool;
}

/* Returns whether the limit has room for a buffer of len bytes. The first buffer is granted
 * whatever its size, so that a map can always succeed in the end. */
static bool pool_fits(const struct BouncePool *pool, hwaddr len)
{
    size_t left = pool->limit > pool->in_use ? pool->limit - pool->in_use : 0;
    return !pool->in_use || cost_of(len) <= left;
}

bool access_pool_is_tight(const struct BouncePool *pool)
{
    return pool->tight;
}

/* Notes whether a map may fail now, after a change of the pool. Under the lock. */
static void pool_review(struct AccessRoom *room, struct BouncePool *pool)
{
    bool tight = pool->refused || !pool_fits(pool, 1);
    room->tight += tight - pool->tight;
    pool->tight = tight;
}

static bool pool_reserve(struct BouncePool *pool, hwaddr len)
{
    if (!pool_fits(pool, len)) {
        pool->refused = true;
        return false;
    }
    pool->in_use += cost_of(len);
    return true;
}

static bool reserve(AddressSpace *as, hwaddr len)
{
    struct AccessRoom *room = as->context->access;
    inner_lock(&room->lock);
    struct BouncePool *pool = access_pool_of(as);
    bool granted = pool && pool_reserve(pool, len);
    if (pool) {
        pool_review(room, pool);
    }
    inner_unlock(&room->lock);
    return granted;
}

static void unreserve(AddressSpace *as, hwaddr len)
{
    struct AccessRoom *room = as->context->access;
    inner_lock(&room->lock);
    as->bounce->in_use -= cost_of(len);
    as->bounce->refused = false;
    pool_review(room, as->bounce);
    inner_unlock(&room->lock);
    access_clients_notify(as->context, as->bounce);
}

/* ---- Buffers ---------------------------------------------------------------------------- */

/* The buffer is zeroed: bytes that the program does not fill in must not carry the host's data to
 * the guest. */
static Bounce *bounce_alloc(hwaddr len)
{
    Bounce *b = aligned_alloc(_Alignof(Bounce), size_of(len));
    if (b) {
        memset(b, 0, size_of(len));
    }
    return b;
}

static bool enter(AddressSpace *as, Bounce *b)
{
    struct AccessRoom *room = as->context->access;
    inner_lock(&room->lock);
    bool done = address_table_try_add(&as->bounce->buffers, &b->entry, b->data);
    inner_unlock(&room->lock);
    return done;
}

Bounce *access_bounce_get(AddressSpace *as, hwaddr addr, hwaddr len, MemTxAttrs attrs)
{
    if (!reserve(as, len)) {
        PROBE(bounce_refused, as->name, addr, len);
        return NULL;
    }
    Bounce *b = bounce_alloc(len);
    if (!b || !enter(as, b)) {
        free(b);
        unreserve(as, len);
        return NULL;
    }
    b->addr = addr;
    b->len = len;
    b->attrs = attrs;
    PROBE(bounce_taken, as->name, addr, len, (void *)b->data);
    return b;
}

static Bounce *take(AddressTable *table, const void *data)
{
    AddressEntry *entry = address_table_find(table, data);
    if (!entry) {
        return NULL;
    }
    address_table_remove(table, entry);
    return caa_container_of(entry, Bounce, entry);
}

Bounce *access_bounce_take(AddressSpace *as, const void *data)
{
    struct AccessRoom *room = as->context->access;
    inner_lock(&room->lock);
    Bounce *b = as->bounce ? take(&as->bounce->buffers, data) : NULL;
    inner_unlock(&room->lock);
    return b;
}

void access_bounce_put(AddressSpace *as, Bounce *b)
{
    hwaddr len = b->len;
    PROBE(bounce_returned, as->name, b->addr, len, (void *)b->data);
    free(b);
    unreserve(as, len);
}

void address_space_set_max_bounce_bytes(AddressSpace *as, size_t bytes)
{
    struct AccessRoom *room = as->context->access;
    inner_lock(&room->lock);
    struct BouncePool *pool = access_pool_of(as);
    if (!pool) {
        inner_unlock(&room->lock);
        log_say(as->context, MEMORY_LOG_ERROR,
                "address_space_set_max_bounce_bytes: the host has no memory for the limit of "
                "address space '%s', so it stays as it is",
                as->name);
        return;
    }
    bool more = bytes > pool->limit;
    pool->limit = bytes;
    pool->refused = pool->refused && !more;
    pool_review(room, pool);
    inner_unlock(&room->lock);
    if (more) {
        access_clients_notify(as->context, as->bounce);
    }
}

/* ---- Life ------------------------------------------------------------------------------- */

/* A buffer that is still in use is not freed, because the program may still write to it. */
void access_pool_free(struct BouncePool *pool)
{
    struct AccessRoom *room = pool->context->access;
    if (pool->in_use) {
        log_say(pool->context, MEMORY_LOG_MISUSE,
                "an address space has ended with mapped bounce buffers (%zu): unmap them before "
                "the space ends",
                pool->buffers.count);
    }
    inner_lock(&room->lock);
    room->tight -= pool->tight;
    access_clients_drop(room, pool);
    inner_unlock(&room->lock);
    address_table_clear(&pool->buffers);
    free(pool);
}
