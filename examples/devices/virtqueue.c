/* SPDX-License-Identifier: MIT
 *
 * The split virtqueue (virtqueue.h): loads and stores in its three parts, and the protocol.
 */
#include "virtqueue.h"

#include <linux/virtio_ring.h>

enum { DESCRIPTOR_SIZE = 16, RING_FLAGS = 0, RING_INDEX = 2, RING_ENTRIES = 4, USED_SIZE = 8 };

/* ---- Parts ------------------------------------------------------------------------------ */

static void map_part(Virtqueue *queue, VirtqueuePart *part, hwaddr address, hwaddr size,
                     bool is_write)
{
    part->address = address;
    address_space_cache_init(&part->cache, queue->dma, address, size, is_write);
}

static void unmap_parts(Virtqueue *queue)
{
    address_space_cache_destroy(&queue->descriptors.cache);
    address_space_cache_destroy(&queue->available.cache);
    address_space_cache_destroy(&queue->used.cache);
}

static void map_parts(Virtqueue *queue)
{
    const VirtqueueState *s = &queue->state;

    map_part(queue, &queue->descriptors, s->descriptors, (hwaddr)DESCRIPTOR_SIZE * s->size, false);
    map_part(queue, &queue->available, s->available, RING_ENTRIES + (hwaddr)2 * s->size, false);
    map_part(queue, &queue->used, s->used, RING_ENTRIES + (hwaddr)USED_SIZE * s->size, true);
}

static void break_queue(Virtqueue *queue)
{
    queue->state.broken = true;
}

static void judge(Virtqueue *queue, MemTxResult result)
{
    if (result != MEMTX_OK) {
        break_queue(queue);
    }
}

/* Whether the cache covers these bytes. It covers as much of a part as is one piece of memory. */
static bool covers(const VirtqueuePart *part, hwaddr at, unsigned size)
{
    return at + size <= part->cache.len;
}

#define PART_LOAD(bits, form)                                                                     \
    static uint##bits##_t load##bits(Virtqueue *queue, VirtqueuePart *part, hwaddr at)            \
    {                                                                                             \
        MemTxResult result;                                                                       \
        uint##bits##_t value =                                                                    \
            covers(part, at, bits / 8)                                                            \
                ? address_space_##form##_le_cached(&part->cache, at, VIRTQUEUE_DMA, &result)      \
                : address_space_##form##_le(queue->dma, part->address + at, VIRTQUEUE_DMA,        \
                                            &result);                                             \
                                                                                                  \
        judge(queue, result);                                                                     \
        return value;                                                                             \
    }
PART_LOAD(16, lduw)
PART_LOAD(32, ldl)
PART_LOAD(64, ldq)
#undef PART_LOAD

#define PART_STORE(bits, form)                                                                    \
    static void store##bits(Virtqueue *queue, VirtqueuePart *part, hwaddr at,                     \
                            uint##bits##_t value)                                                 \
    {                                                                                             \
        MemTxResult result;                                                                       \
                                                                                                  \
        if (covers(part, at, bits / 8)) {                                                         \
            address_space_##form##_le_cached(&part->cache, at, value, VIRTQUEUE_DMA, &result);    \
        } else {                                                                                  \
            address_space_##form##_le(queue->dma, part->address + at, value, VIRTQUEUE_DMA,       \
                                      &result);                                                   \
        }                                                                                         \
        judge(queue, result);                                                                     \
    }
PART_STORE(16, stw)
PART_STORE(32, stl)
#undef PART_STORE

/* ---- Life ------------------------------------------------------------------------------- */

void virtqueue_init(Virtqueue *queue, AddressSpace *dma)
{
    *queue = (Virtqueue){
        .dma = dma,
        .state.size = VIRTQUEUE_SIZE_MAX,
        .descriptors.cache = MEMORY_REGION_CACHE_INVALID,
        .available.cache = MEMORY_REGION_CACHE_INVALID,
        .used.cache = MEMORY_REGION_CACHE_INVALID,
    };
}

void virtqueue_reset(Virtqueue *queue)
{
    unmap_parts(queue);
    virtqueue_init(queue, queue->dma);
}

static bool size_is_possible(uint32_t size)
{
    return size != 0 && size <= VIRTQUEUE_SIZE_MAX && (size & (size - 1)) == 0;
}

void virtqueue_set_size(Virtqueue *queue, uint32_t size)
{
    if (size_is_possible(size) && !queue->state.enabled) {
        queue->state.size = (uint16_t)size;
    }
}

