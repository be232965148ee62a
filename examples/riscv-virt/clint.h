/* SPDX-License-Identifier: MIT
 *
 * The core-local interruptor: software interrupt, timer and clock of the hart. It has no real
 * clock: time passes when the guest reads it. So each run is the same, and waiting takes no time.
 */
#ifndef RISCV_VIRT_CLINT_H
#define RISCV_VIRT_CLINT_H

#include <physmem/physmem.h>

#define CLINT_SIZE 0x10000
#define CLINT_HZ 10000000
#define CLINT_TICKS_PER_LOOK 20 /* two microseconds */

typedef struct Clint {
    MemoryRegion region;
    uint32_t software_interrupt;
    uint64_t time;
    uint64_t compare;
} Clint;

void clint_init(Clint *clint);

#endif
