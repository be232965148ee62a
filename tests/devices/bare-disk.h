/* SPDX-License-Identifier: MIT
 *
 * A virtio disk of the example machines without a transport, on 256 KiB of RAM. The test is its
 * driver and does what a guest would do with the registers and the ring.
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
    SIZE = 16, /* entries of the ring */
    NO_STATUS = 0xee,
};
#define DISK_BYTES ((uint64_t)SECTORS * DISK_SECTOR)
#define VERSION_1 ((uint64_t)1 << VIRTIO_F_VERSION_1)

typedef struct Stage {
    MemoryRegion *root;
    MemoryRegion *ram;
    AddressSpace *as;
    uint8_t *bytes; /* of the disk: each comes from its place and its sector's number */
    Disk disk;
    VirtioBlk blk;
    Ring ring;
    unsigned interrupts;
} Stage;

/* stage_open() makes RAM and a disk that is not connected, so that the test may choose another
 * disk. connect_disk() connects it and lets the driver begin. stage_setup() does both. */
void stage_open(Stage *s, Machine *m);
void connect_disk(Stage *s);
void stage_setup(Stage *s, Machine *m);
void stage_end(Stage *s);

/* Does what a driver does first; also begins anew. */
void start_driver(Stage *s);
void accept_features(Stage *s, uint64_t features);

/* The callback for virtio_connect(): counts interrupts. */
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

/* Serves all requests, then returns the status byte and the length in the used ring, as "0
 * 513". */
char *outcome(Stage *s);
#define assert_outcome(s, want)                                                                   \
    do {                                                                                          \
        g_autofree char *outcome_now = outcome(s);                                                \
        g_assert_cmpstr(outcome_now, ==, want);                                                   \
    } while (0)

/* Makes a request of any buffers and checks its outcome. */
#define assert_request(s, want, ...)                                                              \
    do {                                                                                          \
        const Buffer buffers[] = { __VA_ARGS__ };                                                 \
        offer(s, buffers, G_N_ELEMENTS(buffers));                                                 \
        assert_outcome(s, want);                                                                  \
    } while (0)

/* Makes a request of a header, one data buffer and a status, and checks its outcome. */
void assert_plain(Stage *s, uint32_t type, uint64_t sector, hwaddr address, uint32_t length,
                  const char *want);

#endif
