/* SPDX-License-Identifier: MIT
 *
 * The lookaside's slow side (lookaside.h): looks at second places, makes spots, and decides where
 * they go.
 */
#include "access/renewal.h"

#include <sys/mman.h>

#include "base/barrier.h"
#include "base/process.h"

/* Spots of more pages than this are middle or wide. Such a spot takes one line of the processor's
 * cache for all of its pages that one place stands for. */
enum { NARROW_PAGES = 16, MIDDLE_PAGES = 0x4000 };

enum { FIRST_PLACES = 1 << LOOKASIDE_FIRST_BITS, MOST_PLACES = 1 << LOOKASIDE_MOST_BITS };

/* The deepest nesting of signal handlers: a signal is blocked in its own handler, and there are 64
 * signals. */
enum { MOST_INTERRUPTED = 64 };

/* The places for the depths of interruption lie after the last narrow place. */
static const size_t table_size = sizeof(Lookaside) +
                                 (MOST_PLACES + MOST_INTERRUPTED) * sizeof(Spot);

_Thread_local Lookaside *access_lookaside;
_Thread_local PhysmemLookaside *physmem_lookaside_1;
static _Thread_local Spot lone_spot; /* used if the host has no memory for a table */

/* Removes the thread's pointers to the table before the table itself. A signal handler that
 * interrupts this makes another table. */
static void thread_ends(void *old)
{
    __atomic_store_n(&physmem_lookaside_1, NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&access_lookaside, NULL, __ATOMIC_RELAXED);
    barrier_compiler();
    munmap(old, table_size);
}

__attribute__((constructor)) static void make_key(void)
{
    pthread_key_create(&process.lookaside_key, thread_ends);
}

/* Reserves address space for the largest table. The kernel gives memory to pages that are used.
 * NULL: the host has no memory. */
static Lookaside *map_table(void)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    Lookaside *l = mmap(NULL, table_size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (l == MAP_FAILED) {
        return NULL;
    }
    l->open.mask = (FIRST_PLACES - 1) * sizeof(Spot);
    return l;
}

/* Makes the thread's table at its first access. The access may be in a signal handler, so this does
 * not call malloc(). If a signal handler interrupts this and makes a table, that table stays. NULL:
 * the host has no memory. */
