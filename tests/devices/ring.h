/* SPDX-License-Identifier: MIT
 *
 * The driver's side of a split virtqueue, for tests: writes descriptors and chains into guest
 * memory and reads what came back. It checks nothing by itself, so a test can also write what no
 * driver should write.
 */
#ifndef TESTS_DEVICES_RING_H
#define TESTS_DEVICES_RING_H

#include "../support.h"

enum { RING_NEXT = 1, RING_WRITE = 2, RING_INDIRECT = 4 };

typedef struct Ring {
    AddressSpace *as;
    hwaddr descriptors;
    hwaddr available;
    hwaddr used;
    uint16_t size;
    uint16_t offered; /* the driver's index */
    uint16_t taken;   /* how many used entries it has read */
} Ring;

/* Makes a ring whose three parts begin at 'base', in the order and with the alignment of the
 * standard. */
Ring ring_at(AddressSpace *as, hwaddr base, uint16_t size);

void ring_describe(Ring *r, uint16_t index, hwaddr address, uint32_t length, uint16_t flags,
                   uint16_t next);
/* Makes the chain available that begins with descriptor 'head'. */
void ring_offer(Ring *r, uint16_t head);
void ring_set_flags(Ring *r, uint16_t flags);

/* Takes the next used entry, as text: "HEAD:LENGTH"; "-" if there is none. */
char *ring_take(Ring *r);
#define assert_used(r, want)                                                                      \
    do {                                                                                          \
        g_autofree char *used_now = ring_take(r);                                                 \
        g_assert_cmpstr(used_now, ==, want);                                                      \
    } while (0)

#endif
