/* SPDX-License-Identifier: MIT
 *
 * Tells listeners of coalesced ranges (coalesce.c): for the files of this room.
 */
#ifndef TOPOLOGY_COALESCE_H
#define TOPOLOGY_COALESCE_H

#include "topology/topology.h"

static inline bool coalescing_matters_to(const MemoryListener *l)
{
    return l->coalesced_io_add || l->coalesced_io_del;
}

/* A section has appeared, is about to vanish: tell all listeners of the space about the coalesced
 * ranges in it (9.2). */
void coalesced_appear(SpacePrivate *s, MemoryRegionSection *section);
void coalesced_vanish(SpacePrivate *s, MemoryRegionSection *section);

/* A region has one range more ('add'), or is about to have one less: tells all listeners of the
 * context. */
void coalesced_tell(MemoryRegion *mr, const CoalescedMemoryRange *c, bool add);

/* Tell one listener that all coalesced ranges of its space are there, are gone (R14). */
void coalesced_introduce(MemoryListener *l);
void coalesced_dismiss(MemoryListener *l);

#endif
