/* SPDX-License-Identifier: MIT
 *
 * Called by parse.c, when all lines are read.
 */
#ifndef TOOL_MTREE_NAMES_H
#define TOOL_MTREE_NAMES_H

#include "mtree/mtree.h"

/* Splits the "NAME @TARGET" of each alias. If the text does not have the block of a target, makes
 * one with a region that is unknown. */
void mtree_split_aliases(Mtree *t);
/* If the text has no space, as a part of a map may, each region gets one. */
void mtree_give_spaces(Mtree *t);

#endif
