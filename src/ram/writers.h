/* SPDX-License-Identifier: MIT
 *
 * The open maps of a block for writing that have no record (pins.h). The holder of such a map may
 * write at any time, so each harvest takes its pages as dirty.
 *
 * A slot stands for a range of pages and counts maps of exactly that range. The maps of one range
 * may be counted in several slots:
 *
 *     63      52 51       36 35                        0
 *     | maps    | pages     | first page of the block  |     0: free
 *
 * The slots are in up to five tables. Table 0 has 8 slots; each further table has 16 times as many
 * as the one before. A table is divided into buckets of 8 slots, and the hash of a range chooses
 * one bucket in each table. Table 1 is made as soon as a map does not get its first choice in table
 * 0. A further table is made when the buckets of a range are full in all tables. Tables stay as
 * long as the block. So a map is usually opened and closed by one atomic operation on one slot,
 * without a lock, and without touching anything else that threads share.
 *
 * A map gets no slot if its buckets are full in the last table, if the host has no memory for a
 * further table, or if its first page has a number of more than 36 bits. Then it is only counted in
 * 'anywhere', and counts as a map of the whole block.
 */
#ifndef RAM_WRITERS_H
#define RAM_WRITERS_H

#include "ram/dirty.h"

/* Notes that a map of these bytes is open. Any thread, in a read section. */
void ram_writers_add(RAMBlock *rb, uint64_t start, uint64_t length);

/* Notes that a map is closed. Returns false if there is none. The caller has marked what was
 * written. If no slot has that range, a map without a slot is closed, or else the shortest map that
 * begins at that page, because a caller may give back a shorter length than it had mapped. The
 * block may end as soon as the map is closed. */
bool ram_writers_remove(RAMBlock *rb, uint64_t start, uint64_t length);

/* Returns whether at least one map is open. */
bool ram_writers_any(const RAMBlock *rb);

/* Marks those pages of 'within' dirty for one client that are in open maps. Under the context's
 * lock. */
void ram_writers_mark(RAMBlock *rb, DirtySpan within, unsigned client);

/* Frees the tables. No reader may be left. */
void ram_writers_free(RAMBlock *rb);

#endif
