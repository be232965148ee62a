/* SPDX-License-Identifier: MIT
 *
 * Counting calls of device callbacks. Every device of the board makes its regions here.
 */
#include "counted.h"

static uint64_t counted_read(void *opaque, hwaddr addr, unsigned size)
{
    CountedRegion *region = opaque;

    region->reads++;
    return region->ops->read(region->opaque, addr, size);
}

static void counted_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    CountedRegion *region = opaque;

    region->writes++;
    region->ops->write(region->opaque, addr, data, size);
}

/* The device's sizes and byte order with our callbacks. */
static void put_between(CountedRegion *region, const MemoryRegionOps *ops, void *opaque)
{
    region->ops = ops;
    region->opaque = opaque;
    region->counting = *ops;
    region->counting.read = counted_read;
    region->counting.write = counted_write;
}

void counted_init_io(CountedRegion *region, const MemoryRegionOps *ops, void *opaque,
                     const char *name, uint64_t size)
{
    put_between(region, ops, opaque);
    memory_region_init_io(&region->mr, NULL, &region->counting, region, name, size);
}

bool counted_init_rom_device(CountedRegion *region, const MemoryRegionOps *ops, void *opaque,
                             const char *name, uint64_t size, Error **errp)
{
    put_between(region, ops, opaque);
    return memory_region_init_rom_device(&region->mr, NULL, &region->counting, region, name, size,
                                         errp);
}
