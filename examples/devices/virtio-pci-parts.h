/* SPDX-License-Identifier: MIT
 *
 * What the files of virtio over PCI share: virtio-pci-registers.c has the registers,
 * virtio-pci-io.c the thread and the interrupts, and virtio-pci.c makes the function of them.
 */
#ifndef DEVICES_VIRTIO_PCI_PARTS_H
#define DEVICES_VIRTIO_PCI_PARTS_H

#include "virtio-pci.h"

/* virtio-pci-registers.c: the callbacks of the regions VIRTIO_PCI_AT_*, with the VirtioPci as
 * opaque. */
extern const MemoryRegionOps virtio_pci_ops[VIRTIO_PCI_REGIONS];

/* virtio-pci-io.c: make and end the notifiers. */
bool virtio_pci_open_notifiers(VirtioPci *pci, Error **errp);
void virtio_pci_close_notifiers(VirtioPci *pci);

/* virtio-pci-io.c: raises the interrupt, because there is a new cause. Called without locks. */
void virtio_pci_raise(void *opaque);

/* virtio-pci-io.c: sets the pin as the causes of interrupt say; false while there is an irqfd.
 * With the context's lock. */
void virtio_pci_update_pin(VirtioPci *pci);

/* virtio-pci-io.c: connects the irqfd with the input that the pin is wired to now. With the
 * context's lock. */
void virtio_pci_rerouted(PciFunction *function);

/* virtio-pci-io.c: disconnects the irqfd. With the context's lock. */
void virtio_pci_disconnect(VirtioPci *pci);

#endif
