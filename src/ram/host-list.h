/* SPDX-License-Identifier: MIT
 *
 * The blocks of a context by host address (host-list.c). Readers find the block of a pointer
 * without a lock. On average, a search takes some steps for each digit of the number of blocks.
 *
 *     lane 2   ------------------------------> D ----------------------->
 *     lane 1   ----------> B ----------------> D ------> E ------------->
 *     lane 0   --> A ----> B ----> C --------> D ------> E ----> F ----->    ascending
 *
 * All blocks are in lane 0. One of four blocks in a lane is in the next lane, too. A search goes
 * along the highest lane as far as it can, and goes on in the lane below it.
 *
 * Blocks can share memory of the caller's (pins.c). A search by address then says only which of
 * them begins last, so the caller walks along the other list (block-list.h).
 */
#ifndef RAM_HOST_LIST_H
#define RAM_HOST_LIST_H

#include "ram/room.h"

/* Add a block with its lanes, and remove one. A reader that is at the removed block can go on.
 * Under RamRoom.lock. */
void ram_hosts_add(struct RamRoom *room, RAMBlock *rb);
void ram_hosts_remove(struct RamRoom *room, RAMBlock *rb);

/* Returns the last block that begins at or below a host address, or NULL. In a read section or
 * under RamRoom.lock. */
RAMBlock *ram_hosts_at_or_below(const struct RamRoom *room, const uint8_t *host);

/* Returns where a walk with ram_block_next() finds all blocks that have a host address: at the
 * block itself if it shares memory with no other, at the first block of the list if blocks of the
 * context share memory, or NULL if no block has the address. In a read section. */
RAMBlock *ram_hosts_seek(const MemoryContext *ctx, const uint8_t *host);

#endif
