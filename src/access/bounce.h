/* SPDX-License-Identifier: MIT
 *
 * Bounce buffers: what address_space_map() gives out where there is no memory to point to, and who
 * waits for one (specification 12, 13.3, D2).
 *
 * Each space has a pool with a limit in bytes, each context a room with the clients that wait. All
 * of it is under the room's lock, innermost of all: nothing is called and no other lock is taken
 * while it is held.
 */
#ifndef ACCESS_BOUNCE_H
#define ACCESS_BOUNCE_H

#include "access/translate.h"
#include "base/address-table.h"

typedef struct Bounce {
    AddressEntry entry; /* in its pool's table; its address is 'data' */
    hwaddr addr;
    hwaddr len;
    MemTxAttrs attrs; /* of the map: the write-back carries them, too (R9) */
    _Alignas(64) uint8_t data[];
} Bounce;

/* A buffer of len bytes, zeroed; NULL if the pool's limit is reached or the host has no memory. */
Bounce *access_bounce_get(AddressSpace *as, hwaddr addr, hwaddr len, MemTxAttrs attrs);

/* Takes the buffer whose data begins there out of those in use; NULL if there is none. 'data'
 * may be any pointer: it is compared and never followed, because a guest may have written what
 * is there. */
Bounce *access_bounce_take(AddressSpace *as, const void *data);

/* Gives back what access_bounce_take() found and tells those who wait. */
void access_bounce_put(AddressSpace *as, Bounce *b);

#endif
