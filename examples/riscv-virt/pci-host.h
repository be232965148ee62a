/* SPDX-License-Identifier: MIT
 *
 * The board's PCI host: one bus, whose configuration space the guest reaches through one big device
 * region (ECAM). Memory and ports of the bus are containers of their own, of which the board shows
 * windows.
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

/* The host with its own bridge function in slot 0. */
void pci_host_init(PciHost *host, uint64_t ecam_size);

#endif
