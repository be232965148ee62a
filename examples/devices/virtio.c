/* SPDX-License-Identifier: MIT
 *
 * What all virtio devices have in common (virtio.h). Called by transports.
 */
#include "virtio.h"

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <string.h>

#define VERSION_1 ((uint64_t)1 << VIRTIO_F_VERSION_1)

/* ---- Life ------------------------------------------------------------------------------- */

void virtio_init(VirtioDevice *device, uint16_t id, uint64_t features, const void *config,
                 size_t config_size, VirtioServe *serve)
{
    *device = (VirtioDevice){
        .id = id,
        .features = features | VERSION_1,
        .config = config,
        .config_size = config_size,
        .serve = serve,
    };
    pthread_mutex_init(&device->lock, NULL);
}

/* The map of memory has changed, so the caches of the queues may be out of date. */
static void remap(MemoryListener *listener)
{
    VirtioDevice *device = (VirtioDevice *)((char *)listener - offsetof(VirtioDevice, listener));

    pthread_mutex_lock(&device->lock);
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        virtqueue_remap(&device->queues[i]);
    }
    pthread_mutex_unlock(&device->lock);
}

void virtio_connect(VirtioDevice *device, AddressSpace *dma, void (*interrupt)(void *opaque),
                    void *opaque)
{
    device->dma = dma;
    device->interrupt = interrupt;
    device->interrupt_opaque = opaque;
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        virtqueue_init(&device->queues[i], dma);
    }
    device->listener = (MemoryListener){ .commit = remap, .name = "virtio" };
    memory_listener_register(&device->listener, dma);
}

/* With the device's lock. */
static void reset(VirtioDevice *device)
{
    device->state = (VirtioState){ .status = 0 };
    __atomic_store_n(&device->interrupts, 0, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        virtqueue_reset(&device->queues[i]);
    }
}

void virtio_end(VirtioDevice *device)
{
    memory_listener_unregister(&device->listener);
    reset(device);
    pthread_mutex_destroy(&device->lock);
}

/* ---- Status and features ---------------------------------------------------------------- */

static bool features_are_possible(const VirtioDevice *device)
{
    uint64_t accepted = device->state.driver_features;

    return (accepted & ~device->features) == 0 && (accepted & VERSION_1);
}

/* NEEDS_RESET, which the device sets, stays until a reset. */
static void change_status(VirtioDevice *device, uint8_t status)
{
    uint8_t own = device->state.status & VIRTIO_CONFIG_S_NEEDS_RESET;

    if (!features_are_possible(device)) {
        status &= (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
    }
    device->state.status = (uint8_t)((status & ~VIRTIO_CONFIG_S_NEEDS_RESET) | own);
}

void virtio_write_status(VirtioDevice *device, uint8_t status)
{
    pthread_mutex_lock(&device->lock);
    if (status == 0) {
        reset(device);
    } else {
        change_status(device, status);
    }
    pthread_mutex_unlock(&device->lock);
}

uint8_t virtio_status(VirtioDevice *device)
{
    pthread_mutex_lock(&device->lock);
    uint8_t status = device->state.status;
    pthread_mutex_unlock(&device->lock);
    return status;
}

/* Only register accesses use the selectors and the accepted features, so the context's lock
 * protects these. */
void virtio_select_features(VirtioDevice *device, uint32_t half)
{
    device->state.features_select = half;
}

static uint32_t half_of(uint64_t features, uint32_t half)
{
    return half < 2 ? (uint32_t)(features >> (32 * half)) : 0;
}

uint32_t virtio_offered(const VirtioDevice *device)
{
    return half_of(device->features, device->state.features_select);
}

void virtio_select_driver_features(VirtioDevice *device, uint32_t half)
{
    device->state.driver_features_select = half;
}

static void set_half(uint64_t *value, bool high, uint32_t half)
{
    unsigned shift = high ? 32 : 0;

    *value = (*value & ~((uint64_t)UINT32_MAX << shift)) | ((uint64_t)half << shift);
}

/* After FEATURES_OK the accepted features do not change any more. */
void virtio_accept(VirtioDevice *device, uint32_t features)
{
    uint32_t half = device->state.driver_features_select;

    if (half < 2 && !(virtio_status(device) & VIRTIO_CONFIG_S_FEATURES_OK)) {
        set_half(&device->state.driver_features, half == 1, features);
    }
}

uint32_t virtio_accepted(const VirtioDevice *device)
{
    return half_of(device->state.driver_features, device->state.driver_features_select);
}

/* ---- Queues ----------------------------------------------------------------------------- */

void virtio_select_queue(VirtioDevice *device, uint16_t index)
{
    device->state.queue_select = index;
}

Virtqueue *virtio_lock_queue(VirtioDevice *device)
{
    uint16_t index = device->state.queue_select;

    if (index >= VIRTIO_QUEUES) {
        return NULL;
    }
    pthread_mutex_lock(&device->lock);
    return &device->queues[index];
}

void virtio_unlock_queue(VirtioDevice *device)
{
    pthread_mutex_unlock(&device->lock);
}

void virtio_set_address(VirtioDevice *device, VirtioAddress which, bool high, uint32_t half)
{
    Virtqueue *queue = virtio_lock_queue(device);

    if (!queue) {
        return;
    }
    uint64_t *addresses[] = { &queue->state.descriptors, &queue->state.available,
                              &queue->state.used };
    if (!queue->state.enabled) {
        set_half(addresses[which], high, half);
    }
    virtio_unlock_queue(device);
}

/* ---- Configuration and interrupts ------------------------------------------------------- */

uint64_t virtio_read_config(const VirtioDevice *device, uint64_t offset, unsigned size)
{
    const uint8_t *bytes = device->config;
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        if (offset + i < device->config_size) {
            value |= (uint64_t)bytes[offset + i] << (8 * i);
        }
    }
    return value;
}

