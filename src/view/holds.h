/* SPDX-License-Identifier: MIT
 *
 * References on views. A program takes one with each cache that it makes, so many threads count
 * references on the same few views. While a view is published, each thread counts in a cell of its
 * own (base/cells.h). A cell may be below 0, because a thread may drop what another one has taken.
 * FlatView.ref has two bits for the stage of the view, and a number below them:
 *
 *     VIEW_PUBLISHED   spaces show the view, or are about to. References are counted in cells.
 *     VIEW_UNSETTLED   the cells have not been added up yet.
 *     the number       references that are not counted in cells: those of threads that have no free
 *                      cell, and all that are taken or dropped after VIEW_PUBLISHED was cleared. It
 *                      is added to the bits, so while it is below 0, VIEW_UNSETTLED looks clear.
 *                      Nobody looks at this bit by itself.
 *
 * view_retire() clears VIEW_PUBLISHED. References are taken and dropped in read sections. A grace
 * period later, no thread is left in a section in which it found VIEW_PUBLISHED set, so the cells
 * of the view change no more. Then view_settle() moves their sum to 'ref' and clears
 * VIEW_UNSETTLED. From then on 'ref' is the number of references, and whoever makes it 0 has the
 * view freed.
 *
 * Before that, 'ref' is never 0. So a view that is published, or not yet settled, is never freed.
 */
#ifndef VIEW_HOLDS_H
#define VIEW_HOLDS_H

#include <physmem/space.h>
#include <physmem/view.h>

#include "base/cells.h"
#include "base/rcu.h"

enum { VIEW_UNSETTLED = 1 << 30 };
#define VIEW_PUBLISHED (1u << 31)

/* The slow ways of view_hold() and view_drop(). */
void view_hold_elsewhere(FlatView *fv);
bool view_drop_elsewhere(FlatView *fv);

/* The thread's cell for the view, if it is published. */
static inline Cell *view_cell(const FlatView *fv)
{
    bool published = __atomic_load_n(&fv->ref, __ATOMIC_RELAXED) & VIEW_PUBLISHED;
    return __builtin_expect(published, 1) ? cell_find(CELLS_VIEWS, fv->id) : NULL;
}

/* Takes a reference on a view that a space has shown to this read section, if that takes no more
 * than the thread's cell. It need not ask whether the view is published: a view is withdrawn when
 * no space shows it any more, so the grace period before view_settle() waits for this section. */
static inline bool view_hold_shown_quickly(const FlatView *fv)
{
    Cell *cell = cell_find(CELLS_VIEWS, fv->id);
    if (__builtin_expect(cell != NULL, 1)) {
        cell_add(cell, 1);
    }
    return cell;
}

/* Adds to the references, if that takes no more than the thread's cell. */
static inline bool view_count_quickly(const FlatView *fv, int amount)
{
    Cell *cell = view_cell(fv);
    if (__builtin_expect(cell != NULL, 1)) {
        cell_add(cell, amount);
    }
    return cell;
}

/* Takes a reference on a view that a space shows to this read section, or on which somebody holds a
 * reference. In a read section. */
static inline void view_hold(FlatView *fv)
{
    if (!view_count_quickly(fv, 1)) {
        view_hold_elsewhere(fv);
    }
}

/* Drops a reference. Returns whether it was the last one; then the caller has the view freed. In a
 * read section. */
static inline bool view_drop(FlatView *fv)
{
    return !view_count_quickly(fv, -1) && view_drop_elsewhere(fv);
}

/* Drops a reference in a read section of its own, if that takes no more than the thread's cell.
 * Else returns false and drops nothing. */
static inline bool view_drop_quickly(FlatView *fv)
{
    unsigned long *entered = physmem_section_enter();
    bool dropped = false;
    if (__builtin_expect(entered != NULL, 1)) {
        dropped = view_count_quickly(fv, -1);
        read_leave_quickly(entered);
    }
    return dropped;
}

/* Takes a reference on the present view of a space. In a read section. */
static inline FlatView *view_hold_present(AddressSpace *as)
{
    FlatView *fv = address_space_to_flatview(as);
    view_hold(fv);
    return fv;
}

/* For view.c, which says when they are called. view_settle() returns whether there is no reference.
 * If there are some, another thread may free the view at any time. */
void view_publish(FlatView *fv);
void view_withdraw(FlatView *fv);
bool view_settle(FlatView *fv);

#endif
