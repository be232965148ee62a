/* SPDX-License-Identifier: MIT
 *
 * A device that records the callbacks it gets, in a machine of its own, and the accesses that the
 * tests make to it through the library.
 */
#ifndef TESTS_ACCESS_TABLE_DEVICE_H
#define TESTS_ACCESS_TABLE_DEVICE_H

#include "../support.h"
#include "model.h"

/* The form of a single access: in the machine's own byte order or in a fixed one. */
typedef enum Order { ORDER_CPU, ORDER_LITTLE, ORDER_BIG, ORDERS } Order;

typedef struct Device {
    MemoryRegion mr; /* first: the machine frees it */
    Rules rules;     /* may be changed between accesses */
    AddressSpace *as;
    Outcome heard;
} Device;

/* Makes the options of a machine, and its device. The rules agree with the machine and allow as
 * much as possible otherwise: little endian, 1 to 8 bytes, aligned. */
MemoryContextOptions device_machine(bool big_target, bool faithful);
Device *device_on(Machine *m, const MemoryContextOptions *machine);

static inline bool call_same(const Call *a, const Call *b)
{
    return a->offset == b->offset && a->size == b->size && a->value == b->value;
}

Outcome play_single(Device *d, Order order, hwaddr offset, unsigned size, bool is_write,
                    const uint8_t *data);
Outcome play_block(Device *d, hwaddr offset, unsigned len, bool is_write, const uint8_t *data);

#endif
