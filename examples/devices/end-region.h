/* SPDX-License-Identifier: MIT */
#ifndef DEVICES_END_REGION_H
#define DEVICES_END_REGION_H

#include <physmem/region.h>

/* Takes a region that has no owner out of its container, and ends it when nothing uses it any
 * more. End an alias before its target, and subregions before their container. The context's
 * lock must not be held. */
void end_region(MemoryRegion *mr);

#endif