void virtqueue_enable(Virtqueue *queue)
{
    if (!queue->state.enabled) {
        queue->state.enabled = true;
        map_parts(queue);
    }
}

bool virtqueue_load(Virtqueue *queue, const VirtqueueState *state)
{
    virtqueue_reset(queue);
    if (!size_is_possible(state->size)) {
        return false;
    }
    queue->state = *state;
    if (state->enabled) {
        map_parts(queue);
    }
    return true;
}

static bool is_stale(const Virtqueue *queue)
{
    const FlatView *now = address_space_to_flatview(queue->dma);

    return queue->descriptors.cache.fv != now || queue->available.cache.fv != now ||
           queue->used.cache.fv != now;
}

void virtqueue_remap(Virtqueue *queue)
{
    if (queue->state.enabled && is_stale(queue)) {
        unmap_parts(queue);
        map_parts(queue);
    }
}

/* ---- Chains ----------------------------------------------------------------------------- */

typedef struct Descriptor {
    VirtqueueBuffer buffer;
    uint16_t flags;
    uint16_t next;
} Descriptor;

static Descriptor load_descriptor(Virtqueue *queue, uint16_t index)
{
    VirtqueuePart *part = &queue->descriptors;
    hwaddr at = (hwaddr)DESCRIPTOR_SIZE * index;

    return (Descriptor){
        .buffer = { load64(queue, part, at), load32(queue, part, at + 8) },
        .flags = load16(queue, part, at + 12),
        .next = load16(queue, part, at + 14),
    };
}

/* Appends a buffer to the chain. Returns false if the rules forbid it there. */
static bool append(VirtqueueChain *chain, const Descriptor *d)
{
    bool writable = d->flags & VRING_DESC_F_WRITE;

    if ((d->flags & VRING_DESC_F_INDIRECT) || (!writable && chain->writable != 0)) {
        return false;
    }
    chain->buffers[chain->readable + chain->writable] = d->buffer;
    chain->readable += !writable;
    chain->writable += writable;
    return true;
}

/* Collects the buffers of a chain. A chain with more buffers than the queue has descriptors must
 * be a loop, and is refused. */
static bool collect(Virtqueue *queue, VirtqueueChain *chain)
{
    uint16_t index = chain->head;

    for (unsigned count = 0; count < queue->state.size && index < queue->state.size; count++) {
        Descriptor d = load_descriptor(queue, index);

        if (!append(chain, &d) || queue->state.broken) {
            return false;
        }
        if (!(d.flags & VRING_DESC_F_NEXT)) {
            return true;
        }
        index = d.next;
    }
    return false;
}

/* The number of chains that wait. The barrier makes sure that entries are read after the index. */
static uint16_t waiting(Virtqueue *queue)
{
    uint16_t index = load16(queue, &queue->available, RING_INDEX);
    uint16_t count = (uint16_t)(index - queue->state.next_available);

    if (count > queue->state.size) {
        break_queue(queue);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return count;
}

bool virtqueue_pop(Virtqueue *queue, VirtqueueChain *chain)
{
    VirtqueueState *s = &queue->state;
    hwaddr at = RING_ENTRIES + (hwaddr)2 * (s->next_available & (s->size - 1));

    if (!s->enabled || s->broken || waiting(queue) == 0 || s->broken) {
        return false;
    }
    chain->head = load16(queue, &queue->available, at);
    chain->readable = 0;
    chain->writable = 0;
    if (!collect(queue, chain)) {
        break_queue(queue);
        return false;
    }
    s->next_available++;
    return true;
}

/* The entry is written before the index, because the driver reads the index first. */
void virtqueue_push(Virtqueue *queue, const VirtqueueChain *chain, uint32_t written)
{
    VirtqueueState *s = &queue->state;
    hwaddr at = RING_ENTRIES + (hwaddr)USED_SIZE * (s->next_used & (s->size - 1));

    store32(queue, &queue->used, at, chain->head);
    store32(queue, &queue->used, at + 4, written);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    s->next_used++;
    store16(queue, &queue->used, RING_INDEX, s->next_used);
}

/* The driver switches interrupts off and then looks for used chains. So here the index is stored
 * before the flag is read. */
bool virtqueue_wants_interrupt(Virtqueue *queue)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return !(load16(queue, &queue->available, RING_FLAGS) & VRING_AVAIL_F_NO_INTERRUPT);
}
