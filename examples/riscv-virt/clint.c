/* SPDX-License-Identifier: MIT
 *
 * The three registers of the core-local interruptor for one hart. 'impl' asks for accesses of 4 or
 * 8 bytes; the library widens and splits the guest's accesses.
 */
#include "clint.h"

#define REG_SOFTWARE_INTERRUPT 0x0
#define REG_COMPARE 0x4000
#define REG_TIME 0xbff8

/* The part of a 64-bit register that an access of 4 or 8 bytes at offset 0 or 4 reads. */
static uint64_t part_of(uint64_t value, hwaddr offset)
{
    return value >> (offset * 8);
}

static uint64_t with_part(uint64_t old, hwaddr offset, uint64_t data, unsigned size)
{
    uint64_t mask = (size == 8 ? ~(uint64_t)0 : 0xffffffff) << (offset * 8);

    return (old & ~mask) | (data << (offset * 8) & mask);
}

static uint64_t clint_read(void *opaque, hwaddr addr, unsigned size)
{
    Clint *clint = opaque;

    (void)size;
    switch (addr & ~(hwaddr)7) {
    case REG_SOFTWARE_INTERRUPT:
        return (addr & 7) ? 0 : clint->software_interrupt;
    case REG_COMPARE:
        return part_of(clint->compare, addr & 7);
    case REG_TIME:
        clint->time += CLINT_TICKS_PER_LOOK;
        return part_of(clint->time, addr & 7);
    default:
        return 0;
    }
}

static void clint_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Clint *clint = opaque;

    switch (addr & ~(hwaddr)7) {
    case REG_SOFTWARE_INTERRUPT:
        clint->software_interrupt = (addr & 7) ? clint->software_interrupt : (data & 1);
        break;
    case REG_COMPARE:
        clint->compare = with_part(clint->compare, addr & 7, data, size);
        break;
    case REG_TIME:
        clint->time = with_part(clint->time, addr & 7, data, size);
        break;
    default:
        break;
    }
}

static const MemoryRegionOps clint_ops = {
    .read = clint_read,
    .write = clint_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
};

void clint_init(Clint *clint)
{
    *clint = (Clint){ .compare = UINT64_MAX };
    memory_region_init_io(&clint->region, NULL, &clint_ops, clint, "clint", CLINT_SIZE);
}
