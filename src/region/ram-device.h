/* SPDX-License-Identifier: MIT
 *
 * The callbacks with which RAM devices answer accesses. Their opaque pointer is the region.
 */
#ifndef REGION_RAM_DEVICE_H
#define REGION_RAM_DEVICE_H

#include <physmem/region.h>

extern const MemoryRegionOps region_ram_device_ops;

#endif
