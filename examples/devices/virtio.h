/* SPDX-License-Identifier: MIT
 *
 * What all virtio devices (1.x) have in common: status, features, queues, configuration. A device
 * (virtio-blk.h) does what a chain of buffers asks for. A transport (virtio-mmio, virtio-pci)
 * shows the device as registers, has the queues served, and raises the interrupt.
 *
 * Registers are written with the context's lock held. Another thread may serve queues without it.
 * So the device has a lock of its own, which is taken inside the context's lock and held for one
 * chain at a time. Queues and buffers are in memory only (virtqueue.h), so a thread that holds the
 * device's lock never needs the context's lock. A reset waits for the chain that is being served,
 * and so does a commit, which maps the queues again; neither waits longer.
 */
#ifndef DEVICES_VIRTIO_H
#define DEVICES_VIRTIO_H

#include <pthread.h>

#include "virtqueue.h"

#define VIRTIO_QUEUES 1

typedef struct VirtioDevice VirtioDevice;

/* Does what a chain asks for, and returns how many bytes were written to its buffers. Called with
 * the device's lock held. */
typedef uint32_t VirtioServe(VirtioDevice *device, const VirtqueueChain *chain);

/* What the driver has set, as plain data for saving. */
typedef struct VirtioState {
    uint64_t driver_features;
    uint32_t features_select;        /* which half of the offered features is read */
    uint32_t driver_features_select; /* which half of the accepted features is written */
    uint16_t queue_select;
    uint8_t status;
    uint8_t interrupts; /* causes: VIRTIO_MMIO_INT_*, which are also the bits of the PCI ISR */
    VirtqueueState queues[VIRTIO_QUEUES];
} VirtioState;

struct VirtioDevice {
    uint16_t id;
    uint64_t features;
    const void *config; /* the configuration, in the form that the guest reads */
    size_t config_size;
    VirtioServe *serve;
    AddressSpace *dma;
    /* Of the transport: tells it of a new cause of interrupt. Called by the thread that serves,
     * without locks. */
    void (*interrupt)(void *opaque);
    void *interrupt_opaque;

    pthread_mutex_t lock; /* protects the rest */
    VirtioState state;    /* all but interrupts and queues, which are kept in the next two */
    Virtqueue queues[VIRTIO_QUEUES];
    uint8_t interrupts; /* atomic: a driver may read them while a chain is being served */
    MemoryListener listener;
};

/* Makes a device. 'config' must outlive it. Call it before a guest runs. */
void virtio_init(VirtioDevice *device, uint16_t id, uint64_t features, const void *config,
                 size_t config_size, VirtioServe *serve);

/* Ends a device. No thread may serve its queues. */
void virtio_end(VirtioDevice *device);

/* Connects the transport. All DMA goes through 'dma', which must outlive the device. */
void virtio_connect(VirtioDevice *device, AddressSpace *dma, void (*interrupt)(void *opaque),
                    void *opaque);

/* ---- For registers ---------------------------------------------------------------------- */

/* Write and read the status. Writing 0 resets the device. VIRTIO_CONFIG_S_FEATURES_OK makes the
 * accepted features effective; it stays clear if they are not possible. */
void virtio_write_status(VirtioDevice *device, uint8_t status);
uint8_t virtio_status(VirtioDevice *device);

/* The offered and the accepted features, in halves of 32 bits. Other halves read as zero. */
void virtio_select_features(VirtioDevice *device, uint32_t half);
uint32_t virtio_offered(const VirtioDevice *device);
void virtio_select_driver_features(VirtioDevice *device, uint32_t half);
void virtio_accept(VirtioDevice *device, uint32_t features);
uint32_t virtio_accepted(const VirtioDevice *device);

/* Selects the queue for the following functions. */
void virtio_select_queue(VirtioDevice *device, uint16_t index);

/* Takes the device's lock and returns the selected queue. Returns NULL, without the lock, if the
 * queue does not exist. Size and addresses of a queue may be changed while it is not enabled. */
Virtqueue *virtio_lock_queue(VirtioDevice *device);
void virtio_unlock_queue(VirtioDevice *device);

/* Sets one half of an address of the selected queue. */
typedef enum VirtioAddress { VIRTIO_DESCRIPTORS, VIRTIO_AVAILABLE, VIRTIO_USED } VirtioAddress;
void virtio_set_address(VirtioDevice *device, VirtioAddress which, bool high, uint32_t half);

/* Reads up to 8 bytes of the device's configuration, little endian. Bytes after its end are
 * zero. */
uint64_t virtio_read_config(const VirtioDevice *device, uint64_t offset, unsigned size);

/* The causes of the interrupt. */
uint8_t virtio_interrupts(VirtioDevice *device);

/* Removes causes of the interrupt, and returns those that there were. */
uint8_t virtio_take_interrupts(VirtioDevice *device, uint8_t which);

/* ---- For serving ------------------------------------------------------------------------ */

/* Serves the next chain of a queue. Returns false if there was none. Any thread, without the
 * device's lock. A driver may never stop adding chains, so a loop around this needs another way to
 * end. */
bool virtio_serve(VirtioDevice *device, unsigned queue);

/* ---- Saving ----------------------------------------------------------------------------- */

/* Save and restore a device while no thread serves its queues. virtio_load() returns false if the
 * state is not valid; then the device is as after a reset. */
void virtio_save(VirtioDevice *device, VirtioState *state);
bool virtio_load(VirtioDevice *device, const VirtioState *state);

#endif
