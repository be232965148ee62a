/* SPDX-License-Identifier: MIT
 *
 * Where pointers into a block are out through which somebody writes: open maps for writing. Each
 * harvest finds their pages dirty, since nobody knows when they are written.
 *
 * A range of pages has a slot, which counts the maps of just that range:
 *
 *     63      52 51       36 35                        0
 *     | maps    | pages     | first page of the block  |     0: free
 *
 * Slots stand in tables: the first has 8, each that follows 16 times as many. Each 8 slots of a
 * table are a bucket, and a range may be in one bucket of each table, that a hash of it says. A
 * table is made when all buckets of a range are full, and stays as long as the block. So opening
 * and closing a map is one atomic operation on the slot, without a lock, and nothing else that
 * threads share.
 *
 * Maps that find no slot, because there is no memory for a table, are only counted: the whole block
 * is theirs.
 */
#ifndef RAM_WRITERS_H
#define RAM_WRITERS_H

#include "ram/dirty.h"

/* A map of these bytes is open. Any thread, in a read section. */
void ram_writers_add(RAMBlock *rb, uint64_t start, uint64_t length);

/* It is closed again: false if there is none. What was written is marked before. If there is none
 * of that length, the shortest that begins at that page is closed: a caller may give back less than
 * it had. From here on nobody may wait for the caller, and the block may be gone. */
bool ram_writers_remove(RAMBlock *rb, uint64_t start, uint64_t length);

/* At least one is open. */
bool ram_writers_any(const RAMBlock *rb);

/* Marks what open maps have of these pages, for one client. Under the context's lock. */
void ram_writers_mark(RAMBlock *rb, DirtySpan within, unsigned client);

/* Frees the tables: no reader is left. */
void ram_writers_free(RAMBlock *rb);

#endif
