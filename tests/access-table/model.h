/* SPDX-License-Identifier: MIT
 *
 * Says what an access to a device must do: which callbacks it makes with which values, and what
 * the guest gets. The model follows the specification (10.2, 14.1 to 14.3) and what
 * docs/differences.md says of D1, D9 and R16. It shares no idea with the library, which splits an
 * access into pieces: the model asks for each byte of the access to which callback it belongs.
 */
#ifndef TESTS_ACCESS_TABLE_MODEL_H
#define TESTS_ACCESS_TABLE_MODEL_H

#include <physmem/physmem.h>

/* The region's size is a multiple of all access sizes. Nothing is mapped after it. */
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
    uint64_t value; /* what is written, in the device's byte order; 0 for a read */
} Call;

typedef struct Outcome {
    unsigned calls;
    Call call[MAX_CALLS];
    uint8_t got[MAX_BYTES]; /* what a read returns, in the order of addresses; 0 for a write */
    MemTxResult result;
} Outcome;

/* The byte that the device's register at 'offset' holds. */
uint8_t register_byte(hwaddr offset);

/* Makes a number of 'size' bytes at consecutive addresses. */
uint64_t number_of(const uint8_t *byte, unsigned size, bool big_endian);

bool rules_big_device(const Rules *r);

/* Models a load or store of 1, 2, 4 or 8 bytes, or a block transfer of 1 to 8. 'data' is what is
 * written. */
Outcome model_single(const Rules *r, hwaddr offset, unsigned size, bool is_write,
                     const uint8_t *data);
Outcome model_block(const Rules *r, hwaddr offset, unsigned len, bool is_write,
                    const uint8_t *data);

#endif
