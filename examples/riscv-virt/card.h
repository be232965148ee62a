/* SPDX-License-Identifier: MIT
 *
 * A PCI card with memory (BAR 0), registers (BAR 1) and ports (BAR 2), which the guest can move.
 */
#ifndef RISCV_VIRT_CARD_H
#define RISCV_VIRT_CARD_H

#include "../devices/pci.h"

#define CARD_VENDOR 0x1234
#define CARD_DEVICE 0x5678
#define CARD_MEMORY_SIZE 0x10000
#define CARD_REGISTERS_SIZE 0x1000
#define CARD_PORTS_SIZE 0x100
#define CARD_MAGIC 0x64726163

enum { CARD_BAR_MEMORY, CARD_BAR_REGISTERS, CARD_BAR_PORTS };

typedef struct Card {
    PciFunction function;
    MemoryRegion memory;
    MemoryRegion registers;
    MemoryRegion ports;
    uint32_t scratch; /* one word that registers and ports both show */
} Card;

/* Makes the card. Returns false and an error if memory is exhausted. */
bool card_init(Card *card, Error **errp);

#endif
