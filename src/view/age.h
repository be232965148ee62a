/* SPDX-License-Identifier: MIT
 *
 * What a thread remembers of one version of a view (access/lookaside.c) is often right for the next
 * versions, too, because a commit changes little. Ages say whether it is.
 *
 *    id     The upper 10 bits of a version's id are its number, the others its lineage. All
 *           versions of one view have one lineage, which no other view of the process has.
 *    part   Piece P of the space, which is 2 MiB long, belongs to part P % 32. So pieces that lie
 *           close together belong to different parts.
 *    age    In a version, a part of age A is the same as in the A versions before. The age is 0 if
 *           the last commit has marked a window that touches the part. It does not grow beyond 255.
 *
 * The law: what the version 'id' shows at [first, last], fv shows there, too, if
 * view_versions_since(fv, id) <= view_age(fv, first, last).
 *
 * A view gets its ages when it is made, and they never change. They are right because a commit
 * changes nothing outside of the windows that it has marked. splice.c relies on that, too.
 */
#ifndef VIEW_AGE_H
#define VIEW_AGE_H

#include <physmem/view.h>

#include "region/window.h"

enum {
    VIEW_VERSION_BITS = 10, /* after 1024 versions, a view gets another lineage */
    VIEW_LINEAGE_BITS = 64 - VIEW_VERSION_BITS,
    VIEW_LINEAGES_APART = 73 * 64, /* spreads the views over the places of a lookaside */
    VIEW_PARTS = 32,
    VIEW_PIECE_BITS = 21,
    VIEW_MOST_AGE = 255,
};

/* Gives 'fv' the id and the ages of the first version of a view. */
void view_age_begin(FlatView *fv);

/* Gives 'fv' the id and the ages of the version after 'before', which is different in these windows
 * only. */
void view_age_next(FlatView *fv, const FlatView *before, const WindowSet *changed);

/* Returns how many parts a window touches. view_part_at() enumerates them. */
static inline unsigned view_parts_of(hwaddr first, hwaddr last)
{
    hwaddr more = (last >> VIEW_PIECE_BITS) - (first >> VIEW_PIECE_BITS);
    return more < VIEW_PARTS ? (unsigned)more + 1 : VIEW_PARTS;
}

/* Returns the part of the piece that lies 'more' pieces behind that of addr. */
static inline unsigned view_part_at(hwaddr addr, unsigned more)
{
    return (unsigned)((addr >> VIEW_PIECE_BITS) + more) % VIEW_PARTS;
}

/* Returns the age of the youngest part that [first, last] touches. */
static inline unsigned view_age(const FlatView *fv, hwaddr first, hwaddr last)
{
    unsigned parts = view_parts_of(first, last), youngest = VIEW_MOST_AGE;
    for (unsigned i = 0; i < parts; i++) {
        unsigned age = fv->age[view_part_at(first, i)];
        youngest = age < youngest ? age : youngest;
    }
    return youngest;
}

/* Returns by how many versions fv is later than 'id', which is the id of any view. The number is
 * too large for any age if 'id' is not an earlier version of the same view. */
static inline uint64_t view_versions_since(const FlatView *fv, uint64_t id)
{
    uint64_t apart = fv->id - id;
    return apart << VIEW_VERSION_BITS | apart >> VIEW_LINEAGE_BITS;
}

/* Returns whether 'id' is that of a later version than fv. */
static inline bool view_is_before(const FlatView *fv, uint64_t id)
{
    return id > fv->id && !((id - fv->id) << VIEW_VERSION_BITS);
}

#endif