static Lookaside *begin_thread(void)
{
    Lookaside *none = NULL, *l = map_table();
    if (!l) {
        return access_lookaside;
    }
    if (__atomic_compare_exchange_n(&access_lookaside, &none, l, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
        pthread_setspecific(process.lookaside_key, l);
        __atomic_store_n(&physmem_lookaside_1, read_enter_is_quick() ? &l->open : NULL,
                         __ATOMIC_RELAXED);
    } else {
        munmap(l, table_size);
    }
    return access_lookaside;
}

/* ---- Places ----------------------------------------------------------------------------- */

/* Each place of a table is the second place of its neighbour. */
static Spot *second_place(Spot *table, const Spot *first)
{
    return &table[(first - table) ^ 1];
}

/* Doubles the table. Half of its spots would not be found any more and would be in the way of
 * others, so the table is emptied. */
static void grow(Lookaside *l, size_t places)
{
    for (size_t i = 0; i < places; i++) {
        __atomic_store_n(&l->narrow[i].view, 0, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&l->open.mask, (2 * places - 1) * sizeof(Spot), __ATOMIC_RELAXED);
    l->conflicts = 0;
}

/* A narrow spot is not at its first place, because one of its view, or of another view in use, is
 * there. The table grows after as many conflicts as it has places. */
static void count_conflict(Lookaside *l)
{
    size_t places = l->open.mask / sizeof(Spot) + 1;
    if (++l->conflicts >= places && places < MOST_PLACES) {
        grow(l, places);
    }
}

/* Returns the spot if it had to take its second place. Without the second test, a large range would
 * be found at the first place of its neighbouring part, and never at its own. */
static const Spot *displaced_spot(Spot *table, Spot *first, const FlatView *fv, hwaddr addr)
{
    Spot *s = second_place(table, first);
    return access_spot_answers(s, fv, addr) && access_spot_is_in_use(first, fv) ? s : NULL;
}

/* Does not look for wide spots of earlier versions: they touch all parts of the view, so each
 * commit may have changed what they show. */
static const Spot *known_spot(Lookaside *l, const FlatView *fv, hwaddr addr)
{
    Spot *narrow = physmem_narrow_place(&l->open, fv->id, addr);
    Spot *middle = physmem_middle_place(&l->open, fv->id, addr);
    bool earlier = narrow->view != fv->id;
    if (access_spot_answers(narrow, fv, addr)) {
        if (earlier) {
            access_renew_neighbours(l, narrow, fv);
        }
        return narrow;
    }
    if (access_spot_answers(middle, fv, addr)) {
        return middle;
    }
    const Spot *s = displaced_spot(l->narrow, narrow, fv, addr);
    if (s) {
        count_conflict(l);
        return s;
    }
    s = displaced_spot(l->open.wide, physmem_wide_place(&l->open, fv->id, addr), fv, addr);
    return s ? s : displaced_spot(l->open.middle, middle, fv, addr);
}

/* A spot of another view gives way, because that view may be gone. But the two views may be used
 * in turns, as behind an IOMMU. Then their spots replace each other again and again, and at every
 * second time the other view has the higher id. So that counts as a conflict, too. */
static Spot *place_for_narrow(Lookaside *l, const FlatView *fv, hwaddr addr)
{
    Spot *first = physmem_narrow_place(&l->open, fv->id, addr);
    if (access_spot_is_in_use(first, fv) || first->view > fv->id) {
        count_conflict(l);
    }
    first = physmem_narrow_place(&l->open, fv->id, addr); /* the table may have grown */
    return access_spot_is_in_use(first, fv) ? second_place(l->narrow, first) : first;
}

/* Spots of a table for large ones give way to larger ones. NULL: this one gives way. */
static Spot *place_among(Spot *table, Spot *first, const FlatView *fv, const Spot *spot)
{
    for (unsigned i = 0; i < 2; i++) {
        if (!access_spot_is_in_use(first, fv) || first->span < spot->span) {
            return first;
        }
        first = second_place(table, first);
    }
    return NULL;
}

/* A spot that gives way goes to the table for smaller ones. */
static Spot *place_for(Lookaside *l, const Spot *spot, const FlatView *fv, hwaddr addr)
{
    hwaddr pages = (spot->span >> PHYSMEM_NARROW_BITS) + 1;
    Spot *place = NULL;
    if (pages > MIDDLE_PAGES) {
        place = place_among(l->open.wide, physmem_wide_place(&l->open, fv->id, addr), fv, spot);
    }
    if (!place && pages > NARROW_PAGES) {
        place =
            place_among(l->open.middle, physmem_middle_place(&l->open, fv->id, addr), fv, spot);
    }
    return place ? place : place_for_narrow(l, fv, addr);
}

/* ---- Spots ------------------------------------------------------------------------------ */

/* A signal handler that interrupts this finds the old spot, an invalid one, or the new one. */
static void replace(Spot *place, const Spot *spot)
{
    Spot invalid = *spot;
    invalid.view = 0;
    __atomic_store_n(&place->view, 0, __ATOMIC_RELAXED);
    barrier_compiler();
    *place = invalid;
    barrier_compiler();
    __atomic_store_n(&place->view, spot->view, __ATOMIC_RELAXED);
}

static const Spot *make_spot(Lookaside *l, const FlatView *fv, hwaddr addr)
{
    Spot spot = access_spot_make(fv, addr);
    Spot *place = l ? place_for(l, &spot, fv, addr) : &lone_spot;
    replace(place, &spot);
    return place;
}

/* Returns how many accesses of this thread the calling one has interrupted. */
static unsigned interrupted(void)
{
    unsigned depth = read_depth(), own = thread_state.idle_depth + 1;
    return depth > own ? depth - own : 0;
}

bool access_interrupts(void)
{
    return interrupted() > 0;
}

/* For an access that has interrupted others. If the thread has no table, because the host has no
 * memory for it, the access finds a hole. */
static const Spot *make_spot_beside(Lookaside *l, unsigned others, const FlatView *fv, hwaddr addr)
{
    if (!l) {
        return &access_spot_nothing;
    }
    unsigned depth = others < MOST_INTERRUPTED ? others : MOST_INTERRUPTED;
    Spot *place = &l->narrow[MOST_PLACES + depth - 1];
    *place = access_spot_make(fv, addr);
    return place;
}

/* Out of line, because it needs room for a spot on the stack. In line, every search would pay for
 * that. */
static __attribute__((noinline)) const Spot *missing_spot(Lookaside *l, const FlatView *fv,
                                                          hwaddr addr)
{
    unsigned others = interrupted();
    if (others) {
        return make_spot_beside(l, others, fv, addr);
    }
    return make_spot(l, fv, addr);
}

const Spot *access_spot_search(const FlatView *fv, hwaddr addr)
{
    Lookaside *l = access_lookaside ? access_lookaside : begin_thread();
    const Spot *known = l ? known_spot(l, fv, addr) : NULL;
    return known ? known : missing_spot(l, fv, addr);
}
