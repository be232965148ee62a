/* SPDX-License-Identifier: MIT
 *
 * Guesses, and notes about guesses: what their files share.
 */
#ifndef TOOL_MTREE_INFER_H
#define TOOL_MTREE_INFER_H

#include "mtree.h"

/* Whether a region of that name is known to answer between the regions that it contains. */
bool mtree_name_is_device(const char *name);

/* Note for the user where an alias shows one of several blocks of one name, and where guesses
 * could change an answer. */
void mtree_note_targets(Mtree *t);
void mtree_note_guesses(Mtree *t);

#endif
