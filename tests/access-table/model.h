/* SPDX-License-Identifier: MIT
 *
 * What an access to a device is expected to do: which callbacks it makes, with which values, and
 * what the guest gets. The model is made from the specification (10.2, 14.1 to 14.3) and from what
 * docs/differences.md says of D1, D9 and R16. It thinks in bytes: it asks of each byte of an
 * access to which callback it belongs. The library thinks in numbers and pieces; they share
 * nothing.
 */
#ifndef TESTS_ACCESS_TABLE_MODEL_H
#define TESTS_ACCESS_TABLE_MODEL_H

#include <physmem/physmem.h>

/* The device's region ends where all aligned units do; behind it is nothing. */
enum { DEVICE_BYTES = 0x20, MAX_CALLS = 16, MAX_BYTES = 8 };

/* One device in one machine. */
typedef struct Rules {
    MemoryRegionOps ops; /* byte order, valid, impl */
    bool big_target;
    bool faithful; /* MEMORY_QUIRK_IMPL_UNALIGNED */
} Rules;

typedef struct Call {
    hwaddr offset;
    unsigned size;
    uint64_t value; /* written, in the device's order; of a read 0 */
} Call;

typedef struct Outcome {
    unsigned calls;
    Call call[MAX_CALLS];
    uint8_t got[MAX_BYTES]; /* by a read, in the order of addresses; of a write 0 */
    MemTxResult result;
} Outcome;

/* What the device's register at an offset holds. */
uint8_t register_byte(hwaddr offset);

/* The number that 'size' bytes at consecutive addresses are. */
uint64_t number_of(const uint8_t *byte, unsigned size, bool big_endian);

bool rules_big_device(const Rules *r);

/* A load or store of 1, 2, 4 or 8 bytes; a block of 1 to 8. 'data' is what is written. */
Outcome model_single(const Rules *r, hwaddr offset, unsigned size, bool is_write,
                     const uint8_t *data);
Outcome model_block(const Rules *r, hwaddr offset, unsigned len, bool is_write,
                    const uint8_t *data);

#endif
