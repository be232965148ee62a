/* SPDX-License-Identifier: MIT
 *
 * The virtio block device: registers of the memory-mapped transport, and requests. A request is a
 * chain of three or more descriptors: a header that the device reads, data, and a status byte that
 * the device writes.
 */
#include "virtio-blk.h"

enum {
    REG_MAGIC = 0x000,
    REG_VERSION = 0x004,
    REG_DEVICE = 0x008,
    REG_VENDOR = 0x00c,
    REG_FEATURES = 0x010,
    REG_FEATURES_SELECT = 0x014,
    REG_DRIVER_FEATURES = 0x020,
    REG_DRIVER_FEATURES_SELECT = 0x024,
    REG_QUEUE_SELECT = 0x030,
    REG_QUEUE_MAX = 0x034,
    REG_QUEUE_SIZE = 0x038,
    REG_QUEUE_READY = 0x044,
    REG_QUEUE_NOTIFY = 0x050,
    REG_INTERRUPT_STATUS = 0x060,
    REG_INTERRUPT_ACK = 0x064,
    REG_STATUS = 0x070,
    REG_DESCRIPTORS = 0x080,
    REG_AVAILABLE = 0x090,
    REG_USED = 0x0a0,
    REG_CAPACITY = 0x100,
};

#define MAGIC 0x74726976
#define VERSION 2
#define DEVICE_BLOCK 2
#define VENDOR 0x4d454d50
#define FEATURE_VERSION_1 ((uint64_t)1 << 32)

#define DESCRIPTOR_NEXT 1
#define DESCRIPTOR_WRITE 2

enum { REQUEST_READ = 0, REQUEST_WRITE = 1 };
enum { STATUS_OK = 0, STATUS_IO_ERROR = 1, STATUS_UNSUPPORTED = 2 };

typedef struct Descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
} Descriptor;

typedef struct Request {
    uint32_t type;
    uint64_t sector;
    uint8_t status;
    uint32_t written; /* bytes in the guest's memory */
} Request;

/* ---- Requests --------------------------------------------------------------------------- */

static Descriptor read_descriptor(VirtioBlk *blk, uint16_t index)
{
    hwaddr at = blk->descriptors + 16 * (hwaddr)(index % VIRTIO_BLK_QUEUE_MAX);

    return (Descriptor){
        .address = ldq_le_phys(blk->dma, at),
        .length = ldl_le_phys(blk->dma, at + 8),
        .flags = lduw_le_phys(blk->dma, at + 12),
        .next = lduw_le_phys(blk->dma, at + 14),
    };
}

static bool inside_disk(const VirtioBlk *blk, uint64_t sector, uint64_t length)
{
    uint64_t size = blk->sectors * VIRTIO_BLK_SECTOR;

    return sector < blk->sectors && length <= size - sector * VIRTIO_BLK_SECTOR;
}

/* One stretch of data, from or to the disk. */
static void transfer(VirtioBlk *blk, Request *request, Descriptor d)
{
    bool to_guest = request->type == REQUEST_READ;
    bool allowed = to_guest || request->type == REQUEST_WRITE;
    MemTxResult result;

    if (!allowed) {
        request->status = STATUS_UNSUPPORTED;
        return;
    }
    if (!inside_disk(blk, request->sector, d.length) ||
        to_guest != ((d.flags & DESCRIPTOR_WRITE) != 0)) {
        request->status = STATUS_IO_ERROR;
        return;
    }
    result = address_space_rw(blk->dma, d.address, MEMTXATTRS_UNSPECIFIED,
                              blk->disk + request->sector * VIRTIO_BLK_SECTOR, d.length, to_guest);
    if (result != MEMTX_OK) {
        request->status = STATUS_IO_ERROR;
    }
    request->sector += d.length / VIRTIO_BLK_SECTOR;
    request->written += to_guest ? d.length : 0;
}

/* Follows a chain of descriptors; a guest that ties it into a ring gets no further than the queue
 * is long. */
static uint32_t serve_chain(VirtioBlk *blk, uint16_t head)
{
    Request request = { .status = STATUS_OK };
    Descriptor d = read_descriptor(blk, head);

    request.type = ldl_le_phys(blk->dma, d.address);
    request.sector = ldq_le_phys(blk->dma, d.address + 8);
    for (unsigned i = 0; (d.flags & DESCRIPTOR_NEXT) && i < VIRTIO_BLK_QUEUE_MAX; i++) {
        d = read_descriptor(blk, d.next);
        if (d.flags & DESCRIPTOR_NEXT) {
            transfer(blk, &request, d);
        }
    }
    stb_phys(blk->dma, d.address, request.status);
    blk->requests++;
    blk->bytes_to_guest += request.written;
    return request.written + 1;
}

static void put_used(VirtioBlk *blk, uint16_t head, uint32_t written)
{
    uint16_t index = lduw_le_phys(blk->dma, blk->used + 2);
    hwaddr at = blk->used + 4 + 8 * (hwaddr)(index % blk->queue_size);

    stl_le_phys(blk->dma, at, head);
    stl_le_phys(blk->dma, at + 4, written);
    stw_le_phys(blk->dma, blk->used + 2, (uint16_t)(index + 1));
}

