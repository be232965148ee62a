/* SPDX-License-Identifier: MIT
 *
 * The guests that libphysmem and its peers are compared on: ranges of memory and devices, and the
 * addresses that are accessed in them. Every contender (contest.h) shows the same ranges, backed by
 * the same host memory, and accesses the same addresses in the same order. A guest knows nothing of
 * libraries.
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/* Addresses of a guest, a power of two. There are too many for a branch predictor to learn. */
enum { GUEST_PLACES = 16384 };

typedef uint64_t GuestRead(void *opaque, uint64_t offset, unsigned size);

/* bench/peer-vm-memory/lib.rs has the same structure. */
typedef struct GuestRange {
    uint64_t base;
    uint64_t size;
    uint8_t *host;   /* NULL: a device */
    GuestRead *read; /* the callback of a device */
} GuestRange;

typedef enum GuestShape {
    GUEST_RAM,      /* N ranges of 64 KiB at a distance of 2 MiB */
    GUEST_DEVICES,  /* the same, but devices, with 16 different callbacks */
    GUEST_LOCKLESS, /* the same; the devices do their own locking */
    GUEST_MIXED,    /* the same; RAM and devices in turn */
    GUEST_MEDIUM,   /* N ranges of 1 MiB of RAM, in which every page is as likely */
    GUEST_FLAT,     /* 4 GiB of RAM, in which every page is as likely */
    GUEST_PC,       /* a PC with virtio devices, accessed as such a guest does */
} GuestShape;

typedef struct Guest {
    bool lockless;        /* the devices do their own locking */
    unsigned long ranges; /* in ascending order, with gaps */
    GuestRange *range;
    uint64_t *address;           /* GUEST_PLACES of them, aligned by 4 */
    const GuestRange **range_of; /* the range of each address */
    uint8_t *block;              /* 4 KiB at a page of their own, for what is read */
    uint8_t *memory;
    uint64_t memory_size;
} Guest;

/* 'ranges' is the N of the first five shapes. All memory reads as 0. */
Guest *guest_make(GuestShape shape, unsigned long ranges);
void guest_free(Guest *guest);

#endif
