/* SPDX-License-Identifier: MIT
 *
 * Makes guests (see guest.h): lays out their ranges and chooses the addresses.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "guest.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
    SIZE = 0x10000,
    MEDIUM_SIZE = 0x100000,
    DISTANCE = 0x200000,
    WINDOW = 256,
    PAGE = 0x1000,
    CALLBACKS = 16
};

static void *must(void *ptr)
{
    if (!ptr) {
        abort();
    }
    return ptr;
}

/* ---- Devices ---------------------------------------------------------------------------- *
 *
 * The callbacks do nothing, but they are different functions: so the processor cannot predict which
 * one is called. */

#define CALLBACK(n)                                                                               \
    static uint64_t read_##n(void *opaque, uint64_t offset, unsigned size)                        \
    {                                                                                             \
        (void)opaque, (void)size;                                                                 \
        return offset + (n);                                                                      \
    }

/* clang-format off */
CALLBACK(0) CALLBACK(1) CALLBACK(2) CALLBACK(3) CALLBACK(4) CALLBACK(5) CALLBACK(6) CALLBACK(7)
CALLBACK(8) CALLBACK(9) CALLBACK(10) CALLBACK(11) CALLBACK(12) CALLBACK(13) CALLBACK(14)
CALLBACK(15)

static GuestRead *const callbacks[CALLBACKS] = {
    read_0, read_1, read_2, read_3, read_4, read_5, read_6, read_7, read_8, read_9, read_10,
    read_11, read_12, read_13, read_14, read_15,
};
/* clang-format on */

/* ---- A PC ------------------------------------------------------------------------------- *
 *
 * The memory of a q35 machine with four virtio devices after its firmware has set it up. The
 * weights are those of a virtio guest: most accesses go to rings and buffers, some to doorbells,
 * few elsewhere. */

typedef struct Part {
    uint64_t base, size;
    bool is_ram;
    unsigned weight; /* in 1,000; a range smaller than an access has none */
} Part;

/* clang-format off */
#define VIRTIO(base)                                                           \
    { (base), 0x1000, false, 1 },          /* common */                        \
    { (base) + 0x1000, 0x1000, false, 4 }, /* interrupt status */              \
    { (base) + 0x2000, 0x1000, false, 1 }, /* the device's own registers */    \
    { (base) + 0x3000, 0x1000, false, 14 } /* doorbells */

static const Part pc[] = {
    { 0, 0xa0000, true, 5 },
    { 0xa0000, 0x20000, false, 1 },
    { 0xc0000, 0xb000, true, 0 },
    { 0xcb000, 0x3000, true, 0 },
    { 0xce000, 0x1a000, true, 0 },
    { 0xe8000, 0x8000, true, 1 },
    { 0xf0000, 0x10000, true, 1 },
    { 0x100000, 0x7ff00000, true, 400 },    /* 2 GiB of RAM below 4 GiB ... */
    { 0xb0000000, 0x10000000, false, 2 },   /* configuration space */
    { 0xfd000000, 0x1000000, true, 20 },    /* a frame buffer */
    VIRTIO(0xfe000000),
    VIRTIO(0xfe004000),
    VIRTIO(0xfe008000),
    VIRTIO(0xfe00c000),
    { 0xfe800000, 0x40, false, 1 },         /* tables of interrupts */
    { 0xfe800800, 8, false, 0 },
    { 0xfe801000, 0x40, false, 1 },
    { 0xfe801800, 8, false, 0 },
    { 0xfe802000, 0x40, false, 1 },
    { 0xfe802800, 8, false, 0 },
    { 0xfe803000, 0x40, false, 1 },
    { 0xfe803800, 8, false, 0 },
    { 0xfeb80000, 0x20000, false, 5 },
    { 0xfebd0000, 0x50, false, 1 },
    { 0xfebd2000, 8, false, 0 },
    { 0xfebd4000, 0x180, false, 0 },        /* a display adapter's registers */
    { 0xfebd4180, 0x280, false, 0 },
    { 0xfebd4400, 0x20, false, 0 },
    { 0xfebd4420, 0xe0, false, 0 },
    { 0xfebd4500, 0x16, false, 1 },
    { 0xfebd4516, 0xea, false, 0 },
    { 0xfebd4600, 8, false, 0 },
    { 0xfebd4608, 0x9f8, false, 0 },
    { 0xfebd5000, 0x1000, false, 5 },
    { 0xfebd6000, 1, false, 0 },
    { 0xfebd6001, 1, false, 0 },
    { 0xfebd6002, 6, false, 0 },
    { 0xfec00000, 0x1000, false, 10 },      /* interrupt controllers and timers */
    { 0xfed00000, 0x400, false, 10 },
    { 0xfed1c000, 0x4000, false, 1 },
    { 0xfee00000, 0x100000, false, 20 },
    { 0xfffc0000, 0x40000, true, 2 },
    { 0x100000000, 0x80000000, true, 430 }, /* ... and 2 GiB above */
};
/* clang-format on */

