/* SPDX-License-Identifier: MIT
 *
 * A virtio block device: requests in one queue, a disk behind them. Data goes straight between the
 * disk and guest memory, which address_space_map() gives pointers to: that is what device DMA looks
 * like with libphysmem.
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
    uint64_t requests; /* served so far */
    uint64_t bytes_read;
    uint64_t bytes_written;
} VirtioBlk;

/* The disk stays the caller's and must outlive the device; so do virtio_connect()'s arguments. 'id'
 * is what the guest may ask for; up to VIRTIO_BLK_ID_BYTES of it are used. virtio_end() ends it. */
void virtio_blk_init(VirtioBlk *blk, Disk *disk, const char *id);

#endif
