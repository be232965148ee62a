/* SPDX-License-Identifier: MIT
 *
 * Between the files of virtio over PCI: the registers, the thread with the interrupts, and
 * virtio-pci.c, which puts them together.
 */
#ifndef DEVICES_VIRTIO_PCI_PARTS_H
#define DEVICES_VIRTIO_PCI_PARTS_H

#include "virtio-pci.h"

/* virtio-pci-registers.c: what is at VIRTIO_PCI_AT_*, with the VirtioPci as opaque. */
extern const MemoryRegionOps virtio_pci_ops[VIRTIO_PCI_REGIONS];

/* virtio-pci-io.c, as what follows. */
bool virtio_pci_open_notifiers(VirtioPci *pci, Error **errp);
void virtio_pci_close_notifiers(VirtioPci *pci);

/* There is a new cause of interrupt; without locks. */
void virtio_pci_raise(void *opaque);

/* The causes have changed, or whether the pin says so. Context's lock held, as for what follows. */
void virtio_pci_update_pin(VirtioPci *pci);

/* The pin may lead elsewhere now; nowhere. */
void virtio_pci_rerouted(PciFunction *function);
void virtio_pci_disconnect(VirtioPci *pci);

#endif
