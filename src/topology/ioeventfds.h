/* SPDX-License-Identifier: MIT
 *
 * Tells listeners of ioeventfds (ioeventfds.c): for the files of this room.
 */
#ifndef TOPOLOGY_IOEVENTFDS_H
#define TOPOLOGY_IOEVENTFDS_H

#include "topology/topology.h"

/* Whether the listener has a callback for ioeventfds. A space without such a listener keeps no list
 * of them. */
static inline bool ioeventfds_matter_to(const MemoryListener *l)
{
    return l->eventfd_add || l->eventfd_del;
}

/* The space has one more, one less such listener. */
void ioeventfds_watch(SpacePrivate *s);
void ioeventfds_unwatch(SpacePrivate *s);

/* Tell one listener that all ioeventfds of its space are there, are gone (R14). */
void ioeventfds_introduce(MemoryListener *l);
void ioeventfds_dismiss(MemoryListener *l);

/* Tells the listeners of a space which ioeventfds came and went. Called after a new view was
 * published, or ioeventfds were edited. Looks at the changed windows of the slot, or at everything
 * if the space has moved to another slot. */
void ioeventfds_tell(SpacePrivate *s);

/* Aborts if the list of a space differs from what its view and the regions say. */
void ioeventfds_verify(MemoryContext *ctx);

#endif
