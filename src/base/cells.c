/* SPDX-License-Identifier: MIT
 *
 * The threads' tables of cells (cells.h), and sums over them.
 */
#include "base/cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/process.h"

_Thread_local CellTable *cell_table;

/* ---- Tables ----------------------------------------------------------------------------- */

/* Whatever the thread counts after this, in another destructor, takes a table again. */
static void thread_ends(void *table)
{
    cell_table = NULL;
    __atomic_store_n(&((CellTable *)table)->taken, false, __ATOMIC_RELEASE);
}

__attribute__((constructor)) static void make_key(void)
{
    pthread_key_create(&process.cells_key, thread_ends);
}

static CellTable *first_table(void)
{
    return __atomic_load_n(&process.cell_tables, __ATOMIC_ACQUIRE);
}

static CellTable *take_table(void)
{
    for (CellTable *t = first_table(); t; t = t->next) {
        if (!__atomic_load_n(&t->taken, __ATOMIC_RELAXED) &&
            !__atomic_exchange_n(&t->taken, true, __ATOMIC_ACQUIRE)) {
            return t;
        }
    }
    return NULL;
}

/* A table has lines of the processor's cache of its own. */
static CellTable *make_table(void)
{
    const size_t line = 64, size = (sizeof(CellTable) + line - 1) / line * line;
    CellTable *table = aligned_alloc(line, size);

    if (table) {
        memset(table, 0, size);
        table->taken = true;
        table->next = first_table();
        while (!__atomic_compare_exchange_n(&process.cell_tables, &table->next, table, true,
                                            __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
        }
    }
    return table;
}

/* Returns the thread's table. NULL: the host has no memory for it, or needs barriers in read
 * sections. */
static CellTable *own_table(void)
{
    if (!cell_table && read_enter_is_quick()) {
        CellTable *table = take_table();
        cell_table = table ? table : make_table();
        pthread_setspecific(process.cells_key, cell_table);
    }
    return cell_table;
}

/* ---- Cells ------------------------------------------------------------------------------ */

Cell *cell_take(CellKind kind, uint64_t number)
{
    CellTable *table = own_table();
    Cell *cell = table ? cell_place(table, kind, number) : NULL;

    if (!cell || (cell->number != number && __atomic_load_n(&cell->count, __ATOMIC_ACQUIRE))) {
        return NULL;
    }
    __atomic_store_n(&cell->number, number, __ATOMIC_RELEASE);
    return cell;
}

/* Meanwhile the thread may give a cell whose count was 0 to another thing, and count that. So the
 * count is read first: whoever sees a count sees the number that it belongs to, or a later one. The
 * release of cell_take() lets whoever sees a later number see where the count before it went. */
static int64_t count_of(const Cell *cell, uint64_t number)
{
    int64_t count = __atomic_load_n(&cell->count, __ATOMIC_ACQUIRE);

    return __atomic_load_n(&cell->number, __ATOMIC_ACQUIRE) == number ? count : 0;
}

int64_t cells_sum(CellKind kind, uint64_t number)
{
    int64_t all = 0;

    for (CellTable *t = first_table(); t; t = t->next) {
        all += count_of(cell_place(t, kind, number), number);
    }
    return all;
}

/* A cell that counts something is set to 0 last: its thread may then give it to another thing. */
int64_t cells_collect(CellKind kind, uint64_t number)
{
    int64_t all = 0;

    for (CellTable *t = first_table(); t; t = t->next) {
        Cell *cell = cell_place(t, kind, number);
        int64_t count = count_of(cell, number);
        if (count) {
            all += count;
            __atomic_store_n(&cell->count, 0, __ATOMIC_RELEASE);
        }
    }
    return all;
}
