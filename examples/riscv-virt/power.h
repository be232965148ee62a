/* SPDX-License-Identifier: MIT
 *
 * The test and power device. The guest writes a magic word to it to switch the power off, to
 * report a failure, or to reset the board.
 */
#ifndef RISCV_VIRT_POWER_H
#define RISCV_VIRT_POWER_H

#include <physmem/physmem.h>

#define POWER_SIZE 0x1000
#define POWER_OFF 0x5555
#define POWER_FAIL 0x3333
#define POWER_RESET 0x7777

/* Takes what the guest has asked for: POWER_OFF, POWER_FAIL or POWER_RESET, and a code of the
 * guest's. */
typedef void PowerFunc(void *opaque, uint16_t what, uint16_t code);

typedef struct Power {
    MemoryRegion region;
    PowerFunc *func; /* called in the guest's store */
    void *func_opaque;
} Power;

void power_init(Power *power, PowerFunc *func, void *opaque);

#endif
