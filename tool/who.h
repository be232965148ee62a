/* SPDX-License-Identifier: MIT
 *
 * What `physmem who` prints on standard output. cmd-who.c finds the question in the arguments.
 */
#ifndef TOOL_WHO_H
#define TOOL_WHO_H

#include "machine.h"
#include "mtree-flat.h"
#include "mtree-walk.h"

typedef struct WhoQuestion {
    const MtreeMachine *machine;
    bool guessed; /* no view and no hint settles what the text leaves open */
    hwaddr address;
} WhoQuestion;

/* Answers for the spaces (MachineSpace) of a tree, in their order, with ways and reasons. */
void who_tell_tree(const WhoQuestion *q, const GPtrArray *spaces);

/* Returns a line for each guess on which the answer depends, or "": those on the ways from the root
 * that rank up to the winner's; on all ways if nothing answers (NULL). The caller frees it. */
char *who_guesses(const WhoQuestion *q, MtreeLine *root, const MtreeHit *winner);

/* Answers from views that were printed without a tree: for the space of that name, or for all if
 * 'space' is NULL. Returns false, and prints nothing, if there is no such space. */
bool who_tell_views(const MtreeFlat *views, const char *space, hwaddr address);

#endif
