/* SPDX-License-Identifier: MIT
 *
 * Tells listeners of coalesced ranges (coalesce.c). Files of this room call it.
 */
#ifndef TOPOLOGY_COALESCE_H
#define TOPOLOGY_COALESCE_H

#include "topology/topology.h"

/* Whether the listener has a callback for coalesced ranges. */
static inline bool coalescing_matters_to(const MemoryListener *l)
{
    return l->coalesced_io_add || l->coalesced_io_del;
}

/* Tell the listeners of a space of the coalesced ranges in a section that has appeared, or that is
 * about to vanish (specification 9.2). */
void coalesced_appear(SpacePrivate *s, MemoryRegionSection *section);
void coalesced_vanish(SpacePrivate *s, MemoryRegionSection *section);

/* Tells all listeners of the context that a region has got a range ('add'), or is about to lose
 * it. */
void coalesced_tell(MemoryRegion *mr, const CoalescedMemoryRange *c, bool add);

/* Tell one listener of all coalesced ranges of its space: that they are there when it is
 * registered, that they go when it is unregistered (R14). */
void coalesced_introduce(MemoryListener *l);
void coalesced_dismiss(MemoryListener *l);

#endif
