/* SPDX-License-Identifier: MIT
 *
 * Device regions that count how often they are called: a layer between a device's callbacks and
 * the memory map, so that the devices need not know. Reads that a ROM device answers from its RAM
 * never get here and are not counted.
 */
#ifndef RISCV_VIRT_COUNTED_H
#define RISCV_VIRT_COUNTED_H

#include <physmem/physmem.h>

typedef struct CountedRegion {
    MemoryRegion mr;
    MemoryRegionOps counting;   /* what the map calls: the device's rules, our callbacks */
    const MemoryRegionOps *ops; /* what the device wrote */
    void *opaque;
    uint64_t reads;
    uint64_t writes;
} CountedRegion;

/* A device region, and a ROM device with its RAM. 'ops' has plain callbacks and outlives the
 * region, which must not move. */
void counted_init_io(CountedRegion *region, const MemoryRegionOps *ops, void *opaque,
                     const char *name, uint64_t size);
bool counted_init_rom_device(CountedRegion *region, const MemoryRegionOps *ops, void *opaque,
                             const char *name, uint64_t size, Error **errp);

#endif
