/* SPDX-License-Identifier: MIT
 *
 * Tells listeners what a commit changes in a space (change.c): for commit.c.
 */
#ifndef TOPOLOGY_CHANGE_H
#define TOPOLOGY_CHANGE_H

#include "topology/topology.h"

/* Looks at the changed windows of the space's slot; at everything if the space has moved to another
 * slot, or a listener wants to hear of ranges that stay. */
void change_tell(SpacePrivate *s, FlatView *from, FlatView *to);

#endif
