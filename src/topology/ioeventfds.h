/* SPDX-License-Identifier: MIT
 *
 * Tells listeners of ioeventfds (ioeventfds.c). Files of this room call it.
 */
#ifndef TOPOLOGY_IOEVENTFDS_H
#define TOPOLOGY_IOEVENTFDS_H

#include "topology/topology.h"

/* Whether the listener has a callback for ioeventfds. A space without such a listener keeps no
 * list of them. */
static inline bool ioeventfds_matter_to(const MemoryListener *l)
{
    return l->eventfd_add || l->eventfd_del;
}

/* To be called when the space gets or loses such a listener. */
void ioeventfds_watch(SpacePrivate *s);
void ioeventfds_unwatch(SpacePrivate *s);

/* Tell one listener of all ioeventfds of its space: that they are there when it is registered,
 * that they go when it is unregistered (R14). */
void ioeventfds_introduce(MemoryListener *l);
void ioeventfds_dismiss(MemoryListener *l);

/* Tells the listeners of a space which ioeventfds came and went. For a commit, after it has
 * published the space's new view. Looks only at the changed windows of the slot, unless the space
 * has moved to another slot. */
void ioeventfds_tell(SpacePrivate *s);

/* Compares the lists of all spaces with what their views and regions say. Prints a difference and
 * aborts. */
void ioeventfds_verify(MemoryContext *ctx);

#endif
