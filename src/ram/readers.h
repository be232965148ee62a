/* SPDX-License-Identifier: MIT
 *
 * The number of open maps of a block for reading that have no record (pins.h). Maps for writing are
 * in writers.h.
 *
 * Most maps are closed by the thread that has opened them. So each thread counts in a cell of its
 * own (base/cells.h). The number of a block's maps is the sum of
 *
 *     the threads' cells       maps that the thread has opened, less those that it has closed;
 *                              never below 0
 *     'shared' of the block    everything else: maps of threads that have no free cell, and maps
 *                              that were closed by another thread; this part may be below 0, and
 *                              its operations are atomic
 *
 * As soon as one map of a block was closed by another thread, 'passed' is set, because a program
 * that does so usually does so again. From then on, a thread that opens or closes a map of the
 * block first moves the count of its cell to 'shared', and counts there.
 *
 * A sum that is made while others count may miss that a map is opened and then see that it is
 * closed. Then it is too small, and is made again. topology/unused.c makes it when no view shows
 * the region any more. Then no map can be opened, so all counts can only fall, except that a count
 * moves to 'shared'. The sum reads 'shared' last, so it may count such a map twice but does not
 * miss it. So a sum of 0 is right.
 */
#ifndef RAM_READERS_H
#define RAM_READERS_H

#include "base/cells.h"
#include "ram/block.h"

/* Numbers a new block. */
void ram_readers_init(RAMBlock *rb);

/* The block has ended, and no map of it is open. Gives back the cells of threads whose maps were
 * closed by others. */
void ram_readers_free(const RAMBlock *rb);

/* Returns whether at least one map is open. */
bool ram_readers_any(const RAMBlock *rb);

/* The slow ways of the functions below. */
void ram_readers_add_elsewhere(RAMBlock *rb);
bool ram_readers_remove_elsewhere(RAMBlock *rb);

static inline bool ram_readers_passed(const RAMBlock *rb)
{
    return __atomic_load_n(&rb->readers.passed, __ATOMIC_RELAXED);
}

/* The thread's cell for the block, or NULL. */
static inline Cell *ram_readers_cell(const RAMBlock *rb)
{
    return cell_find(CELLS_MAPS, rb->readers.number);
}

/* Notes that a map is open, if that takes no more than the thread's cell. */
static inline bool ram_readers_add_quickly(const RAMBlock *rb)
{
    Cell *cell = ram_readers_cell(rb);
    if (__builtin_expect(!cell || ram_readers_passed(rb), 0)) {
        return false;
    }
    cell_add(cell, 1);
    return true;
}

/* Notes that a map is open. Any thread, in a read section. */
static inline void ram_readers_add(RAMBlock *rb)
{
    if (!ram_readers_add_quickly(rb)) {
        ram_readers_add_elsewhere(rb);
    }
}

/* Notes that a map is closed, if that takes no more than the thread's cell. The release of
 * cell_add() keeps accesses through the pointer before that. It pairs with the acquires in
 * ram_readers_any(). */
static inline bool ram_readers_remove_quickly(const RAMBlock *rb)
{
    Cell *cell = ram_readers_cell(rb);
    if (__builtin_expect(!cell || cell->count == 0 || ram_readers_passed(rb), 0)) {
        return false;
    }
    cell_add(cell, -1);
    return true;
}

/* Notes that a map is closed. Returns false if there is none. The block may end as soon as the map
 * is closed. */
static inline bool ram_readers_remove(RAMBlock *rb)
{
    return ram_readers_remove_quickly(rb) || ram_readers_remove_elsewhere(rb);
}

#endif
