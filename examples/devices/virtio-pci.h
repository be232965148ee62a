/* SPDX-License-Identifier: MIT
 *
 * Virtio over PCI (1.x, without the legacy interface): shows a virtio device as a PCI function.
 *
 * A thread of the function serves the queues, and no vCPU waits for it. A write to the notify
 * register is an ioeventfd, which an accelerator can take wherever the guest puts the BAR.
 * Interrupts go through an irqfd if the board's wires have one. If not, the thread sets the
 * function's pin. Only for that it takes the context's lock.
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
    unsigned window; /* the offset of the capability for accesses by configuration space */

    EventNotifier kick;      /* the driver has added chains */
    EventNotifier interrupt; /* raises the interrupt by the irqfd */
    EventNotifier resample;  /* the guest has ended the interrupt */
    EventNotifier stop;      /* the thread is to end */
    int input;               /* the input that the irqfd raises; -1: there is no irqfd. Atomic */
    bool running;            /* the thread is */
    pthread_t thread;
} VirtioPci;

/* The state that the guest can change, as plain data. A snapshot saves it. */
typedef struct VirtioPciState {
    uint8_t config[PCI_CONFIG_SIZE];
    VirtioState virtio;
} VirtioPciState;

/* Makes a function of PCI class 'class' for the board to plug in. Its DMA reaches 'memory'. The
 * device belongs to the caller. Returns false and an error if the host has no event descriptors
 * left; then there is nothing to end. */
bool virtio_pci_init(VirtioPci *pci, VirtioDevice *device, const char *name, uint32_t class,
                     MemoryRegion *memory, Error **errp);

/* Stops the thread, removes the function from its bus, if it is on one, and ends the function and
 * the device. Without the context's lock, because it waits for the thread and for all uses of the
 * regions. */
void virtio_pci_end(VirtioPci *pci);

/* Resets the device as at power-on. The bus has to reset configuration space afterwards. With the
 * context's lock. */
void virtio_pci_reset(VirtioPci *pci);

/* Starts the thread of a function that is on a bus. The thread also serves what the driver has
 * notified before. Returns false and an error if the host gives no thread; true if it runs
 * already. Without the context's lock. */
bool virtio_pci_start(VirtioPci *pci, Error **errp);

/* Ends the thread, if it runs, and waits until it has ended. After that the device changes nothing
 * of the guest's memory. Without the context's lock. */
void virtio_pci_stop(VirtioPci *pci);

/* Save and restore a function whose thread is stopped. virtio_pci_load() returns false if the
 * state is not valid; then the device is as after a reset. */
void virtio_pci_save(VirtioPci *pci, VirtioPciState *state);
bool virtio_pci_load(VirtioPci *pci, const VirtioPciState *state);

#endif
