/* SPDX-License-Identifier: MIT
 *
 * Bounce buffers: address_space_map() gives one out where there is no memory to point to
 * (specification 12, 13.3, D2). Each space has a pool of buffers with a limit in bytes. Clients
 * that wait until a buffer is free again are in map-clients.h.
 *
 * The lock of the room's state (room.h) protects the pools. The functions take it themselves. The
 * caller of a function that is marked "under the lock" holds it already.
 */
#ifndef ACCESS_BOUNCE_H
#define ACCESS_BOUNCE_H

#include "access/translate.h"
#include "base/address-table.h"

struct BouncePool;

typedef struct Bounce {
    AddressEntry entry; /* in the table of its pool, under the address of 'data' */
    hwaddr addr;        /* what it stands for: 'len' bytes of guest memory from addr on */
    hwaddr len;
    MemTxAttrs attrs; /* of the map; the write-back at the unmap has the same (R9) */
    _Alignas(64) uint8_t data[];
} Bounce;

/* Makes a buffer of len bytes, all zero, that stands for the guest memory from addr on. NULL: the
 * limit of the pool is reached, or the host has no memory. */
Bounce *access_bounce_get(AddressSpace *as, hwaddr addr, hwaddr len, MemTxAttrs attrs);

/* Removes the buffer whose data begins at that address from the pool's table and returns it; NULL
 * if there is none. 'data' may be any pointer. It is compared with the buffers' addresses and never
 * followed, because it may point to memory that a guest has written. */
Bounce *access_bounce_take(AddressSpace *as, const void *data);

/* Frees a buffer that access_bounce_take() has returned, and lets clients that wait try again. */
void access_bounce_put(AddressSpace *as, Bounce *b);

/* The pool of the space. The first call makes it. NULL: the host has no memory. Under the lock. */
struct BouncePool *access_pool_of(AddressSpace *as);

/* Returns whether a map in the space of the pool may fail now. Under the lock. */
bool access_pool_is_tight(const struct BouncePool *pool);

/* Frees the pool of a space that has ended, and drops the clients that wait for it. No reader and
 * no map can reach the pool any more. */
void access_pool_free(struct BouncePool *pool);

#endif
