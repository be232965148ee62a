/* SPDX-License-Identifier: MIT
 *
 * The slow side of holds.h: references that the thread has no cell for, and the stages of a view.
 */
#include "view/holds.h"

static bool count_in_a_new_cell(FlatView *fv, int amount)
{
    bool published = __atomic_load_n(&fv->ref, __ATOMIC_RELAXED) & VIEW_PUBLISHED;
    Cell *cell = published ? cell_take(CELLS_VIEWS, fv->id) : NULL;
    if (cell) {
        cell_add(cell, amount);
    }
    return cell;
}

void view_hold_elsewhere(FlatView *fv)
{
    if (!count_in_a_new_cell(fv, 1)) {
        __atomic_add_fetch(&fv->ref, 1, __ATOMIC_RELAXED);
    }
}

bool view_drop_elsewhere(FlatView *fv)
{
    return !count_in_a_new_cell(fv, -1) && !__atomic_sub_fetch(&fv->ref, 1, __ATOMIC_ACQ_REL);
}

void view_publish(FlatView *fv)
{
    fv->ref = VIEW_PUBLISHED | VIEW_UNSETTLED;
}

void view_withdraw(FlatView *fv)
{
    __atomic_and_fetch(&fv->ref, ~VIEW_PUBLISHED, __ATOMIC_RELAXED);
}

bool view_settle(FlatView *fv)
{
    uint32_t in_cells = (uint32_t)cells_collect(CELLS_VIEWS, fv->id);
    return !__atomic_sub_fetch(&fv->ref, VIEW_UNSETTLED - in_cells, __ATOMIC_ACQ_REL);
}
