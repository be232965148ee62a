/* SPDX-License-Identifier: MIT
 *
 * Renewal: spots of the lookaside outlive a commit that has left their ranges alone (view/age.h).
 * Such a spot has the id of an earlier version of its view. So the next access does not recognise
 * the spot and calls lookaside.c, which renews it: it gives the spot the id of the version that the
 * access looks into.
 *
 * A signal handler may renew a spot that the interrupted access is using: nothing but the id
 * changes, and both ids are right. A spot that is just being written has no id and is not renewed.
 */
#ifndef ACCESS_RENEWAL_H
#define ACCESS_RENEWAL_H

#include "access/lookaside.h"

/* So many neighbours in the table of narrow spots are renewed together. After a commit, most of
 * them will be used soon, and a call for each would take longer. */
enum { RENEWED_TOGETHER = 32 };

_Static_assert(RENEWED_TOGETHER <= 1 << LOOKASIDE_FIRST_BITS, "all of them are in the table");

/* Returns whether the bytes on both sides of the spot are as they were so many versions ago. If
 * not, its range may be part of a longer range now, and a spot that is 'whole' has to be made
 * again. */
static inline bool access_spot_ends_stay(const Spot *s, const FlatView *fv, uint64_t versions)
{
    hwaddr before = s->start - 1, after = s->start + s->span + 1;
    return versions <= fv->age[view_part_at(before, 0)] &&
           versions <= fv->age[view_part_at(after, 0)];
}

/* Returns whether the spot shows what this version of the view shows. If so, renews it. */
static inline bool access_spot_is_current(Spot *s, const FlatView *fv)
{
    uint64_t versions = view_versions_since(fv, s->view);
    if (!versions) {
        return true;
    }
    if (versions > VIEW_MOST_AGE || versions > view_age(fv, s->start, s->start + s->span) ||
        (s->whole && !access_spot_ends_stay(s, fv, versions))) {
        return false;
    }
    __atomic_store_n(&s->view, fv->id, __ATOMIC_RELAXED);
    return true;
}

/* Returns whether the spot serves this version of the view or a later one. It may be a later one if
 * the access looks into a version that somebody keeps. */
static inline bool access_spot_is_in_use(Spot *s, const FlatView *fv)
{
    return access_spot_is_current(s, fv) || view_is_before(fv, s->view);
}

/* Returns whether the spot answers the address in this version of the view. */
static inline bool access_spot_answers(Spot *s, const FlatView *fv, hwaddr addr)
{
    return addr - s->start <= s->span && access_spot_is_current(s, fv);
}

/* Renews the narrow spots that lie beside one that was renewed. */
static inline void access_renew_neighbours(Lookaside *l, const Spot *s, const FlatView *fv)
{
    Spot *first = &l->narrow[(size_t)(s - l->narrow) / RENEWED_TOGETHER * RENEWED_TOGETHER];
    for (unsigned i = 0; i < RENEWED_TOGETHER; i++) {
        access_spot_is_current(&first[i], fv);
    }
}

#endif
