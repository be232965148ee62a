/* SPDX-License-Identifier: MIT
 *
 * The number of open maps of a block for reading that have no record (pins.h). Maps for writing are
 * in writers.h.
 *
 * Each thread counts in cells of its own, with plain loads and stores, because most maps are closed
 * by the thread that has opened them. Such a thread never touches what others write. The number of
 * a block's maps is the sum of
 *
 *     a cell of each thread's table   maps that the thread has opened, less those that it has
 *                                     closed; never below 0
 *     'shared' of the block           everything else: maps of threads that have no free cell,
 *                                     and maps that were closed by another thread; this part may
 *                                     be below 0, and its operations are atomic
 *
 * A cell belongs to the block whose number it has. A thread gives a cell to another block while its
 * count is 0. Numbers are never used twice, so a cell of a block that has ended does no harm.
 *
 * As soon as one map of a block was closed by another thread, 'passed' is set, because a program
 * that does so usually does so again. From then on, a thread that opens or closes a map of the block
 * first moves the count of its cell to 'shared', and counts there.
 *
 * Tables are never freed. When a thread ends, the next thread that needs a table takes over its
 * table with all counts. Nobody has to know which thread has counted.
 *
 * A sum that is made while others count may miss that a map is opened and then see that it is
 * closed. Then it is too small, and is made again. topology/unused.c makes it when no view shows the
 * region any more. Then no map can be opened, so all counts can only fall, except that a count moves
 * to 'shared'. The sum reads 'shared' last, so it may count such a map twice but does not miss it. So
 * a sum of 0 is right.
 */
#ifndef RAM_READERS_H
#define RAM_READERS_H

#include "ram/block.h"

enum { RAM_READER_CELLS = 16 };

typedef struct RamReaderCell {
    uint64_t block; /* its number; 0: none; atomic */
    int64_t count;  /* atomic */
} RamReaderCell;

typedef struct RamReaderTable {
    RamReaderCell cell[RAM_READER_CELLS];
    bool taken;                  /* by a living thread; atomic */
    struct RamReaderTable *next; /* in process.reader_tables; never changes */
} RamReaderTable;

extern _Thread_local RamReaderTable *ram_reader_table; /* NULL before the first map */

/* Numbers a new block. */
void ram_readers_init(RAMBlock *rb);

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
static inline RamReaderCell *ram_reader_cell(const RAMBlock *rb)
{
    RamReaderTable *table = ram_reader_table;
    if (__builtin_expect(!table, 0)) {
        return NULL;
    }
    RamReaderCell *cell = &table->cell[rb->readers.number % RAM_READER_CELLS];
    return cell->block == rb->readers.number ? cell : NULL;
}

/* Notes that a map is open, if that takes no more than the thread's cell. */
static inline bool ram_readers_add_quickly(const RAMBlock *rb)
{
    RamReaderCell *cell = ram_reader_cell(rb);
    if (__builtin_expect(!cell || ram_readers_passed(rb), 0)) {
        return false;
    }
    __atomic_store_n(&cell->count, cell->count + 1, __ATOMIC_RELAXED);
    return true;
}

/* Notes that a map is open. Any thread, in a read section. */
static inline void ram_readers_add(RAMBlock *rb)
{
    if (!ram_readers_add_quickly(rb)) {
        ram_readers_add_elsewhere(rb);
    }
}

/* Notes that a map is closed, if that takes no more than the thread's cell. The release keeps
 * accesses through the pointer before that. It pairs with the acquires in ram_readers_any(). */
static inline bool ram_readers_remove_quickly(const RAMBlock *rb)
{
    RamReaderCell *cell = ram_reader_cell(rb);
    if (__builtin_expect(!cell || cell->count == 0 || ram_readers_passed(rb), 0)) {
        return false;
    }
    __atomic_store_n(&cell->count, cell->count - 1, __ATOMIC_RELEASE);
    return true;
}

/* Notes that a map is closed. Returns false if there is none. The block may end as soon as the map
 * is closed. */
static inline bool ram_readers_remove(RAMBlock *rb)
{
    return ram_readers_remove_quickly(rb) || ram_readers_remove_elsewhere(rb);
}

#endif
