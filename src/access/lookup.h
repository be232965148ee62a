/* SPDX-License-Identifier: MIT
 *
 * The lookaside: the ranges that a thread used last, in front of view_lookup(), so that the usual
 * access does not descend a tree. It is not a cache that anybody has to invalidate: an entry is
 * keyed by the id of its view, views never change and ids are never used twice, so the entries of a
 * replaced view just stop matching.
 *
 * Every file of this room that needs to know who answers an address comes through here.
 *
 * A signal handler may interrupt an access of its own thread anywhere and access memory itself. Two
 * rules keep both right, and cost a hit nothing:
 *
 *    - An entry is invalid while it is written: its view id goes first and comes back last.
 *    - An access that has interrupted another one replaces no entry. It uses an entry that fits. If
 *      there is none, it uses a spot of its own, one for each depth of interruption, which no other
 *      access finds.
 *
 * Such an access is recognised by the depth of the thread's read sections. Each access opens one of
 * its own. thread_state.idle_depth counts the sections that are not of an access that uses a spot:
 * those of the program, and, in callbacks that an access makes (CALL_OUT), those around the
 * callback. An access at depth idle_depth + 1 has interrupted none.
 */
#ifndef ACCESS_LOOKUP_H
#define ACCESS_LOOKUP_H

#include "access/spot.h"
#include "base/thread.h"

/* The spot that the thread used last. The library is built for initial-exec TLS: this is one
 * instruction away. It is only a pointer because the room for such variables is scarce in programs
 * that load the library late. */
extern _Thread_local const Spot *access_recent_spot;

/* For accesses that do not hit the most recent spot. */
const Spot *access_spot_search(const FlatView *fv, hwaddr addr);

static inline bool access_spot_covers(const Spot *s, const FlatView *fv, hwaddr addr)
{
    return s->view == fv->id && addr - s->start <= s->span;
}

/* The spot at addr. A read section of the access's own must be open; the result is good until it
 * ends, the access looks up the next address, or calls out. */
static inline const Spot *access_spot_find(const FlatView *fv, hwaddr addr)
{
    const Spot *s = __atomic_load_n(&access_recent_spot, __ATOMIC_RELAXED);
    if (__builtin_expect(access_spot_covers(s, fv, addr), 1)) {
        return s;
    }
    return access_spot_search(fv, addr);
}

/* CALL_OUT; at the beginning of a block says that the access calls the program and uses no spot
 * until the end of the block. So accesses of the callback may replace spots, unless this access
 * itself has interrupted another one. */
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
    __attribute__((cleanup(access_call_end), unused)) const unsigned call_out_before =            \
        access_call_begin()

#endif
