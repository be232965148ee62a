/* SPDX-License-Identifier: MIT
 *
 * The registers in BAR 0 of a virtio function.
 */
#include <endian.h>
#include <linux/virtio_pci.h>
#include <string.h>

#include "virtio-pci-parts.h"

/* ---- Common configuration --------------------------------------------------------------- */

static void fill_queue(VirtioPci *pci, struct virtio_pci_common_cfg *c)
{
    const Virtqueue *queue = virtio_lock_queue(pci->device);

    if (!queue) {
        return;
    }
    const VirtqueueState *s = &queue->state;
    c->queue_size = htole16(s->size);
    c->queue_enable = htole16(s->enabled);
    c->queue_notify_off = c->queue_select;
    c->queue_desc_lo = htole32((uint32_t)s->descriptors);
    c->queue_desc_hi = htole32((uint32_t)(s->descriptors >> 32));
    c->queue_avail_lo = htole32((uint32_t)s->available);
    c->queue_avail_hi = htole32((uint32_t)(s->available >> 32));
    c->queue_used_lo = htole32((uint32_t)s->used);
    c->queue_used_hi = htole32((uint32_t)(s->used >> 32));
    virtio_unlock_queue(pci->device);
}

/* Fills in the whole structure as the guest reads it now. */
static void fill_common(VirtioPci *pci, struct virtio_pci_common_cfg *c)
{
    const VirtioState *s = &pci->device->state;

    *c = (struct virtio_pci_common_cfg){
        .device_feature_select = htole32(s->features_select),
        .device_feature = htole32(virtio_offered(pci->device)),
        .guest_feature_select = htole32(s->driver_features_select),
        .guest_feature = htole32(virtio_accepted(pci->device)),
        .msix_config = htole16(VIRTIO_MSI_NO_VECTOR),
        .num_queues = htole16(VIRTIO_QUEUES),
        .device_status = virtio_status(pci->device),
        .queue_select = htole16(s->queue_select),
        .queue_msix_vector = htole16(VIRTIO_MSI_NO_VECTOR),
    };
    fill_queue(pci, c);
}

static uint64_t common_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtioPci *pci = opaque;
    struct virtio_pci_common_cfg image;
    uint64_t value = 0;

    fill_common(pci, &image);
    if (addr + size <= sizeof(image)) {
        memcpy(&value, (uint8_t *)&image + addr, size);
    }
    return le64toh(value);
}

static void write_queue(VirtioPci *pci, hwaddr addr, uint16_t value)
{
    Virtqueue *queue = virtio_lock_queue(pci->device);

    if (!queue) {
        return;
    }
    if (addr == VIRTIO_PCI_COMMON_Q_SIZE) {
        virtqueue_set_size(queue, value);
    } else if (value == 1) {
        virtqueue_enable(queue);
    }
    virtio_unlock_queue(pci->device);
}

static void write_address(VirtioPci *pci, hwaddr addr, uint32_t value)
{
    bool high = addr & 4;

    switch (addr & ~(hwaddr)4) {
    case VIRTIO_PCI_COMMON_Q_DESCLO:
        virtio_set_address(pci->device, VIRTIO_DESCRIPTORS, high, value);
        break;
    case VIRTIO_PCI_COMMON_Q_AVAILLO:
        virtio_set_address(pci->device, VIRTIO_AVAILABLE, high, value);
        break;
    case VIRTIO_PCI_COMMON_Q_USEDLO:
        virtio_set_address(pci->device, VIRTIO_USED, high, value);
        break;
    default:
        break;
    }
}

/* A reset removes the causes of interrupts, so the pin may change. */
static void write_status(VirtioPci *pci, uint8_t status)
{
    virtio_write_status(pci->device, status);
    virtio_pci_update_pin(pci);
}

void virtio_pci_reset(VirtioPci *pci)
{
    write_status(pci, 0);
}

static void common_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    VirtioPci *pci = opaque;
    uint32_t value = (uint32_t)data;

    (void)size;
    switch (addr) {
    case VIRTIO_PCI_COMMON_DFSELECT:
        virtio_select_features(pci->device, value);
        break;
    case VIRTIO_PCI_COMMON_GFSELECT:
        virtio_select_driver_features(pci->device, value);
        break;
    case VIRTIO_PCI_COMMON_GF:
        virtio_accept(pci->device, value);
        break;
    case VIRTIO_PCI_COMMON_STATUS:
        write_status(pci, (uint8_t)value);
        break;
    case VIRTIO_PCI_COMMON_Q_SELECT:
        virtio_select_queue(pci->device, (uint16_t)value);
        break;
    case VIRTIO_PCI_COMMON_Q_SIZE:
    case VIRTIO_PCI_COMMON_Q_ENABLE:
        write_queue(pci, addr, (uint16_t)value);
        break;
    default:
        write_address(pci, addr, value);
        break;
    }
}

/* ---- The smaller structures ------------------------------------------------------------- */

/* Reading removes the causes. */
static uint64_t status_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtioPci *pci = opaque;

    (void)size;
    if (addr != 0) {
        return 0;
    }
    uint8_t causes = virtio_take_interrupts(pci->device, UINT8_MAX);
    virtio_pci_update_pin(pci);
    return causes;
}

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtioPci *pci = opaque;

    return virtio_read_config(pci->device, addr, size);
}

static uint64_t notify_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)size;
    return 0;
}

/* Only called for writes that match no ioeventfd, such as those of another width. */
static void notify_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    VirtioPci *pci = opaque;

    (void)addr;
    (void)data;
    (void)size;
    event_notifier_set(&pci->kick);
}

static void ignore_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)data;
    (void)size;
}

#define REGISTERS(reader, writer)                                                                 \
    {                                                                                             \
        .read = reader, .write = writer, .endianness = DEVICE_LITTLE_ENDIAN,                      \
        .valid = { .min_access_size = 1, .max_access_size = 8 },                                  \
        .impl = { .min_access_size = 1, .max_access_size = 4 },                                   \
    }
const MemoryRegionOps virtio_pci_ops[VIRTIO_PCI_REGIONS] = {
    [VIRTIO_PCI_AT_COMMON] = REGISTERS(common_read, common_write),
    [VIRTIO_PCI_AT_ISR] = REGISTERS(status_read, ignore_write),
    [VIRTIO_PCI_AT_DEVICE] = REGISTERS(device_read, ignore_write),
    [VIRTIO_PCI_AT_NOTIFY] = REGISTERS(notify_read, notify_write),
};
