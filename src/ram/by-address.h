/* SPDX-License-Identifier: MIT
 *
 * The blocks of a context by RAM address (by-address.c): a sorted table that readers search without
 * a lock, so that finding one among thousands costs a few steps.
 *
 *     start   0        0x40000   0x80000  0xc0000       ascending, never changes
 *     block   A        B         NULL     C             NULL: taken out
 *                                                 ^ count
 *
 * Blocks usually come with ever higher addresses: a new one is written behind the others, where the
 * table has room, and then counted. One that goes leaves its entry empty, for the next that begins
 * there. Where that is not possible there is a new table without empty entries; the old one goes
 * after a grace period.
 *
 * No entry, empty or not, begins inside a block of the table. So only the last one at or below an
 * address can have it.
 */
#ifndef RAM_BY_ADDRESS_H
#define RAM_BY_ADDRESS_H

#include "base/context.h"

typedef struct RamEntry {
    ram_addr_t start;
    RAMBlock *block; /* atomic */
} RamEntry;

typedef struct RamTable {
    Deferred deferred;
    size_t live;  /* for writers */
    size_t room;
    size_t count; /* atomic; only grows */
    RamEntry entry[];
} RamTable;

/* An empty table; free() ends it. */
RamTable *ram_by_address_new(void);

/* To and from the table of the block's context, under the context's lock. Adding returns false if
 * the host has no memory for a larger table. */
bool ram_by_address_add(RAMBlock *rb);
void ram_by_address_remove(RAMBlock *rb);

#endif
