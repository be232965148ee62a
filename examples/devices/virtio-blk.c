/* SPDX-License-Identifier: MIT
 *
 * The requests of a virtio block device. A request is a chain of buffers: a header of 16 bytes,
 * data, and a last byte for the status. The driver may spread these over any number of buffers. So
 * the readable buffers are treated as one stream, and the writable ones as another.
 */
#include "virtio-blk.h"

#include <endian.h>
#include <linux/virtio_ids.h>
#include <string.h>

/* ---- Streams ---------------------------------------------------------------------------- */

/* The readable or the writable buffers of a chain, from a position on. */
typedef struct Stream {
    AddressSpace *dma;
    const VirtqueueBuffer *buffer;
    unsigned count;  /* the number of buffers that are left, including this one */
    uint32_t offset; /* the position in this buffer */
    bool is_write;
} Stream;

static Stream stream_of(VirtioBlk *blk, const VirtqueueChain *chain, bool is_write)
{
    return (Stream){
        .dma = blk->device.dma,
        .buffer = chain->buffers + (is_write ? chain->readable : 0),
        .count = is_write ? chain->writable : chain->readable,
        .is_write = is_write,
    };
}

static uint64_t bytes_left(const Stream *s)
{
    uint64_t left = 0;

    for (unsigned i = 0; i < s->count; i++) {
        left += s->buffer[i].length;
    }
    return left - s->offset;
}

/* Returns the address of the next bytes, which are in one buffer. *length, the most that the
 * caller wants, becomes their number. */
static hwaddr next_piece(const Stream *s, hwaddr *length)
{
    uint32_t left = s->buffer->length - s->offset;

    *length = *length < left ? *length : left;
    return s->buffer->address + s->offset;
}

static void advance(Stream *s, hwaddr length)
{
    s->offset += (uint32_t)length;
    while (s->count > 0 && s->offset == s->buffer->length) {
        s->buffer++;
        s->count--;
        s->offset = 0;
    }
}

/* Copies bytes from the stream to a variable, or from it to the stream. Returns false if the
 * stream is too short or its address is not memory. */
static bool copy(Stream *s, void *data, hwaddr size)
{
    uint8_t *bytes = data;

    while (size > 0 && s->count > 0) {
        hwaddr length = size;
        hwaddr address = next_piece(s, &length);

        if (address_space_rw(s->dma, address, VIRTQUEUE_DMA, bytes, length, s->is_write) !=
            MEMTX_OK) {
            return false;
        }
        advance(s, length);
        bytes += length;
        size -= length;
    }
    return size == 0;
}

/* ---- Data ------------------------------------------------------------------------------- */

static bool disk_move(Disk *disk, uint64_t at, void *host, size_t length, bool from_disk)
{
    return from_disk ? disk_read(disk, at, host, length) : disk_write(disk, at, host, length);
}

/* Moves bytes between the disk and guest memory. *length becomes the number that is contiguous in
 * host memory. The access is checked first: if the address were not memory, a map of it would be a
 * bounce buffer, whose contents go nowhere. */
static bool move_piece(const Stream *s, Disk *disk, uint64_t at, hwaddr address, hwaddr *length)
{
    if (!address_space_access_valid(s->dma, address, *length, s->is_write, VIRTQUEUE_DMA)) {
        return false;
    }
    void *host = address_space_map(s->dma, address, length, s->is_write, VIRTQUEUE_DMA);
    if (!host) {
        return false;
    }
    bool done = disk_move(disk, at, host, *length, s->is_write);
    address_space_unmap(s->dma, host, *length, s->is_write, *length);
    return done;
}

/* Moves 'size' bytes, which the disk and the stream have. Reading the disk writes to the
 * stream. */
static bool move_data(Stream *s, Disk *disk, uint64_t at, uint64_t size)
{
    advance(s, 0); /* past empty buffers, which cannot be mapped */
    while (size > 0) {
        hwaddr length = size;
        hwaddr address = next_piece(s, &length);

        if (!move_piece(s, disk, at, address, &length)) {
            return false;
        }
        advance(s, length);
        at += length;
        size -= length;
    }
    return true;
}

/* ---- Requests --------------------------------------------------------------------------- */

typedef struct Request {
    uint32_t type;
    uint64_t sector;
    Stream in;       /* the readable buffers, after the header */
    Stream out;      /* the writable buffers */
    uint64_t room;   /* the bytes for data in 'out': all but the status */
    uint64_t stored; /* the bytes of data that were written to 'out' */
} Request;