enum { PC_PARTS = sizeof(pc) / sizeof(pc[0]) };

/* ---- Ranges ------------------------------------------------------------------------------ */

static bool is_ram(GuestShape shape, unsigned long i)
{
    return shape == GUEST_RAM || shape == GUEST_MEDIUM || (shape == GUEST_MIXED && i % 2 == 0);
}

static Part part_of(GuestShape shape, unsigned long i)
{
    switch (shape) {
    case GUEST_FLAT:
        return (Part){ UINT64_C(4) << 30, UINT64_C(4) << 30, true, 1 };
    case GUEST_PC:
        return pc[i];
    default:
        return (Part){ (uint64_t)i * DISTANCE, shape == GUEST_MEDIUM ? MEDIUM_SIZE : SIZE,
                       is_ram(shape, i), 1 };
    }
}

static unsigned long count_parts(GuestShape shape, unsigned long ranges)
{
    return shape == GUEST_FLAT ? 1 : shape == GUEST_PC ? PC_PARTS : ranges;
}

/* The host only reserves the memory. A page takes host memory once it is written. */
static void reserve_memory(Guest *guest, GuestShape shape)
{
    for (unsigned long i = 0; i < guest->ranges; i++) {
        const Part part = part_of(shape, i);
        guest->memory_size += part.is_ram ? part.size : 0;
    }
    guest->memory_size += PAGE;
    guest->memory = mmap(NULL, guest->memory_size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (guest->memory == MAP_FAILED) {
        abort();
    }
}

static void lay_out(Guest *guest, GuestShape shape)
{
    uint8_t *host = guest->memory;

    for (unsigned long i = 0; i < guest->ranges; i++) {
        const Part part = part_of(shape, i);
        guest->range[i] = (GuestRange){ .base = part.base, .size = part.size };
        if (part.is_ram) {
            guest->range[i].host = host;
            host += part.size;
        } else {
            guest->range[i].read = callbacks[i % CALLBACKS];
        }
    }
}

/* ---- Addresses --------------------------------------------------------------------------- */

/* bench_random() would not do: its low bits repeat after a few hundred numbers, and a branch
 * predictor learns that. */
static uint64_t random_below(uint64_t *state, uint64_t limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state >> 16) % limit;
}

/* Picks a part with a probability that is proportional to its weight. */
static unsigned long choose_part(uint64_t *random)
{
    unsigned long i = 0;
    uint64_t left = 0;

    for (unsigned p = 0; p < PC_PARTS; p++) {
        left += pc[p].weight;
    }
    for (left = random_below(random, left); left >= pc[i].weight; i++) {
        left -= pc[i].weight;
    }
    return i;
}

static uint64_t choose_offset(const GuestRange *range, GuestShape shape, uint64_t *random)
{
    const bool any_page = shape >= GUEST_MEDIUM && range->size > PAGE;
    const uint64_t window = any_page ? PAGE : range->size < WINDOW ? range->size : WINDOW;
    const uint64_t page = any_page ? random_below(random, range->size / PAGE) * PAGE : 0;

    return (page + random_below(random, window)) & ~UINT64_C(3);
}

static void choose_addresses(Guest *guest, GuestShape shape)
{
    uint64_t random = 7;

    for (unsigned i = 0; i < GUEST_PLACES; i++) {
        const unsigned long r = shape == GUEST_PC ? choose_part(&random)
                                                  : random_below(&random, guest->ranges);
        const GuestRange *range = &guest->range[r];
        guest->range_of[i] = range;
        guest->address[i] = range->base + choose_offset(range, shape, &random);
    }
}

/* Writes to each page that is accessed. Otherwise all of them would be the host's one page of
 * zeroes. */
static void touch_memory(const Guest *guest)
{
    for (unsigned i = 0; i < GUEST_PLACES; i++) {
        const GuestRange *range = guest->range_of[i];
        if (range->host) {
            ((volatile uint8_t *)range->host)[guest->address[i] - range->base] = 0;
        }
    }
}

/* ---- All of it --------------------------------------------------------------------------- */

Guest *guest_make(GuestShape shape, unsigned long ranges)
{
    Guest *guest = must(calloc(1, sizeof(*guest)));

    guest->lockless = shape == GUEST_LOCKLESS;
    guest->ranges = count_parts(shape, ranges);
    guest->range = must(calloc(guest->ranges, sizeof(*guest->range)));
    guest->address = must(calloc(GUEST_PLACES, sizeof(*guest->address)));
    guest->range_of = must(calloc(GUEST_PLACES, sizeof(*guest->range_of)));
    guest->block = must(aligned_alloc(PAGE, PAGE));
    reserve_memory(guest, shape);
    lay_out(guest, shape);
    choose_addresses(guest, shape);
    touch_memory(guest);
    return guest;
}

void guest_free(Guest *guest)
{
    munmap(guest->memory, guest->memory_size);
    free(guest->block);
    free(guest->range);
    free(guest->address);
    free(guest->range_of);
    free(guest);
}
