/* SPDX-License-Identifier: MIT
 *
 * The device's side of a split virtqueue (virtio 1.x). It takes chains of buffers that the driver
 * has made available, and puts them back as used. The device knows what the buffers mean.
 *
 *     descriptors   16 bytes each: address, length, flags, next
 *     available     flags, index, heads of chains          written by the driver
 *     used          flags, index, (head, length) pairs     written by the device
 *
 * The driver chooses the addresses of the three parts. Each part is mapped once, by a
 * MemoryRegionCache, and again when the map of the address space has changed. Bytes of a part that
 * the cache does not cover are accessed by address. Accesses go only to memory, never to a device.
 * So they never take the context's lock, and a thread may wait for a queue with that lock held.
 *
 * The driver may write anything, at any time. If it breaks the rules, the queue is broken: it
 * gives no chains until it is reset. No chain has more buffers than the queue has descriptors.
 *
 * One thread at a time uses a queue. The device has a lock for that.
 */
#ifndef DEVICES_VIRTQUEUE_H
#define DEVICES_VIRTQUEUE_H

#include <physmem/physmem.h>

#define VIRTQUEUE_SIZE_MAX 256

/* DMA of a virtio device: refused where there is no memory. */
#define VIRTQUEUE_DMA ((MemTxAttrs){ .memory = 1 })

/* What the driver has set up, and how far the device is, as plain data for saving. */
typedef struct VirtqueueState {
    uint64_t descriptors;
    uint64_t available;
    uint64_t used;
    uint16_t size; /* a power of two up to VIRTQUEUE_SIZE_MAX */
    uint16_t next_available;
    uint16_t next_used;
    uint8_t enabled;
    uint8_t broken;
} VirtqueueState;

typedef struct VirtqueuePart {
    MemoryRegionCache cache;
    hwaddr address;
} VirtqueuePart;

typedef struct Virtqueue {
    AddressSpace *dma;
    VirtqueueState state;
    VirtqueuePart descriptors;
    VirtqueuePart available;
    VirtqueuePart used;
} Virtqueue;

typedef struct VirtqueueBuffer {
    hwaddr address;
    uint32_t length;
} VirtqueueBuffer;

/* A chain of buffers: first those that the device reads, then those that it writes. */
typedef struct VirtqueueChain {
    uint16_t head;
    uint16_t readable;
    uint16_t writable;
    VirtqueueBuffer buffers[VIRTQUEUE_SIZE_MAX];
} VirtqueueChain;

/* Makes a queue of the greatest size, not enabled. */
void virtqueue_init(Virtqueue *queue, AddressSpace *dma);

/* Makes the queue as virtqueue_init() does. */
void virtqueue_reset(Virtqueue *queue);

/* Sets the size, if it is possible and the queue is not enabled. */
void virtqueue_set_size(Virtqueue *queue, uint32_t size);

/* Enables the queue. The three addresses and the size must be in queue->state. */
void virtqueue_enable(Virtqueue *queue);

/* Restores a saved state. Returns false if it is not valid; then the queue is as after a reset. */
bool virtqueue_load(Virtqueue *queue, const VirtqueueState *state);

/* Maps the parts again if the map of the address space has changed. For a listener's commit. */
void virtqueue_remap(Virtqueue *queue);

/* Takes the next chain. Returns false if there is none or the queue is broken. */
bool virtqueue_pop(Virtqueue *queue, VirtqueueChain *chain);

/* Puts a chain back. The first 'written' bytes of its writable buffers were written. */
void virtqueue_push(Virtqueue *queue, const VirtqueueChain *chain, uint32_t written);

/* Whether the driver wants an interrupt for the chains that were put back. */
bool virtqueue_wants_interrupt(Virtqueue *queue);

#endif
