/* SPDX-License-Identifier: MIT
 *
 * What all virtio devices (1.x) have in common: status, features, queues, configuration. A device
 * (virtio-blk.h) says what a chain of buffers means; a transport (virtio-mmio, virtio-pci) shows
 * this as registers, has the queues served, and raises the interrupt.
 *
 * Registers are written with the context's lock held, queues may be served by another thread
 * without it. A lock of the device's own is between them; it is taken inside the context's lock and
 * held for one chain at a time. Since queues and buffers are in memory only (virtqueue.h), whoever
 * holds it never asks for the context's lock. So a reset, and a commit, after which the queues are
 * resolved anew, wait for the chain that is being served, and not longer.
 */
#ifndef DEVICES_VIRTIO_H
#define DEVICES_VIRTIO_H

#include <pthread.h>

#include "virtqueue.h"

#define VIRTIO_QUEUES 1

typedef struct VirtioDevice VirtioDevice;

/* Does what a chain asks for; returns how many bytes it wrote to its buffers. Called with the
 * device's lock held. */
typedef uint32_t VirtioServe(VirtioDevice *device, const VirtqueueChain *chain);

/* What the driver has set; plain data, for saving. */
typedef struct VirtioState {
    uint64_t driver_features;
    uint32_t features_select;        /* which half of the offered ones is read */
    uint32_t driver_features_select; /* which half of the accepted ones is written */
    uint16_t queue_select;
    uint8_t status;
    uint8_t interrupts; /* VIRTIO_MMIO_INT_*, as in the PCI ISR */
    VirtqueueState queues[VIRTIO_QUEUES];
} VirtioState;

struct VirtioDevice {
    uint16_t id;
    uint64_t features;
    const void *config; /* as the guest reads it */
    size_t config_size;
    VirtioServe *serve;
    AddressSpace *dma;
    /* The transport's: there is a new cause of interrupt. Called by who serves, without locks. */
    void (*interrupt)(void *opaque);
    void *interrupt_opaque;

    pthread_mutex_t lock; /* of what follows */
    VirtioState state;    /* but for interrupts and queues, which are up to date in: */
    Virtqueue queues[VIRTIO_QUEUES];
    uint8_t interrupts; /* atomic: a driver may look while a chain is being served */
    MemoryListener listener;
};

/* 'config' stays the caller's. The device is made before a guest runs; virtio_end() ends it, when
 * nobody serves queues any more. */
void virtio_init(VirtioDevice *device, uint16_t id, uint64_t features, const void *config,
                 size_t config_size, VirtioServe *serve);
void virtio_end(VirtioDevice *device);

/* Connects the transport. All DMA goes through 'dma', which must outlive the device. */
void virtio_connect(VirtioDevice *device, AddressSpace *dma, void (*interrupt)(void *opaque),
                    void *opaque);

/* ---- For registers ---------------------------------------------------------------------- */

/* Writing 0 resets. Accepting features takes effect with VIRTIO_CONFIG_S_FEATURES_OK, which stays
 * clear if they are not possible. */
void virtio_write_status(VirtioDevice *device, uint8_t status);
uint8_t virtio_status(VirtioDevice *device);

/* The offered and the accepted features, in halves of 32 bits; others read as zero. */
void virtio_select_features(VirtioDevice *device, uint32_t half);
uint32_t virtio_offered(const VirtioDevice *device);
void virtio_select_driver_features(VirtioDevice *device, uint32_t half);
void virtio_accept(VirtioDevice *device, uint32_t features);
uint32_t virtio_accepted(const VirtioDevice *device);

/* The queue that the driver has selected, locked; NULL, and nothing locked, if it does not exist.
 * Its size and addresses may be changed while it is not enabled. */
void virtio_select_queue(VirtioDevice *device, uint16_t index);
Virtqueue *virtio_lock_queue(VirtioDevice *device);
void virtio_unlock_queue(VirtioDevice *device);

/* Sets half of one of the selected queue's addresses, 'which' being one of these. */
typedef enum VirtioAddress { VIRTIO_DESCRIPTORS, VIRTIO_AVAILABLE, VIRTIO_USED } VirtioAddress;
void virtio_set_address(VirtioDevice *device, VirtioAddress which, bool high, uint32_t half);

/* Up to 8 bytes of the device's configuration, little endian; zero behind its end. */
uint64_t virtio_read_config(const VirtioDevice *device, uint64_t offset, unsigned size);

/* Causes of the interrupt: looks, takes away. */
uint8_t virtio_interrupts(VirtioDevice *device);
uint8_t virtio_take_interrupts(VirtioDevice *device, uint8_t which);

/* ---- For serving ------------------------------------------------------------------------ */

/* Serves the next chain of a queue; false: there was none. Any thread, without the device's lock.
 * A driver may go on adding chains, and a chain may make the next one: keep count or be ready to be
 * stopped. */
bool virtio_serve(VirtioDevice *device, unsigned queue);

/* ---- Saving ----------------------------------------------------------------------------- */

/* Nobody serves queues. What has been saved is complete; false, and a device as after a reset, if
 * the state is none. */
void virtio_save(VirtioDevice *device, VirtioState *state);
bool virtio_load(VirtioDevice *device, const VirtioState *state);

#endif
