/* SPDX-License-Identifier: MIT
 *
 * The board's PCI host, with one bus. The guest reaches configuration space through one large
 * device region (ECAM). The bus has containers for its memory and its ports, and the board shows
 * parts of them through windows.
 */
#ifndef RISCV_VIRT_PCI_HOST_H
#define RISCV_VIRT_PCI_HOST_H

#include "../devices/pci.h"

#define PCI_PORTS 0x10000

typedef struct PciHost {
    MemoryRegion ecam;
    MemoryRegion memory; /* 4 GiB of PCI memory addresses */
    MemoryRegion ports;
    PciBus bus;
    PciFunction bridge; /* slot 0 */
} PciHost;

/* Makes the host, with its bridge function in slot 0. */
void pci_host_init(PciHost *host, uint64_t ecam_size);

#endif
