/* SPDX-License-Identifier: MIT
 *
 * A virtio disk of the example machines without a transport, on RAM of 256 KiB, and its driver:
 * what a guest does with registers and the ring, done by the test.
 */
#ifndef TESTS_DEVICES_BARE_DISK_H
#define TESTS_DEVICES_BARE_DISK_H

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "../../examples/devices/virtio-blk.h"
#include "ring.h"

enum {
    RAM_SIZE = 0x40000,
    RING = 0x1000,
    HEADER = 0x2000,
    STATUS = 0x2800,
    DATA = 0x4000,
    SECTORS = 64,
    SIZE = 16, /* of the ring */
    NO_STATUS = 0xee,
};
#define DISK_BYTES ((uint64_t)SECTORS * DISK_SECTOR)
#define VERSION_1 ((uint64_t)1 << VIRTIO_F_VERSION_1)

typedef struct Stage {
    MemoryRegion *root;
    MemoryRegion *ram;
    AddressSpace *as;
    uint8_t *bytes; /* of the disk: each is its place and the number of its sector */
    Disk disk;
    VirtioBlk blk;
    Ring ring;
    unsigned interrupts;
} Stage;

/* RAM and a disk that is not connected, so that the test may choose another one; connects it and
 * brings the driver up; both. */
void stage_open(Stage *s, Machine *m);
void connect_disk(Stage *s);
void stage_setup(Stage *s, Machine *m);
void stage_end(Stage *s);

/* What a driver does first, also to begin anew. */
void start_driver(Stage *s);
void accept_features(Stage *s, uint64_t features);

/* For virtio_connect(): counts. */
void count_interrupt(void *stage);

/* ---- Requests --------------------------------------------------------------------------- */

typedef struct Buffer {
    hwaddr address;
    uint32_t length;
    bool writable;
} Buffer;

uint8_t *guest(Stage *s, hwaddr address);
void put_header(Stage *s, uint32_t type, uint64_t sector);
void offer(Stage *s, const Buffer *buffers, unsigned count);

/* Serves all, then: the status byte and the length in the used ring, "0 513". */
char *outcome(Stage *s);
#define assert_outcome(s, want)                                                                   \
    do {                                                                                          \
        g_autofree char *outcome_now = outcome(s);                                                \
        g_assert_cmpstr(outcome_now, ==, want);                                                   \
    } while (0)

/* A request with any buffers. */
#define assert_request(s, want, ...)                                                              \
    do {                                                                                          \
        const Buffer buffers[] = { __VA_ARGS__ };                                                 \
        offer(s, buffers, G_N_ELEMENTS(buffers));                                                 \
        assert_outcome(s, want);                                                                  \
    } while (0)

/* One with a header, one buffer of data, and a status. */
void assert_plain(Stage *s, uint32_t type, uint64_t sector, hwaddr address, uint32_t length,
                  const char *want);

#endif
