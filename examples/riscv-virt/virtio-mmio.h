/* SPDX-License-Identifier: MIT
 *
 * The memory-mapped transport of virtio (version 2). It shows a device as one page of registers,
 * and serves the queue in the guest's store to the notify register.
 */
#ifndef RISCV_VIRT_VIRTIO_MMIO_H
#define RISCV_VIRT_VIRTIO_MMIO_H

#include "../devices/virtio.h"

typedef void VirtioMmioIrq(void *opaque);

typedef struct VirtioMmio {
    MemoryRegion region;
    VirtioDevice *device;
} VirtioMmio;

/* Makes the transport of a device. The device and 'dma' belong to the caller and must outlive it.
 * 'irq' is called when there is a new cause of interrupt. */
void virtio_mmio_init(VirtioMmio *mmio, VirtioDevice *device, AddressSpace *dma, uint64_t size,
                      VirtioMmioIrq *irq, void *opaque);

#endif
