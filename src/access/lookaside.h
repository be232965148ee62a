/* SPDX-License-Identifier: MIT
 *
 * The lookaside: the spots that a thread used last. All files of this room ask it for the spot at
 * an address. It stands in front of view_lookup(), so that the usual access does not descend a
 * tree. Nobody has to invalidate it. Each spot carries the id of its view. Views never change, and
 * ids are never used twice, so the spots of a replaced view no longer match.
 *
 * A signal handler may interrupt an access of its own thread at any instruction, and access memory
 * itself. Two rules keep both accesses right. A hit pays nothing for them.
 *
 *   - A spot in the table is invalid while it is written: its view id is removed first and comes
 *     back last.
 *   - An access that has interrupted another one replaces no spot in the table. It may use one that
 *     matches. Otherwise it makes a spot in a place that no other access finds. There is one such
 *     place for each depth of interruption.
 *
 * An access knows from the depth of the thread's read sections whether it has interrupted another
 * one. Each access opens a read section. thread_state.idle_depth counts the sections in which no
 * access uses a spot: those that the program has opened, and those around the callbacks that an
 * access makes (CALL_OUT). An access at depth idle_depth + 1 has interrupted none.
 */
#ifndef ACCESS_LOOKASIDE_H
#define ACCESS_LOOKASIDE_H

#include "access/spot.h"
#include "base/thread.h"

/* The spot that the thread used last. The library is built for initial-exec TLS, so one instruction
 * reads this. It is a pointer, and not the spot itself, because a program that loads the library
 * late has little room for such variables. */
extern _Thread_local const Spot *access_recent_spot;

/* access_spot_find() for an address that is not in the most recent spot. */
const Spot *access_spot_search(const FlatView *fv, hwaddr addr);

static inline bool access_spot_covers(const Spot *s, const FlatView *fv, hwaddr addr)
{
    return s->view == fv->id && addr - s->start <= s->span;
}

/* The spot at addr. The access must have opened a read section. The result is good until the
 * section ends, the access looks up another address, or the access calls out. */
static inline const Spot *access_spot_find(const FlatView *fv, hwaddr addr)
{
    const Spot *s = __atomic_load_n(&access_recent_spot, __ATOMIC_RELAXED);
    if (__builtin_expect(access_spot_covers(s, fv, addr), 1)) {
        return s;
    }
    return access_spot_search(fv, addr);
}

/* "CALL_OUT;" at the beginning of a block says that this access calls the program and uses no spot
 * until the end of the block. So accesses that the callback makes may replace spots, unless this
 * access itself has interrupted another one. */
static inline unsigned access_call_begin(void)
{
    unsigned before = thread_state.idle_depth, depth = read_depth();
    thread_state.idle_depth = depth == before + 1 ? depth : before;
    return before;
}
static inline void access_call_end(const unsigned *before)
{
    thread_state.idle_depth = *before;
}
#define CALL_OUT                                                                                  \
    __attribute__((cleanup(access_call_end), unused))                                             \
    const unsigned call_out_before = access_call_begin()

#endif
