/* SPDX-License-Identifier: MIT
 *
 * The ids of blocks (id.c). In a migration, both processes know a block by its id.
 * region/vmstate.c gives ids, and block.c gives them up when a block ends.
 */
#ifndef RAM_ID_H
#define RAM_ID_H

#include "base/name-table.h"
#include "ram/block.h"

enum { RAM_ID_MAX = 255 };

/* An id never changes once it is published, so readers see a whole id or none. */
typedef struct RAMBlockId {
    Deferred deferred;
    NameEntry entry; /* in the room's ids; ends with the id */
} RAMBlockId;

/* Gives a block the id "device/name", or "name" if the device has no id or 'dev' is NULL. Returns
 * false, with an error and nothing changed, if 'dev' is not of TYPE_DEVICE, the block has an id
 * already, the new id is longer than RAM_ID_MAX, or another block has it. */
bool ram_id_give(RAMBlock *rb, const char *name, const DeviceState *dev, Error **errp);

/* Makes the id of a block free for other blocks. Readers of this block can still read it. Under the
 * context's lock. */
void ram_id_give_up(RAMBlock *rb);

#endif
