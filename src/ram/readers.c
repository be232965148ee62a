/* SPDX-License-Identifier: MIT
 *
 * The slow side of readers.h: maps that are not counted in a cell, and the sum. pins.c calls this.
 */
#include "ram/readers.h"

#include "base/process.h"

enum { TRIES = 16 };

void ram_readers_init(RAMBlock *rb)
{
    rb->readers.number = __atomic_add_fetch(&process.block_number, 1, __ATOMIC_RELAXED);
}

void ram_readers_free(const RAMBlock *rb)
{
    cells_collect(CELLS_MAPS, rb->readers.number);
}

/* If the maps of the block are counted in 'shared' only, moves the count of the thread's cell
 * there. The release lets a sum that finds the cell empty see the count in 'shared'. */
static void move_if_passed(RAMBlock *rb)
{
    Cell *cell = ram_readers_passed(rb) ? ram_readers_cell(rb) : NULL;

    if (cell && cell->count) {
        __atomic_add_fetch(&rb->readers.shared, cell->count, __ATOMIC_RELAXED);
        __atomic_store_n(&cell->count, 0, __ATOMIC_RELEASE);
    }
}

void ram_readers_add_elsewhere(RAMBlock *rb)
{
    move_if_passed(rb);
    Cell *cell = ram_readers_passed(rb) ? NULL : cell_take(CELLS_MAPS, rb->readers.number);
    if (cell) {
        cell_add(cell, 1);
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

static int64_t sum(const RAMBlock *rb)
{
    int64_t all = cells_sum(CELLS_MAPS, rb->readers.number);

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
