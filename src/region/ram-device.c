/* SPDX-License-Identifier: MIT
 *
 * Accesses to a RAM device: host memory that is the registers of a physical device. Each access of
 * the guest is one access of the host of the same size at the same place, even if that is
 * unaligned. access/ calls these callbacks as it calls those of any device, so no block is ever
 * copied.
 */
#include "region/ram-device.h"

#include "region/region.h"

typedef volatile uint16_t __attribute__((may_alias)) Register16;
typedef volatile uint32_t __attribute__((may_alias)) Register32;
typedef volatile uint64_t __attribute__((may_alias)) Register64;

/* An unaligned access is done as one access, because two halves would be other accesses to the
 * device. A host that cannot do that traps. */
#define UNALIGNED __attribute__((no_sanitize("alignment")))

UNALIGNED static uint64_t ram_device_read(void *opaque, hwaddr addr, unsigned size)
{
    const MemoryRegion *mr = opaque;
    void *host = mr->host + addr;

    switch (size) {
    case 1:
        return *(volatile uint8_t *)host;
    case 2:
        return *(Register16 *)host;
    case 4:
        return *(Register32 *)host;
    default:
        return *(Register64 *)host;
    }
}

UNALIGNED static void ram_device_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    MemoryRegion *mr = opaque;
    void *host = mr->host + addr;

    switch (size) {
    case 1:
        *(volatile uint8_t *)host = (uint8_t)data;
        break;
    case 2:
        *(Register16 *)host = (uint16_t)data;
        break;
    case 4:
        *(Register32 *)host = (uint32_t)data;
        break;
    default:
        *(Register64 *)host = data;
        break;
    }
    READ_SECTION;
    region_mark_dirty(mr, addr, size, DIRTY_CLIENTS_ALL);
}

const MemoryRegionOps region_ram_device_ops = {
    .read = ram_device_read,
    .write = ram_device_write,
    .endianness = DEVICE_HOST_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};
