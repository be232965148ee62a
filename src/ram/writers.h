/* SPDX-License-Identifier: MIT
 *
 * Open maps for writing of a block. The holder of the pointer may write at any time, so each
 * harvest takes the pages of these maps as dirty.
 *
 * A range of pages has a slot, which counts the maps of exactly that range:
 *
 *     63      52 51       36 35                        0
 *     | maps    | pages     | first page of the block  |     0: free
 *
 * Slots stand in tables: the first has 8, each further one 16 times as many as the one before. A
 * table is divided into buckets of 8 slots. A range has one bucket in each table, chosen by its
 * hash. Table 1 is made when a map does not get its slot in the first table, a further one when
 * all buckets of a range are full. Tables stay as long as the block. So opening or closing a map
 * usually is one atomic operation on one slot, without a lock, and touches nothing else that
 * threads share.
 *
 * A map that finds no slot (no memory for a table, or a block with too many pages) is only counted
 * in 'anywhere', and counts as a map of the whole block.
 */
#ifndef RAM_WRITERS_H
#define RAM_WRITERS_H

#include "ram/dirty.h"

/* Notes that a map of these bytes is open. Any thread, in a read section. */
void ram_writers_add(RAMBlock *rb, uint64_t start, uint64_t length);

/* Notes that the map is closed; false if there is none. The caller has marked what was written.
 * If no map has that length, the shortest one that begins at that page is closed: a caller may
 * give back less than it had mapped. After the call the block may be gone. */
bool ram_writers_remove(RAMBlock *rb, uint64_t start, uint64_t length);

/* Whether at least one map is open. */
bool ram_writers_any(const RAMBlock *rb);

/* Marks those of the pages that open maps have, for one client. Under the context's lock. */
void ram_writers_mark(RAMBlock *rb, DirtySpan within, unsigned client);

/* Frees the tables: no reader is left. */
void ram_writers_free(RAMBlock *rb);

#endif
