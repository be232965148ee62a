/* SPDX-License-Identifier: MIT
 *
 * The memory-mapped transport of virtio (version 2): shows a device as one page of registers. The
 * queue is served in the middle of the guest's store to the notify register.
 */
#ifndef RISCV_VIRT_VIRTIO_MMIO_H
#define RISCV_VIRT_VIRTIO_MMIO_H

#include "../devices/virtio.h"

typedef void VirtioMmioIrq(void *opaque);

typedef struct VirtioMmio {
    MemoryRegion region;
    VirtioDevice *device;
} VirtioMmio;

/* Connects a device, which stays the caller's, like 'dma'. */
void virtio_mmio_init(VirtioMmio *mmio, VirtioDevice *device, AddressSpace *dma, uint64_t size,
                      VirtioMmioIrq *irq, void *opaque);

#endif
