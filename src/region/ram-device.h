/* SPDX-License-Identifier: MIT
 *
 * The callbacks of RAM devices (ram-device.c). Their opaque pointer is the region.
 */
#ifndef REGION_RAM_DEVICE_H
#define REGION_RAM_DEVICE_H

#include <physmem/region.h>

extern const MemoryRegionOps region_ram_device_ops;

#endif
