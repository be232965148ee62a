/* SPDX-License-Identifier: MIT
 *
 * Tells the listeners of a space how a commit changes its view (change.c). commit.c calls it.
 */
#ifndef TOPOLOGY_CHANGE_H
#define TOPOLOGY_CHANGE_H

#include "topology/topology.h"

/* Compares the two views, and calls the listeners' callbacks for each difference. Compares only
 * the changed windows of the space's slot, unless the space has moved to another slot or a
 * listener has region_nop, which is called for ranges that stay. */
void change_tell(SpacePrivate *s, FlatView *from, FlatView *to);

#endif
