/* SPDX-License-Identifier: MIT
 *
 * What listeners are told of coalesced ranges (coalesce.c): for the files of this room.
 */
#ifndef TOPOLOGY_COALESCE_H
#define TOPOLOGY_COALESCE_H

#include "topology/topology.h"

static inline bool coalescing_matters_to(const MemoryListener *l)
{
    return l->coalesced_io_add || l->coalesced_io_del;
}

/* A section appeared, is about to vanish: all listeners of the space are told of the coalesced
 * ranges in it (9.2). */
void coalesced_appear(SpacePrivate *s, MemoryRegionSection *section);
void coalesced_vanish(SpacePrivate *s, MemoryRegionSection *section);

/* A range of a region came, or is about to go: all listeners of the context are told. */
void coalesced_tell(MemoryRegion *mr, const CoalescedMemoryRange *c, bool add);

/* R14: one listener is told of all that is there, and of its end. */
void coalesced_introduce(MemoryListener *l);
void coalesced_dismiss(MemoryListener *l);

#endif