static void serve_queue(VirtioBlk *blk)
{
    if (!blk->queue_ready || blk->queue_size == 0) {
        return;
    }
    while (blk->next_available != lduw_le_phys(blk->dma, blk->available + 2)) {
        hwaddr at = blk->available + 4 + 2 * (hwaddr)(blk->next_available % blk->queue_size);
        uint16_t head = lduw_le_phys(blk->dma, at);

        put_used(blk, head, serve_chain(blk, head));
        blk->next_available++;
    }
    blk->interrupt_status |= 1;
    blk->irq(blk->irq_opaque);
}

/* ---- Registers -------------------------------------------------------------------------- */

static uint32_t offered_features(const VirtioBlk *blk)
{
    return blk->features_select < 2 ? (uint32_t)(FEATURE_VERSION_1 >> (32 * blk->features_select))
                                    : 0;
}

/* There is only queue 0. */
static uint32_t queue_max(const VirtioBlk *blk)
{
    return blk->queue_select == 0 ? VIRTIO_BLK_QUEUE_MAX : 0;
}

static uint64_t blk_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtioBlk *blk = opaque;

    (void)size;
    switch (addr) {
    case REG_MAGIC:
        return MAGIC;
    case REG_VERSION:
        return VERSION;
    case REG_DEVICE:
        return DEVICE_BLOCK;
    case REG_VENDOR:
        return VENDOR;
    case REG_FEATURES:
        return offered_features(blk);
    case REG_QUEUE_MAX:
        return queue_max(blk);
    case REG_QUEUE_READY:
        return blk->queue_ready;
    case REG_INTERRUPT_STATUS:
        return blk->interrupt_status;
    case REG_STATUS:
        return blk->status;
    case REG_CAPACITY:
        return (uint32_t)blk->sectors;
    case REG_CAPACITY + 4:
        return (uint32_t)(blk->sectors >> 32);
    default:
        return 0;
    }
}

static void set_half(uint64_t *value, bool high, uint32_t half)
{
    unsigned shift = high ? 32 : 0;

    *value = (*value & ~((uint64_t)0xffffffff << shift)) | ((uint64_t)half << shift);
}

/* Writing 0 resets the device. */
static void set_status(VirtioBlk *blk, uint32_t status)
{
    blk->status = status;
    if (status == 0) {
        blk->queue_ready = false;
        blk->queue_size = 0;
        blk->next_available = 0;
        blk->interrupt_status = 0;
        blk->driver_features = 0;
    }
}

static void set_queue_size(VirtioBlk *blk, uint32_t size)
{
    blk->queue_size = size <= VIRTIO_BLK_QUEUE_MAX ? size : 0;
}

static void write_queue_register(VirtioBlk *blk, hwaddr addr, uint32_t value)
{
    switch (addr & ~(hwaddr)4) {
    case REG_DESCRIPTORS:
        set_half(&blk->descriptors, addr & 4, value);
        break;
    case REG_AVAILABLE:
        set_half(&blk->available, addr & 4, value);
        break;
    case REG_USED:
        set_half(&blk->used, addr & 4, value);
        break;
    default:
        break;
    }
}

static void blk_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    VirtioBlk *blk = opaque;
    uint32_t value = (uint32_t)data;

    (void)size;
    switch (addr) {
    case REG_FEATURES_SELECT:
        blk->features_select = value;
        break;
    case REG_DRIVER_FEATURES:
        set_half(&blk->driver_features, blk->driver_features_select & 1, value);
        break;
    case REG_DRIVER_FEATURES_SELECT:
        blk->driver_features_select = value;
        break;
    case REG_QUEUE_SELECT:
        blk->queue_select = value;
        break;
    case REG_QUEUE_SIZE:
        set_queue_size(blk, value);
        break;
    case REG_QUEUE_READY:
        blk->queue_ready = value & 1;
        break;
    case REG_QUEUE_NOTIFY:
        serve_queue(blk);
        break;
    case REG_INTERRUPT_ACK:
        blk->interrupt_status &= ~value;
        break;
    case REG_STATUS:
        set_status(blk, value);
        break;
    default:
        write_queue_register(blk, addr, value);
        break;
    }
}

/* Registers are words; the library makes words of bytes in the configuration space. */
static const MemoryRegionOps blk_ops = {
    .read = blk_read,
    .write = blk_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

void virtio_blk_init(VirtioBlk *blk, AddressSpace *dma, uint8_t *disk, uint64_t sectors,
                     VirtioBlkIrq *irq, void *opaque)
{
    *blk = (VirtioBlk){ .dma = dma, .disk = disk, .sectors = sectors, .irq = irq,
                        .irq_opaque = opaque };
    memory_region_init_io(&blk->region, NULL, &blk_ops, blk, "virtio-blk", VIRTIO_BLK_SIZE);
}
