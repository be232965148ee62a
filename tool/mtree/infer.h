/* SPDX-License-Identifier: MIT
 *
 * Shared by the files that guess (infer.c, targets.c) and the one that notes guesses
 * (notes.c).
 */
#ifndef TOOL_MTREE_INFER_H
#define TOOL_MTREE_INFER_H

#include "mtree/mtree.h"

/* Finds the block that each alias shows: mtree_infer() without the rest. */
void mtree_guess_targets(Mtree *t);

/* Whether a region of that name is known to answer between the regions that it contains. */
bool mtree_name_is_device(const char *name);
/* Whether a region of that name is known to be a container that is often empty. */
bool mtree_name_is_container(const char *name);

/* Note assumptions for the user: about aliases that could show one of several blocks of one name,
 * and about other guesses that could change an answer. */
void mtree_note_targets(Mtree *t);
void mtree_note_guesses(Mtree *t);

#endif
