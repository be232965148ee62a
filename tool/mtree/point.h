/* SPDX-License-Identifier: MIT
 *
 * Compares the tree with a printed view at one address, and corrects guesses there. fit.c
 * chooses the addresses.
 */
#ifndef TOOL_MTREE_POINT_H
#define TOOL_MTREE_POINT_H

#include "mtree/flat.h"
#include "mtree/walk.h"

typedef struct FitPoint {
    const FlatLine *range; /* of the view, at the point; NULL: nothing answers there */
    hwaddr offset;         /* of the point, in the region that answers */
    GPtrArray *hits;       /* all ways of the tree to the point */
} FitPoint;

/* Returns the region that answers, as guessed so far; NULL: none. */
MtreeLine *mtree_point_front(const GPtrArray *hits);
/* Whether the tree answers at the point as the view does: the same name, offset and attributes. */
bool mtree_point_agrees(const FitPoint *fit);
/* Corrects a guess that contradicts the view. Returns whether there was one. */
bool mtree_point_correct(const FitPoint *fit);

#endif
