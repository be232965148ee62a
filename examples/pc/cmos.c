/* SPDX-License-Identifier: MIT
 *
 * The clock chip: time of day in the first registers, memory sizes where firmware expects them.
 */
#include "cmos.h"

#include <time.h>

#include "map.h"

enum {
    CMOS_SECONDS = 0x00,
    CMOS_MINUTES = 0x02,
    CMOS_HOURS = 0x04,
    CMOS_WEEKDAY = 0x06,
    CMOS_DAY = 0x07,
    CMOS_MONTH = 0x08,
    CMOS_YEAR = 0x09,
    CMOS_STATUS_A = 0x0a,
    CMOS_STATUS_B = 0x0b,
    CMOS_STATUS_C = 0x0c,
    CMOS_STATUS_D = 0x0d,
    CMOS_BASE_MEMORY = 0x15,     /* KiB, 16 bits */
    CMOS_EXTENDED_MEMORY = 0x17, /* KiB above 1 MiB, 16 bits; also at 0x30 */
    CMOS_EXTENDED_MEMORY_2 = 0x30,
    CMOS_CENTURY = 0x32,
    CMOS_RAM_LOW = 0x34,  /* 64 KiB units above 16 MiB, 16 bits */
    CMOS_RAM_HIGH = 0x5b, /* 64 KiB units above 4 GiB, 24 bits */
    CMOS_OTHER_CPUS = 0x5f,
};

#define STATUS_A_UPDATING 0x80
#define STATUS_A_RATE 0x26
#define STATUS_B_BINARY 0x04
#define STATUS_B_24_HOURS 0x02
#define STATUS_D_VALID 0x80
#define UPDATE_NS 244000 /* the chip reports an update for this time before a new second */

/* ---- Time ------------------------------------------------------------------------------- */

static uint8_t encode(const Cmos *cmos, int value)
{
    if (cmos->bytes[CMOS_STATUS_B] & STATUS_B_BINARY) {
        return (uint8_t)value;
    }
    return (uint8_t)(value / 10 << 4 | value % 10);
}

/* In the mode with hours from 1 to 12, bit 7 means afternoon. */
static uint8_t encode_hour(const Cmos *cmos, int hour)
{
    if (cmos->bytes[CMOS_STATUS_B] & STATUS_B_24_HOURS) {
        return encode(cmos, hour);
    }
    return encode(cmos, (hour + 11) % 12 + 1) | (hour >= 12 ? 0x80 : 0);
}

static uint8_t read_time(const Cmos *cmos, unsigned index)
{
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    switch (index) {
    case CMOS_SECONDS:
        return encode(cmos, tm.tm_sec);
    case CMOS_MINUTES:
        return encode(cmos, tm.tm_min);
    case CMOS_HOURS:
        return encode_hour(cmos, tm.tm_hour);
    case CMOS_WEEKDAY:
        return encode(cmos, tm.tm_wday + 1);
    case CMOS_DAY:
        return encode(cmos, tm.tm_mday);
    case CMOS_MONTH:
        return encode(cmos, tm.tm_mon + 1);
    case CMOS_YEAR:
        return encode(cmos, tm.tm_year % 100);
    default:
        return encode(cmos, tm.tm_year / 100 + 19);
    }
}

static bool updating(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_nsec > 1000000000 - UPDATE_NS;
}

/* ---- Ports ------------------------------------------------------------------------------ */

static bool is_time(unsigned index)
{
    switch (index) {
    case CMOS_SECONDS:
    case CMOS_MINUTES:
    case CMOS_HOURS:
    case CMOS_WEEKDAY:
    case CMOS_DAY:
    case CMOS_MONTH:
    case CMOS_YEAR:
    case CMOS_CENTURY:
        return true;
    default:
        return false;
    }
}

/* The index port cannot be read. */
static uint64_t cmos_read(void *opaque, hwaddr addr, unsigned size)
{
    const Cmos *cmos = opaque;

    (void)size;
    if (addr == 0) {
        return 0xff;
    }
    if (is_time(cmos->index)) {
        return read_time(cmos, cmos->index);
    }
    if (cmos->index == CMOS_STATUS_A) {
        return cmos->bytes[CMOS_STATUS_A] | (updating() ? STATUS_A_UPDATING : 0);
    }
    return cmos->bytes[cmos->index];
}

static bool writable(unsigned index)
{
    return !is_time(index) && index != CMOS_STATUS_C && index != CMOS_STATUS_D;
}

/* The highest bit of the index switches the non-maskable interrupt, which nothing here raises. */
static void cmos_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Cmos *cmos = opaque;

    (void)size;
    if (addr == 0) {
        cmos->index = data & (CMOS_BYTES - 1);
    } else if (cmos->index == CMOS_STATUS_A) {
        cmos->bytes[CMOS_STATUS_A] = (uint8_t)data & ~STATUS_A_UPDATING;
    } else if (writable(cmos->index)) {
        cmos->bytes[cmos->index] = (uint8_t)data;
    }
}

static const MemoryRegionOps cmos_ops = {
    .read = cmos_read,
    .write = cmos_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

/* ---- What firmware reads ---------------------------------------------------------------- */

static void put(Cmos *cmos, unsigned index, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        cmos->bytes[index + i] = (uint8_t)(value >> (8 * i));
    }
}

/* The number of units of RAM above 'start', up to the most that the register can hold. */
static uint64_t above(uint64_t ram, uint64_t start, uint64_t unit, uint64_t most)
{
    uint64_t units = ram > start ? (ram - start) / unit : 0;

    return units < most ? units : most;
}

void cmos_init(Cmos *cmos, uint64_t ram_low, uint64_t ram_high, unsigned cpus)
{
    *cmos = (Cmos){ .index = 0 };
    cmos->bytes[CMOS_STATUS_A] = STATUS_A_RATE;
    cmos->bytes[CMOS_STATUS_B] = STATUS_B_24_HOURS;
    cmos->bytes[CMOS_STATUS_D] = STATUS_D_VALID;
    put(cmos, CMOS_BASE_MEMORY, 640, 2);
    put(cmos, CMOS_EXTENDED_MEMORY, above(ram_low, MiB, 1024, 0xffff), 2);
    put(cmos, CMOS_EXTENDED_MEMORY_2, above(ram_low, MiB, 1024, 0xffff), 2);
    put(cmos, CMOS_RAM_LOW, above(ram_low, 16 * MiB, 0x10000, 0xffff), 2);
    put(cmos, CMOS_RAM_HIGH, above(ram_high, 0, 0x10000, 0xffffff), 3);
    put(cmos, CMOS_OTHER_CPUS, cpus - 1, 1);
    memory_region_init_io(&cmos->mr, NULL, &cmos_ops, cmos, "cmos", 2);
}
