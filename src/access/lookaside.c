/* SPDX-License-Identifier: MIT
 *
 * The lookaside's slow side (lookaside.h): searches the thread's other spots, or makes one.
 */
#include "access/lookaside.h"

#include <sys/mman.h>

#include "base/barrier.h"
#include "base/process.h"

/* Spots of at most NARROW_PAGES pages are in a hash table by the page that was asked for. A larger
 * spot would fill that table with copies of itself, so the last WIDE_SPOTS of them are in a table
 * of their own. */
enum { NARROW_BITS = 6, NARROW_PAGE_BITS = 12, NARROW_PAGES = 16, WIDE_SPOTS = 4 };

/* The deepest nesting of signal handlers: a signal is blocked in its own handler, and there are 64
 * signals. */
enum { MOST_INTERRUPTED = 64 };

typedef struct Lookaside {
    Spot narrow[1 << NARROW_BITS];
    Spot wide[WIDE_SPOTS];
    unsigned next_wide;
    Spot interrupting[MOST_INTERRUPTED]; /* of accesses that have interrupted 1, 2, ... others */
} Lookaside;

static const Spot no_spot; /* matches no view */

_Thread_local const Spot *access_recent_spot = &no_spot;
static _Thread_local Lookaside *lookaside;
static _Thread_local Spot lone_spot; /* used if the host has no memory for a table */

/* Removes the thread's pointers to the table before the table itself. A signal handler that
 * interrupts this makes another table. It does no harm if the handler's most recent spot is
 * lost. */
static void thread_ends(void *table)
{
    __atomic_store_n(&lookaside, NULL, __ATOMIC_RELAXED);
    barrier_compiler();
    access_recent_spot = &no_spot;
    barrier_compiler();
    munmap(table, sizeof(Lookaside));
}

__attribute__((constructor)) static void make_key(void)
{
    pthread_key_create(&process.lookaside_key, thread_ends);
}

/* Makes the thread's table at its first access. The access may be in a signal handler, so this does
 * not call malloc(). If a signal handler interrupts this and makes a table, that table stays. NULL:
 * the host has no memory. */
static Lookaside *begin_thread(void)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    Lookaside *none = NULL;
    Lookaside *l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE, flags, -1, 0);
    if (l == MAP_FAILED) {
        return lookaside;
    }
    if (__atomic_compare_exchange_n(&lookaside, &none, l, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
        pthread_setspecific(process.lookaside_key, l);
    } else {
        munmap(l, sizeof(*l));
    }
    return lookaside;
}

static Spot *narrow_place(Lookaside *l, hwaddr addr)
{
    uint64_t hash = (addr >> NARROW_PAGE_BITS) * 0x9e3779b97f4a7c15u;
    return &l->narrow[hash >> (64 - NARROW_BITS)];
}

static const Spot *known_spot(Lookaside *l, const FlatView *fv, hwaddr addr)
{
    const Spot *s = narrow_place(l, addr);
    if (access_spot_covers(s, fv, addr)) {
        return s;
    }
    for (unsigned i = 0; i < WIDE_SPOTS; i++) {
        if (access_spot_covers(&l->wide[i], fv, addr)) {
            return &l->wide[i];
        }
    }
    return NULL;
}

static Spot *place_for(Lookaside *l, const Spot *spot, hwaddr addr)
{
    if (spot->span >> NARROW_PAGE_BITS < NARROW_PAGES) {
        return narrow_place(l, addr);
    }
    return &l->wide[l->next_wide++ % WIDE_SPOTS];
}

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
    Spot *place = l ? place_for(l, &spot, addr) : &lone_spot;
    replace(place, &spot);
    return place;
}

/* Returns how many accesses of this thread the calling one has interrupted. */
static unsigned interrupted(void)
{
    unsigned depth = read_depth(), own = thread_state.idle_depth + 1;
    return depth > own ? depth - own : 0;
}

/* For an access that has interrupted others. If the thread has no table, because the host has no
 * memory for it, the access finds a hole. */
static const Spot *make_spot_beside(Lookaside *l, unsigned others, const FlatView *fv, hwaddr addr)
{
    if (!l) {
        return &access_spot_nothing;
    }
    Spot *place = &l->interrupting[others < MOST_INTERRUPTED ? others - 1 : MOST_INTERRUPTED - 1];
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
    return access_recent_spot = make_spot(l, fv, addr);
}

const Spot *access_spot_search(const FlatView *fv, hwaddr addr)
{
    Lookaside *l = lookaside ? lookaside : begin_thread();
    const Spot *known = l ? known_spot(l, fv, addr) : NULL;
    if (!known) {
        return missing_spot(l, fv, addr);
    }
    access_recent_spot = known;
    return known;
}
