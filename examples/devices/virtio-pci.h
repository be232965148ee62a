/* SPDX-License-Identifier: MIT
 *
 * Virtio over PCI (1.x, without the legacy interface): shows a virtio device as a PCI function.
 *
 * A thread of its own serves the queues, and no vCPU waits for it: a write to the notify register
 * is an ioeventfd, which an accelerator takes wherever the guest has put the BAR, and interrupts go
 * through an irqfd if the board's wires have one. Else the function's pin is set, under the
 * context's lock, which is the only time that the thread takes it.
 *
 *     BAR 0   0x0000 common configuration
 *             0x1000 interrupt status
 *             0x2000 the device's configuration
 *             0x3000 notify registers, 4 bytes for each queue
 */
#ifndef DEVICES_VIRTIO_PCI_H
#define DEVICES_VIRTIO_PCI_H

#include "pci.h"
#include "virtio.h"

enum {
    VIRTIO_PCI_AT_COMMON,
    VIRTIO_PCI_AT_ISR,
    VIRTIO_PCI_AT_DEVICE,
    VIRTIO_PCI_AT_NOTIFY,
    VIRTIO_PCI_REGIONS
};
#define VIRTIO_PCI_REGION_SIZE 0x1000
#define VIRTIO_PCI_NOTIFY_STEP 4

typedef struct VirtioPci {
    PciFunction function;
    VirtioDevice *device;
    MemoryContext *context;
    MemoryRegion bar;
    MemoryRegion regions[VIRTIO_PCI_REGIONS];
    unsigned window; /* where the capability for accesses by configuration space lies */

    EventNotifier kick;      /* the driver has added chains */
    EventNotifier interrupt; /* the irqfd */
    EventNotifier resample;  /* the guest has ended the interrupt: is there another cause? */
    EventNotifier stop;
    int input;               /* where the irqfd leads; -1: there is none. Atomic */
    bool running;
    pthread_t thread;
} VirtioPci;

/* What the guest has set; plain data, for saving. */
typedef struct VirtioPciState {
    uint8_t config[PCI_CONFIG_SIZE];
    VirtioState virtio;
} VirtioPciState;

/* A function for the board to plug in, of PCI class 'class', whose DMA reaches 'memory'. The device
 * stays the caller's. False and an error if the host has no event descriptors left; there is
 * nothing to end then. */
bool virtio_pci_init(VirtioPci *pci, VirtioDevice *device, const char *name, uint32_t class,
                     MemoryRegion *memory, Error **errp);

/* Takes it off its bus, if it is on one, and ends the device, too. Without the context's lock:
 * waits for the thread and for what still leads to the regions. */
void virtio_pci_end(VirtioPci *pci);

/* As after power-on, but for configuration space, which is the bus's to reset afterwards. Context's
 * lock held. */
void virtio_pci_reset(VirtioPci *pci);

/* Starts the thread of a function that has been plugged in; false and an error if there can be
 * none. What was notified before is served. Stopping waits until the thread has ended: then nothing
 * of the guest's changes. Both without the context's lock, and both may be called again. */
bool virtio_pci_start(VirtioPci *pci, Error **errp);
void virtio_pci_stop(VirtioPci *pci);

/* While it is stopped. False if the state is none: then the device is as after a reset. */
void virtio_pci_save(VirtioPci *pci, VirtioPciState *state);
bool virtio_pci_load(VirtioPci *pci, const VirtioPciState *state);

#endif
