/* SPDX-License-Identifier: MIT
 *
 * The platform-level interrupt controller, for one context (the hart's machine mode). It
 * interrupts nobody, because the boot loader polls. But a guest can set it up, and read what is
 * pending.
 */
#ifndef RISCV_VIRT_PLIC_H
#define RISCV_VIRT_PLIC_H

#include <physmem/physmem.h>

#define PLIC_SIZE 0x600000
#define PLIC_SOURCES 31

typedef struct Plic {
    MemoryRegion region;
    uint32_t priority[PLIC_SOURCES + 1];
    uint32_t pending; /* a bit for each source; source 0 does not exist */
    uint32_t claimed;
    uint32_t enabled;
    uint32_t threshold;
} Plic;

void plic_init(Plic *plic);

/* Makes the interrupt of a source pending. */
void plic_raise(Plic *plic, unsigned source);

#endif