/* Whether 'length' bytes from a sector on are whole sectors of the disk. */
static bool on_disk(const Disk *disk, uint64_t sector, uint64_t length)
{
    return sector <= disk->size / DISK_SECTOR && length % DISK_SECTOR == 0 &&
           disk_has(disk, sector * DISK_SECTOR, length);
}

static uint8_t serve_read(VirtioBlk *blk, Request *r)
{
    if (!on_disk(blk->disk, r->sector, r->room) ||
        !move_data(&r->out, blk->disk, r->sector * DISK_SECTOR, r->room)) {
        return VIRTIO_BLK_S_IOERR;
    }
    r->stored = r->room;
    blk->bytes_read += r->room;
    return VIRTIO_BLK_S_OK;
}

static uint8_t serve_write(VirtioBlk *blk, Request *r)
{
    uint64_t size = bytes_left(&r->in);

    if (blk->disk->read_only || !on_disk(blk->disk, r->sector, size) ||
        !move_data(&r->in, blk->disk, r->sector * DISK_SECTOR, size)) {
        return VIRTIO_BLK_S_IOERR;
    }
    blk->bytes_written += size;
    return VIRTIO_BLK_S_OK;
}

static uint8_t serve_get_id(VirtioBlk *blk, Request *r)
{
    hwaddr size = r->room < sizeof(blk->id) ? r->room : sizeof(blk->id);

    if (!copy(&r->out, blk->id, size)) {
        return VIRTIO_BLK_S_IOERR;
    }
    r->stored = size;
    return VIRTIO_BLK_S_OK;
}

static uint8_t serve_request(VirtioBlk *blk, Request *r)
{
    switch (r->type) {
    case VIRTIO_BLK_T_IN:
        return serve_read(blk, r);
    case VIRTIO_BLK_T_OUT:
        return serve_write(blk, r);
    case VIRTIO_BLK_T_FLUSH:
        return disk_flush(blk->disk) ? VIRTIO_BLK_S_OK : VIRTIO_BLK_S_IOERR;
    case VIRTIO_BLK_T_GET_ID:
        return serve_get_id(blk, r);
    default:
        return VIRTIO_BLK_S_UNSUPP;
    }
}

static bool parse(VirtioBlk *blk, const VirtqueueChain *chain, Request *r)
{
    struct virtio_blk_outhdr header;

    *r = (Request){ .in = stream_of(blk, chain, false), .out = stream_of(blk, chain, true) };
    if (!copy(&r->in, &header, sizeof(header))) {
        return false;
    }
    r->type = le32toh(header.type);
    r->sector = le64toh(header.sector);
    return true;
}

/* Writes the status to the last writable byte, which 'room' other bytes precede. */
static bool put_status(VirtioBlk *blk, const VirtqueueChain *chain, uint64_t room, uint8_t status)
{
    Stream s = stream_of(blk, chain, true);

    while (s.count > 1 && room >= s.buffer->length) {
        room -= s.buffer->length;
        s.buffer++;
        s.count--;
    }
    s.offset = (uint32_t)room;
    return copy(&s, &status, 1);
}

/* Serves a chain, and returns the number of bytes that were written to its buffers. A chain
 * without a byte for the status gets no answer. */
static uint32_t serve(VirtioDevice *device, const VirtqueueChain *chain)
{
    VirtioBlk *blk = (VirtioBlk *)((char *)device - offsetof(VirtioBlk, device));
    uint8_t status = VIRTIO_BLK_S_IOERR;
    Request r;
    bool understood = parse(blk, chain, &r);

    blk->requests++;
    if (bytes_left(&r.out) == 0) {
        return 0;
    }
    r.room = bytes_left(&r.out) - 1;
    if (understood) {
        status = serve_request(blk, &r);
    }
    bool whole = put_status(blk, chain, r.room, status) && r.stored == r.room;
    return (uint32_t)(r.stored + whole);
}

void virtio_blk_init(VirtioBlk *blk, Disk *disk, const char *id)
{
    *blk = (VirtioBlk){ .disk = disk };
    memcpy(blk->id, id, strnlen(id, sizeof(blk->id)));
    blk->config.capacity = htole64(disk->size / DISK_SECTOR);
    blk->config.blk_size = htole32(DISK_SECTOR);
    blk->config.seg_max = htole32(VIRTQUEUE_SIZE_MAX - 2);
    virtio_init(&blk->device, VIRTIO_ID_BLOCK,
                (uint64_t)1 << VIRTIO_BLK_F_SEG_MAX | (uint64_t)1 << VIRTIO_BLK_F_BLK_SIZE |
                    (uint64_t)1 << VIRTIO_BLK_F_FLUSH |
                    (uint64_t)disk->read_only << VIRTIO_BLK_F_RO,
                &blk->config, sizeof(blk->config), serve);
}
