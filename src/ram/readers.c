/* SPDX-License-Identifier: MIT
 *
 * The slow side of readers.h: the threads' tables, maps that are not counted in a cell, and the
 * sum. pins.c calls this.
 */
#include "ram/readers.h"

#include <stdlib.h>
#include <string.h>

#include "base/process.h"

enum { TRIES = 16 };

_Thread_local RamReaderTable *ram_reader_table;

void ram_readers_init(RAMBlock *rb)
{
    rb->readers.number = __atomic_add_fetch(&process.block_number, 1, __ATOMIC_RELAXED);
}

/* ---- Tables ----------------------------------------------------------------------------- */

/* A map that the thread makes after this, in another destructor, takes a table again. */
static void thread_ends(void *table)
{
    ram_reader_table = NULL;
    __atomic_store_n(&((RamReaderTable *)table)->taken, false, __ATOMIC_RELEASE);
}

__attribute__((constructor)) static void make_key(void)
{
    pthread_key_create(&process.reader_key, thread_ends);
}

static RamReaderTable *first_table(void)
{
    return __atomic_load_n(&process.reader_tables, __ATOMIC_ACQUIRE);
}

static RamReaderTable *take_table(void)
{
    for (RamReaderTable *t = first_table(); t; t = t->next) {
        if (!__atomic_load_n(&t->taken, __ATOMIC_RELAXED) &&
            !__atomic_exchange_n(&t->taken, true, __ATOMIC_ACQUIRE)) {
            return t;
        }
    }
    return NULL;
}

/* A table has lines of the processor's cache of its own. */
static RamReaderTable *make_table(void)
{
    const size_t line = 64, size = (sizeof(RamReaderTable) + line - 1) / line * line;
    RamReaderTable *table = aligned_alloc(line, size);

    if (table) {
        memset(table, 0, size);
        table->taken = true;
        table->next = first_table();
        while (!__atomic_compare_exchange_n(&process.reader_tables, &table->next, table, true,
                                            __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
        }
    }
    return table;
}

/* Returns the thread's table, or NULL if the host has no memory for it. */
static RamReaderTable *own_table(void)
{
    if (!ram_reader_table) {
        RamReaderTable *table = take_table();
        ram_reader_table = table ? table : make_table();
        pthread_setspecific(process.reader_key, ram_reader_table);
    }
    return ram_reader_table;
}

/* ---- Maps ------------------------------------------------------------------------------- */

/* Gives a cell of the thread to the block. NULL: another block has maps there. */
static RamReaderCell *take_cell(const RAMBlock *rb)
{
    RamReaderTable *table = own_table();
    RamReaderCell *cell = table ? &table->cell[rb->readers.number % RAM_READER_CELLS] : NULL;

    if (!cell || (cell->count && cell->block != rb->readers.number)) {
        return NULL;
    }
    __atomic_store_n(&cell->block, rb->readers.number, __ATOMIC_RELAXED);
    return cell;
}

/* If the maps of the block are counted in 'shared' only, moves the count of the thread's cell there.
 * The release lets a sum that finds the cell empty see the count in 'shared'. */
static void move_if_passed(RAMBlock *rb)
{
    RamReaderCell *cell = ram_readers_passed(rb) ? ram_reader_cell(rb) : NULL;

    if (cell && cell->count) {
        __atomic_add_fetch(&rb->readers.shared, cell->count, __ATOMIC_RELAXED);
        __atomic_store_n(&cell->count, 0, __ATOMIC_RELEASE);
    }
}

void ram_readers_add_elsewhere(RAMBlock *rb)
{
    move_if_passed(rb);
    RamReaderCell *cell = ram_readers_passed(rb) ? NULL : take_cell(rb);
    if (cell) {
        __atomic_store_n(&cell->count, cell->count + 1, __ATOMIC_RELEASE);
    } else {
        __atomic_add_fetch(&rb->readers.shared, 1, __ATOMIC_RELAXED);
    }
}

static bool remove_shared(RAMBlock *rb)
{
    int64_t was = __atomic_load_n(&rb->readers.shared, __ATOMIC_RELAXED);

    while (was > 0 && !__atomic_compare_exchange_n(&rb->readers.shared, &was, was - 1, true,
                                                   __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    }
    return was > 0;
}

/* 'passed' is set before the sum. From then on counts in cells only fall, so the sum does not miss
 * the map that is to be closed. */
bool ram_readers_remove_elsewhere(RAMBlock *rb)
{
    move_if_passed(rb);
    if (remove_shared(rb)) {
        return true;
    }
    __atomic_store_n(&rb->readers.passed, true, __ATOMIC_RELAXED);
    if (!ram_readers_any(rb)) {
        return false;
    }
    __atomic_sub_fetch(&rb->readers.shared, 1, __ATOMIC_RELEASE);
    return true;
}

/* ---- The sum ---------------------------------------------------------------------------- */

static int64_t count_in(const RamReaderTable *table, uint64_t number)
{
    const RamReaderCell *cell = &table->cell[number % RAM_READER_CELLS];
    bool its = __atomic_load_n(&cell->block, __ATOMIC_RELAXED) == number;

    return its ? __atomic_load_n(&cell->count, __ATOMIC_ACQUIRE) : 0;
}

static int64_t sum(const RAMBlock *rb)
{
    int64_t all = 0;

    for (const RamReaderTable *t = first_table(); t; t = t->next) {
        all += count_in(t, rb->readers.number);
    }
    return all + __atomic_load_n(&rb->readers.shared, __ATOMIC_ACQUIRE);
}

bool ram_readers_any(const RAMBlock *rb)
{
    for (unsigned i = 0; i < TRIES; i++) {
        if (sum(rb) > 0) {
            return true;
        }
    }
    return false;
}
