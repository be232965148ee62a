/* SPDX-License-Identifier: MIT
 *
 * A PCI host with one bus, and functions on it. The guest reaches configuration space through one
 * big device region (ECAM); memory and ports of the bus are containers of their own, of which the
 * board shows windows. A function's BARs are regions that come, move and go in these containers as
 * the guest programs them.
 */
#ifndef RISCV_VIRT_PCI_H
#define RISCV_VIRT_PCI_H

#include "counted.h"

#define PCI_CONFIG_SIZE 256
#define PCI_BARS 6
#define PCI_SLOTS 32
#define PCI_PORTS 0x10000

typedef struct PciBar {
    MemoryRegion *region; /* NULL: no such BAR */
    uint64_t size;        /* a power of two */
    bool ports;
    bool shown;
} PciBar;

typedef struct PciFunction {
    uint8_t config[PCI_CONFIG_SIZE];
    PciBar bars[PCI_BARS];
    struct PciHost *host;
    uint64_t moves; /* times that a BAR was written */
} PciFunction;

typedef struct PciHost {
    CountedRegion ecam;
    MemoryRegion memory; /* 4 GiB of PCI memory addresses */
    MemoryRegion ports;
    PciFunction bridge;  /* slot 0 */
    PciFunction *slots[PCI_SLOTS];
} PciHost;

/* The host with its own bridge function in slot 0. */
void pci_host_init(PciHost *host, uint64_t ecam_size);

/* Fills in the identity of a function, gives it a BAR, puts it into a slot. */
void pci_function_init(PciFunction *function, uint16_t vendor, uint16_t device, uint32_t class);
void pci_function_add_bar(PciFunction *function, unsigned index, MemoryRegion *region, bool ports);
void pci_host_plug(PciHost *host, unsigned slot, PciFunction *function);

/* Takes all BARs off the bus. */
void pci_host_reset(PciHost *host);

/* Where a BAR lies now; false if nowhere. */
bool pci_bar_address(const PciFunction *function, unsigned index, hwaddr *address);

#endif
