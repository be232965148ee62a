/* SPDX-License-Identifier: MIT
 *
 * Registers of the memory-mapped virtio transport.
 */
#include "virtio-mmio.h"

#include <linux/virtio_mmio.h>

#define MAGIC 0x74726976
#define VERSION 2
#define VENDOR 0x4d454d50

/* ---- Queue ------------------------------------------------------------------------------ */

static uint32_t read_queue(VirtioDevice *device, hwaddr addr)
{
    const Virtqueue *queue = virtio_lock_queue(device);
    uint32_t value;

    if (!queue) {
        return 0;
    }
    value = addr == VIRTIO_MMIO_QUEUE_READY ? queue->state.enabled : VIRTQUEUE_SIZE_MAX;
    virtio_unlock_queue(device);
    return value;
}

static void set_ready(Virtqueue *queue, bool ready)
{
    if (ready) {
        virtqueue_enable(queue);
    } else {
        virtqueue_reset(queue);
    }
}

static void write_queue(VirtioDevice *device, hwaddr addr, uint32_t value)
{
    Virtqueue *queue = virtio_lock_queue(device);

    if (!queue) {
        return;
    }
    if (addr == VIRTIO_MMIO_QUEUE_READY) {
        set_ready(queue, value & 1);
    } else {
        virtqueue_set_size(queue, value);
    }
    virtio_unlock_queue(device);
}

/* Serves at most as many chains as the queue can hold. The driver waits for its store, so it adds
 * no others meanwhile. */
static void notify(VirtioDevice *device, uint32_t index)
{
    for (unsigned i = 0; i < VIRTQUEUE_SIZE_MAX && index < VIRTIO_QUEUES; i++) {
        if (!virtio_serve(device, index)) {
            return;
        }
    }
}

/* ---- Registers -------------------------------------------------------------------------- */

static uint64_t mmio_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtioDevice *device = opaque;

    if (addr >= VIRTIO_MMIO_CONFIG) {
        return virtio_read_config(device, addr - VIRTIO_MMIO_CONFIG, size);
    }
    switch (addr) {
    case VIRTIO_MMIO_MAGIC_VALUE:
        return MAGIC;
    case VIRTIO_MMIO_VERSION:
        return VERSION;
    case VIRTIO_MMIO_DEVICE_ID:
        return device->id;
    case VIRTIO_MMIO_VENDOR_ID:
        return VENDOR;
    case VIRTIO_MMIO_DEVICE_FEATURES:
        return virtio_offered(device);
    case VIRTIO_MMIO_QUEUE_NUM_MAX:
    case VIRTIO_MMIO_QUEUE_READY:
        return read_queue(device, addr);
    case VIRTIO_MMIO_INTERRUPT_STATUS:
        return virtio_interrupts(device);
    case VIRTIO_MMIO_STATUS:
        return virtio_status(device);
    default:
        return 0;
    }
}

static void write_address(VirtioDevice *device, hwaddr addr, uint32_t value)
{
    switch (addr & ~(hwaddr)4) {
    case VIRTIO_MMIO_QUEUE_DESC_LOW:
        virtio_set_address(device, VIRTIO_DESCRIPTORS, addr & 4, value);
        break;
    case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
        virtio_set_address(device, VIRTIO_AVAILABLE, addr & 4, value);
        break;
    case VIRTIO_MMIO_QUEUE_USED_LOW:
        virtio_set_address(device, VIRTIO_USED, addr & 4, value);
        break;
    default:
        break;
    }
}

static void mmio_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    VirtioDevice *device = opaque;
    uint32_t value = (uint32_t)data;

    (void)size;
    switch (addr) {
    case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
        virtio_select_features(device, value);
        break;
    case VIRTIO_MMIO_DRIVER_FEATURES:
        virtio_accept(device, value);
        break;
    case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
        virtio_select_driver_features(device, value);
        break;
    case VIRTIO_MMIO_QUEUE_SEL:
        virtio_select_queue(device, (uint16_t)(value < UINT16_MAX ? value : UINT16_MAX));
        break;
    case VIRTIO_MMIO_QUEUE_NUM:
    case VIRTIO_MMIO_QUEUE_READY:
        write_queue(device, addr, value);
        break;
    case VIRTIO_MMIO_QUEUE_NOTIFY:
        notify(device, value);
        break;
    case VIRTIO_MMIO_INTERRUPT_ACK:
        virtio_take_interrupts(device, (uint8_t)value);
        break;
    case VIRTIO_MMIO_STATUS:
        virtio_write_status(device, (uint8_t)value);
        break;
    default:
        write_address(device, addr, value);
        break;
    }
}

/* Registers are words. The library turns accesses to bytes of configuration space into words. */
static const MemoryRegionOps mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

void virtio_mmio_init(VirtioMmio *mmio, VirtioDevice *device, AddressSpace *dma, uint64_t size,
                      VirtioMmioIrq *irq, void *opaque)
{
    mmio->device = device;
    memory_region_init_io(&mmio->region, NULL, &mmio_ops, device, "virtio-blk", size);
    virtio_connect(device, dma, irq, opaque);
}
