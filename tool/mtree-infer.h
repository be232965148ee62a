/* SPDX-License-Identifier: MIT
 *
 * What guesses and notes about guesses share.
 */
#ifndef TOOL_MTREE_INFER_H
#define TOOL_MTREE_INFER_H

#include "mtree.h"

/* Is that a device that is known to answer between the regions that lie in it? */
bool mtree_name_is_device(const char *name);

/* Notes where an alias names one of several blocks, and where guesses could change the answer. */
void mtree_note_targets(Mtree *t);
void mtree_note_guesses(Mtree *t);

#endif
