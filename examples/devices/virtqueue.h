/* SPDX-License-Identifier: MIT
 *
 * The device's side of a split virtqueue (virtio 1.x): takes chains of buffers that the driver made
 * available, and puts them back used. What the buffers are for is the device's affair.
 *
 *     descriptors   16 bytes each: address, length, flags, next
 *     available     flags, index, heads of chains          written by the driver
 *     used          flags, index, (head, length) pairs     written by the device
 *
 * The three parts lie wherever the driver says. Each is resolved once, into a MemoryRegionCache,
 * and again when the map of the address space has changed; what of a part is not one piece of
 * memory is accessed by address. Only memory is accessed, never a device: so whoever waits for a
 * queue with the context's lock held does not wait for himself.
 *
 * The driver may write anything, at any time. What it must not write makes the queue broken: it
 * gives no chains any more until it is set up anew. No chain has more buffers than the queue has
 * descriptors.
 *
 * A queue is used by one thread at a time; its device has a lock for that.
 */
#ifndef DEVICES_VIRTQUEUE_H
#define DEVICES_VIRTQUEUE_H

#include <physmem/physmem.h>

#define VIRTQUEUE_SIZE_MAX 256

/* DMA of a virtio device: refused where there is no memory. */
#define VIRTQUEUE_DMA ((MemTxAttrs){ .memory = 1 })

/* What driver and device agree on, and how far they are; plain data, for saving. */
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

/* A chain: first the buffers that the device reads, then those that it writes. */
typedef struct VirtqueueChain {
    uint16_t head;
    uint16_t readable;
    uint16_t writable;
    VirtqueueBuffer buffers[VIRTQUEUE_SIZE_MAX];
} VirtqueueChain;

/* A queue of the greatest size, not enabled. */
void virtqueue_init(Virtqueue *queue, AddressSpace *dma);

/* Back to what it was at first. */
void virtqueue_reset(Virtqueue *queue);

/* Chooses a size before the queue is enabled. What is not possible is ignored. */
void virtqueue_set_size(Virtqueue *queue, uint32_t size);

/* The three addresses and the size are in queue->state: begins. */
void virtqueue_enable(Virtqueue *queue);

/* Goes on with a saved state. False, and a queue as after a reset, if it cannot be one. */
bool virtqueue_load(Virtqueue *queue, const VirtqueueState *state);

/* The map of the address space may have changed: resolves the parts anew. For a listener's
 * commit. */
void virtqueue_remap(Virtqueue *queue);

/* Takes the next chain. False: there is none, or the queue is broken. */
bool virtqueue_pop(Virtqueue *queue, VirtqueueChain *chain);

/* Puts a chain back, 'written' bytes having been written to its buffers from the start on. */
void virtqueue_push(Virtqueue *queue, const VirtqueueChain *chain, uint32_t written);

/* Does the driver want to be told of what has been put back? */
bool virtqueue_wants_interrupt(Virtqueue *queue);

#endif
