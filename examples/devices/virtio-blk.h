/* SPDX-License-Identifier: MIT
 *
 * A virtio block device: one queue of requests for a disk. It shows how a device does DMA with
 * libphysmem: data moves directly between the disk and guest memory, by pointers from
 * address_space_map().
 */
#ifndef DEVICES_VIRTIO_BLK_H
#define DEVICES_VIRTIO_BLK_H

#include <linux/virtio_blk.h>

#include "disk.h"
#include "virtio.h"

typedef struct VirtioBlk {
    VirtioDevice device;
    struct virtio_blk_config config;
    Disk *disk;
    char id[VIRTIO_BLK_ID_BYTES];
    uint64_t requests; /* the number of requests so far */
    uint64_t bytes_read;
    uint64_t bytes_written;
} VirtioBlk;

/* Makes a block device. The disk must outlive it, and so must the arguments of virtio_connect().
 * The guest can read up to VIRTIO_BLK_ID_BYTES of 'id'. virtio_end() ends the device. */
void virtio_blk_init(VirtioBlk *blk, Disk *disk, const char *id);

#endif
