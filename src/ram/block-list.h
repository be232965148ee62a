/* SPDX-License-Identifier: MIT
 *
 * Changes the list of a context's blocks, for room.c. Readers walk along it with ram_room_first()
 * and ram_block_next() (room.h).
 */
#ifndef RAM_BLOCK_LIST_H
#define RAM_BLOCK_LIST_H

#include "ram/room.h"

/* Add a block behind all blocks that are as long or longer, and remove one. A reader that is at the
 * removed block can go on. Under RamRoom.lock. */
void ram_list_add(struct RamRoom *room, RAMBlock *rb);
void ram_list_remove(struct RamRoom *room, RAMBlock *rb);

#endif
