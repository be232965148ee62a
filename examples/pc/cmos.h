/* SPDX-License-Identifier: MIT
 *
 * The clock chip with its battery-backed memory, where firmware finds how much RAM there is. The
 * time is the host's, in UTC, and cannot be set. The chip raises no interrupts.
 */
#ifndef PC_CMOS_H
#define PC_CMOS_H

#include <physmem/physmem.h>

#define CMOS_BYTES 128

typedef struct Cmos {
    MemoryRegion mr; /* two ports: index, data */
    uint8_t index;
    uint8_t bytes[CMOS_BYTES];
} Cmos;

/* Makes the chip. ram_low is the number of bytes of RAM below 4 GiB, ram_high of those above. */
void cmos_init(Cmos *cmos, uint64_t ram_low, uint64_t ram_high, unsigned cpus);

#endif
