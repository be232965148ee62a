/* SPDX-License-Identifier: MIT
 *
 * The table of a context's blocks by RAM address (block-table.c). It is sorted. Readers search it
 * without a lock, so that finding one block among thousands takes a few steps.
 *
 *     start   0        0x40000   0x80000  0xc0000       ascending; never changes
 *     block   A        B         NULL     C             NULL: the block was removed
 *                                                 ^ count
 *
 * A new block usually has a higher address than all others. Then its entry is written behind the
 * last one, and 'count' grows after that. A block that is removed leaves an empty entry, which the
 * next block that begins there uses. In all other cases a new table without empty entries is made,
 * and the old table is freed after a grace period.
 *
 * No entry, empty or not, begins inside a block of the table. So the block that has an address can
 * only be in the last entry that begins at or below it.
 */
#ifndef RAM_BLOCK_TABLE_H
#define RAM_BLOCK_TABLE_H

#include "base/context.h"

typedef struct RamEntry {
    ram_addr_t start;
    RAMBlock *block; /* atomic */
} RamEntry;

typedef struct RamTable {
    Deferred deferred;
    size_t live;  /* entries with a block; only for threads that change the table */
    size_t room;  /* how many entries fit */
    size_t count; /* how many entries are in use, empty ones included; atomic, only grows */
    RamEntry entry[];
} RamTable;

/* Returns an empty table, to be freed with free(). */
RamTable *ram_table_new(void);

/* Adds a block to the table of its context. Returns false, with nothing changed, if the host has no
 * memory for a new table. Under the context's lock. */
bool ram_table_add(RAMBlock *rb);
/* Removes a block, which must be in the table. Under the context's lock. */
void ram_table_remove(RAMBlock *rb);

/* Returns the block that has the RAM address anywhere in its maximum length, or NULL. In a read
 * section or under the context's lock. */
RAMBlock *ram_block_of_ram_addr(const MemoryContext *ctx, ram_addr_t addr);

/* Returns the block that has the RAM address, or else the first block behind the address, or NULL
 * if there is none. In a read section or under the context's lock. */
RAMBlock *ram_block_at_or_behind(const MemoryContext *ctx, ram_addr_t addr);

#endif
