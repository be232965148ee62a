/* SPDX-License-Identifier: MIT
 *
 * Accesses to a RAM device: host memory that is the registers of a physical device. Each access of
 * the guest is one access of the host of the same size at the same place, even if that is
 * unaligned. access/ calls these callbacks as it calls those of any device, so no block is ever
 * copied.
 */
#include "region/ram-device.h"

#include <string.h>

#include "region/region.h"

typedef volatile uint16_t __attribute__((may_alias)) Register16;
typedef volatile uint32_t __attribute__((may_alias)) Register32;
typedef volatile uint64_t __attribute__((may_alias)) Register64;

/* An unaligned access is done as one access, because two halves would be other accesses to the
 * device. A host that cannot do that traps. */
#define UNALIGNED __attribute__((no_sanitize("alignment")))

/* A host of 32 bits has no unaligned access of 8 bytes, so the guest gets two of 4 bytes there. */
static inline bool has_no_access_8(const void *host)
{
    return sizeof(void *) < 8 && (uintptr_t)host % 8;
}

UNALIGNED static uint64_t read_8(const void *host)
{
    if (has_no_access_8(host)) {
        const Register32 *part = host;
        uint32_t parts[2] = { part[0], part[1] };
        uint64_t val;
        memcpy(&val, parts, sizeof(val));
        return val;
    }
    return *(const Register64 *)host;
}

UNALIGNED static void write_8(void *host, uint64_t data)
{
    if (has_no_access_8(host)) {
        Register32 *part = host;
        uint32_t parts[2];
        memcpy(parts, &data, sizeof(parts));
        part[0] = parts[0];
        part[1] = parts[1];
    } else {
        *(Register64 *)host = data;
    }
}

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
        return read_8(host);
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
        write_8(host, data);
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
