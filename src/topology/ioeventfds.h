/* SPDX-License-Identifier: MIT
 *
 * What listeners know of ioeventfds (ioeventfds.c): for the files of this room.
 */
#ifndef TOPOLOGY_IOEVENTFDS_H
#define TOPOLOGY_IOEVENTFDS_H

#include "topology/topology.h"

/* Has the listener a callback for ioeventfds? Without such a one a space keeps no list of them. */
static inline bool ioeventfds_matter_to(const MemoryListener *l)
{
    return l->eventfd_add || l->eventfd_del;
}

/* The space has one more, one less such listener. What that one is told is said below. */
void ioeventfds_watch(SpacePrivate *s);
void ioeventfds_unwatch(SpacePrivate *s);

/* R14: one listener is told of all that is there, and of its end. */
void ioeventfds_introduce(MemoryListener *l);
void ioeventfds_dismiss(MemoryListener *l);

/* After a new view was published, or ioeventfds came or went: the listeners of the space are told
 * the difference. Looks at the changed windows of its slot, or at everything if it has moved. */
void ioeventfds_tell(SpacePrivate *s);

/* Aborts if the list of a space is not what its view and the regions say. */
void ioeventfds_verify(MemoryContext *ctx);

#endif
