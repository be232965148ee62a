/* SPDX-License-Identifier: MIT
 *
 * The lookaside: the spots that a thread used last. All files of this room ask it for the spot at
 * an address. It stands in front of view_lookup(), so that the usual access does not descend a
 * tree. Nobody has to invalidate it. Each spot carries the id of its view. Views never change, and
 * ids are never used twice, so the spots of a replaced view no longer match. If the new view shows
 * the same at the place of such a spot, the next access there gives it the new id.
 *
 * An access does not know how large the range is that it looks for, so it asks three tables in
 * turn:
 *
 *    wide     large spots, by the GiB that was asked for. Most accesses of a machine go to its RAM,
 *             which is usually here
 *    narrow   spots of a few pages: a hash table by the page that was asked for
 *    middle   those between, by the 2 MiB that were asked for
 *
 * A spot has a first place in its table and, where another spot of its view has that one, a second.
 * An access that finds its spot at the first place makes no call, even if it is inline in the
 * program (physmem/inline/spot.h, which has the tables and the way to look into them).
 *
 * The hash table begins small, and doubles while its spots contend for places. Address space for
 * the largest table is reserved from the beginning, so places never move. The table ends with its
 * thread.
 *
 * A signal handler may interrupt an access of its own thread at any instruction, and access memory
 * itself. Two rules keep both accesses right. A hit pays nothing for them.
 *
 *   - A spot in a table is invalid while it is written: its view id is removed first and comes
 *     back last.
 *   - An access that has interrupted another one replaces no spot in a table. It may use one that
 *     matches. Otherwise it makes a spot in a place that no other access finds. There is one such
 *     place for each depth of interruption. If the hash table grows meanwhile, its spots lose their
 *     ids and nothing else, so the interrupted access can go on with the spot that it has found.
 *
 * An access knows from the depth of the thread's read sections whether it has interrupted another
 * one. Each access opens a read section. thread_state.idle_depth counts the sections in which no
 * access uses a spot: those that the program has opened, and those around the callbacks that an
 * access makes (CALL_OUT). An access at depth idle_depth + 1 has interrupted none.
 */
#ifndef ACCESS_LOOKASIDE_H
#define ACCESS_LOOKASIDE_H

#include "access/iotlb.h"
#include "access/spot.h"
#include "base/barrier.h"
#include "base/thread.h"
#include "view/age.h"

enum {
    LOOKASIDE_FIRST_BITS = 6, /* the smallest hash table has 64 places */
    LOOKASIDE_MOST_BITS = 14, /* the largest one has 16384 places: 1 MiB */
};

typedef struct Lookaside {
    unsigned conflicts; /* since the table grew: narrow spots of one view that wanted one place */
    Iotlb iotlb;
    Arrivals arrivals;
    PhysmemLookaside open; /* what inline accesses see, also those of programs */
    Spot narrow[];         /* comes behind it */
} Lookaside;

/* The thread's lookaside; NULL before its first access. It is a pointer, because a program that
 * loads the library late has little room for such variables. */
extern _Thread_local Lookaside *access_lookaside;

_Static_assert(sizeof(Spot) == 1 << 6, "places are computed in bytes");
_Static_assert(offsetof(Lookaside, narrow) == offsetof(Lookaside, open) + sizeof(PhysmemLookaside),
               "physmem_narrow_place() finds the table");

/* access_spot_find() for a spot that physmem_spot_recall() does not find. */
const Spot *access_spot_search(const FlatView *fv, hwaddr addr);

/* The spot at addr, wherever it is. Never NULL. Otherwise like physmem_spot_recall(). */
static inline const Spot *access_spot_find(const FlatView *fv, hwaddr addr)
{
    const Spot *s = physmem_spot_recall(fv, addr, 1);
    return __builtin_expect(s != NULL, 1) ? s : access_spot_search(fv, addr);
}

/* Returns whether the calling access has interrupted another one of its thread. */
bool access_interrupts(void);

/* "CALL_OUT;" at the beginning of a block says that this access calls the program and uses no spot
 * until the end of the block. So accesses that the callback makes may replace spots, unless this
 * access itself has interrupted another one. An access calls out once at a time: such blocks of one
 * access are not nested. */
static inline void access_call_end(const int *unused)
{
    (void)unused;
    thread_state.idle_depth--;
}
static inline int access_call_begin(void)
{
    barrier_compiler(); /* what the access has of a spot is read by now */
    thread_state.idle_depth++;
    return 0;
}
#define CALL_OUT                                                                                  \
    __attribute__((cleanup(access_call_end), unused))                                             \
    const int call_out_guard = access_call_begin()

#endif
