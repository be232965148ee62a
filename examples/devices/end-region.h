/* SPDX-License-Identifier: MIT */
#ifndef DEVICES_END_REGION_H
#define DEVICES_END_REGION_H

#include <physmem/region.h>

/* Removes a region without an owner from its container, waits until nothing uses it, and ends it.
 * End an alias before its target, and subregions before their container. The context's lock must
 * not be held. */
void end_region(MemoryRegion *mr);

#endif
