/* SPDX-License-Identifier: MIT
 *
 * A virtio block device behind the memory-mapped transport (version 2), with one queue and a disk
 * in the program's memory. It reads its requests from guest memory and writes the answers there
 * through an address space: that is what device DMA looks like with libphysmem.
 */
#ifndef RISCV_VIRT_VIRTIO_BLK_H
#define RISCV_VIRT_VIRTIO_BLK_H

#include <physmem/physmem.h>

#define VIRTIO_BLK_SIZE 0x1000
#define VIRTIO_BLK_SECTOR 512
#define VIRTIO_BLK_QUEUE_MAX 128

typedef void VirtioBlkIrq(void *opaque);

typedef struct VirtioBlk {
    MemoryRegion region;
    AddressSpace *dma;
    uint8_t *disk;
    uint64_t sectors;
    VirtioBlkIrq *irq;
    void *irq_opaque;

    uint32_t status;
    uint32_t features_select;
    uint32_t driver_features_select;
    uint64_t driver_features;
    uint32_t interrupt_status;

    /* The one queue. */
    uint32_t queue_select;
    uint32_t queue_size;
    bool queue_ready;
    uint64_t descriptors;
    uint64_t available;
    uint64_t used;
    uint16_t next_available;

    uint64_t requests;      /* served so far */
    uint64_t bytes_to_guest;
} VirtioBlk;

/* 'disk' holds 'sectors' times 512 bytes and stays the caller's, like 'dma'. */
void virtio_blk_init(VirtioBlk *blk, AddressSpace *dma, uint8_t *disk, uint64_t sectors,
                     VirtioBlkIrq *irq, void *opaque);

#endif
