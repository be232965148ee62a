/* SPDX-License-Identifier: MIT
 *
 * Counts of the users of things. Each thread counts for itself, in cells that only it writes, by
 * loads and stores without atomic read-modify-write operations. The number of users of a thing is
 * the sum of its cells in all threads. The files that count say what their sum means, and when it
 * is right:
 *
 *    CELLS_MAPS    open maps of a RAM block for reading (ram/readers.h)
 *    CELLS_VIEWS   references on a flat view (view/holds.h)
 *
 * A cell belongs to the thing whose number it has. A thread gives a cell to another thing while its
 * count is 0. Things of one kind have numbers that are never used twice, so a cell of a thing that
 * has ended does no harm.
 *
 * Tables are never freed. When a thread ends, the next thread that needs a table takes over its
 * table with all counts. Nobody has to know which thread has counted.
 *
 * A signal handler must not count: it may have interrupted its thread between a load and a store.
 */
#ifndef BASE_CELLS_H
#define BASE_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rcu.h"

typedef enum CellKind { CELLS_MAPS, CELLS_VIEWS, CELLS_KINDS } CellKind;

enum { CELLS = 16 };

typedef struct Cell {
    uint64_t number; /* of the thing; 0: none; atomic */
    int64_t count;   /* atomic */
} Cell;

typedef struct CellTable {
    Cell cell[CELLS_KINDS][CELLS];
    bool taken;             /* by a living thread; atomic */
    struct CellTable *next; /* in process.cell_tables; never changes */
} CellTable;

_Static_assert(CELLS == 1 << 4 && sizeof(Cell) == 1 << 4, "cell_place() computes in bytes");

/* NULL before the thread's first count. It stays NULL if the host cannot do without barriers in
 * read sections (read_enter_is_quick()): then nothing is counted in cells. */
extern _Thread_local CellTable *cell_table;

/* Enters a read section, without a call, if the thread may have counted in cells. Returns whether
 * it has. */
static inline bool cells_section_enter(void)
{
    return __builtin_expect(cell_table != NULL, 1) && physmem_section_enter();
}

/* The place for the cell of a thing. Numbers that follow each other spread well, and so do those
 * that differ in the upper 10 bits, as the versions of a view do (view/age.h). The factor is 2^64
 * divided by the golden ratio. */
static inline Cell *cell_place(CellTable *table, CellKind kind, uint64_t number)
{
    uint64_t hash = (number << 10 | number >> 54) * 0x9e3779b97f4a7c15u;
    return (Cell *)((char *)table->cell[kind] + (hash >> 56 & (CELLS - 1) * sizeof(Cell)));
}

/* The thread's cell for a thing, or NULL if it has none. */
static inline Cell *cell_find(CellKind kind, uint64_t number)
{
    CellTable *table = cell_table;
    if (__builtin_expect(!table, 0)) {
        return NULL;
    }
    Cell *cell = cell_place(table, kind, number);
    return __builtin_expect(cell->number == number, 1) ? cell : NULL;
}

/* The same. If the thread has no cell for the thing, gives it one. NULL: another thing is counted
 * there, or the host has no memory for the thread's table. */
Cell *cell_take(CellKind kind, uint64_t number);

/* The release pairs with the acquire of cells_sum(). */
static inline void cell_add(Cell *cell, int64_t amount)
{
    __atomic_store_n(&cell->count, cell->count + amount, __ATOMIC_RELEASE);
}

/* Returns the sum of the cells of all threads for a thing. They may change meanwhile. */
int64_t cells_sum(CellKind kind, uint64_t number);

/* The same, and sets the cells to 0. The caller knows that no thread uses them. */
int64_t cells_collect(CellKind kind, uint64_t number);

#endif