uint8_t virtio_interrupts(VirtioDevice *device)
{
    return __atomic_load_n(&device->interrupts, __ATOMIC_ACQUIRE);
}

uint8_t virtio_take_interrupts(VirtioDevice *device, uint8_t which)
{
    return __atomic_fetch_and(&device->interrupts, (uint8_t)~which, __ATOMIC_ACQ_REL) & which;
}

/* ---- Serving ---------------------------------------------------------------------------- */

/* If the driver has broken the queue, the device needs a reset. Returns the cause of interrupt for
 * that, or 0. With the device's lock. */
static uint8_t check(VirtioDevice *device, const Virtqueue *queue)
{
    if (!queue->state.broken || (device->state.status & VIRTIO_CONFIG_S_NEEDS_RESET)) {
        return 0;
    }
    device->state.status |= VIRTIO_CONFIG_S_NEEDS_RESET;
    return VIRTIO_MMIO_INT_CONFIG;
}

static bool is_at_work(const VirtioDevice *device)
{
    uint8_t running = VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET;

    return (device->state.status & running) == VIRTIO_CONFIG_S_DRIVER_OK;
}

static uint8_t serve_chain(VirtioDevice *device, Virtqueue *queue, const VirtqueueChain *chain)
{
    virtqueue_push(queue, chain, device->serve(device, chain));
    return virtqueue_wants_interrupt(queue) ? VIRTIO_MMIO_INT_VRING : 0;
}

bool virtio_serve(VirtioDevice *device, unsigned index)
{
    Virtqueue *queue = &device->queues[index];
    VirtqueueChain chain;
    uint8_t causes = 0;

    pthread_mutex_lock(&device->lock);
    bool found = is_at_work(device) && virtqueue_pop(queue, &chain);
    if (found) {
        causes = serve_chain(device, queue, &chain);
    }
    causes |= check(device, queue);
    uint8_t before = __atomic_fetch_or(&device->interrupts, causes, __ATOMIC_ACQ_REL);
    pthread_mutex_unlock(&device->lock);
    if (causes & ~before) {
        device->interrupt(device->interrupt_opaque);
    }
    return found;
}

/* ---- Saving ----------------------------------------------------------------------------- */

void virtio_save(VirtioDevice *device, VirtioState *state)
{
    pthread_mutex_lock(&device->lock);
    *state = device->state;
    state->interrupts = virtio_interrupts(device);
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        state->queues[i] = device->queues[i].state;
    }
    pthread_mutex_unlock(&device->lock);
}

static bool load(VirtioDevice *device, const VirtioState *state)
{
    device->state = *state;
    __atomic_store_n(&device->interrupts, state->interrupts, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        if (!virtqueue_load(&device->queues[i], &state->queues[i])) {
            return false;
        }
    }
    return true;
}

bool virtio_load(VirtioDevice *device, const VirtioState *state)
{
    pthread_mutex_lock(&device->lock);
    bool good = load(device, state);
    if (!good) {
        reset(device);
    }
    pthread_mutex_unlock(&device->lock);
    return good;
}
