/* SPDX-License-Identifier: MIT
 *
 * The disk without a transport, and its driver; see bare-disk.h.
 */
#include "bare-disk.h"

#include "../probe.h"

void count_interrupt(void *opaque)
{
    ((Stage *)opaque)->interrupts++;
}

void accept_features(Stage *s, uint64_t features)
{
    VirtioDevice *d = &s->blk.device;

    virtio_select_driver_features(d, 0);
    virtio_accept(d, (uint32_t)features);
    virtio_select_driver_features(d, 1);
    virtio_accept(d, (uint32_t)(features >> 32));
}

static void choose_addresses(Stage *s)
{
    const uint64_t addresses[] = { s->ring.descriptors, s->ring.available, s->ring.used };

    for (unsigned i = 0; i < G_N_ELEMENTS(addresses); i++) {
        virtio_set_address(&s->blk.device, (VirtioAddress)i, false, (uint32_t)addresses[i]);
        virtio_set_address(&s->blk.device, (VirtioAddress)i, true, (uint32_t)(addresses[i] >> 32));
    }
}

void start_driver(Stage *s)
{
    VirtioDevice *d = &s->blk.device;
    uint8_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

    virtio_write_status(d, 0);
    virtio_write_status(d, status);
    accept_features(s, VERSION_1);
    virtio_write_status(d, status |= VIRTIO_CONFIG_S_FEATURES_OK);
    g_assert_cmphex(virtio_status(d), ==, status);
    s->ring = ring_at(s->as, RING, SIZE);
    stw_le_phys(s->as, s->ring.available + 2, 0);
    stw_le_phys(s->as, s->ring.used + 2, 0);
    virtio_select_queue(d, 0);
    choose_addresses(s);
    Virtqueue *queue = virtio_lock_queue(d);
    virtqueue_set_size(queue, SIZE);
    virtqueue_enable(queue);
    virtio_unlock_queue(d);
    virtio_write_status(d, status | VIRTIO_CONFIG_S_DRIVER_OK);
}

void connect_disk(Stage *s)
{
    virtio_blk_init(&s->blk, &s->disk, "a disk of the test suite");
    virtio_connect(&s->blk.device, s->as, count_interrupt, s);
    start_driver(s);
}

void stage_open(Stage *s, Machine *m)
{
    *s = (Stage){ .root = box_new(m, "root", UINT64_MAX), .bytes = g_malloc(DISK_BYTES) };
    s->ram = ram_new(m, "ram", RAM_SIZE);
    memory_region_add_subregion(s->root, 0, s->ram);
    s->as = space_new(m, s->root, "dma");
    for (unsigned i = 0; i < DISK_BYTES; i++) {
        s->bytes[i] = (uint8_t)(i / DISK_SECTOR + i);
    }
    disk_init_memory(&s->disk, s->bytes, DISK_BYTES);
}

void stage_setup(Stage *s, Machine *m)
{
    stage_open(s, m);
    connect_disk(s);
}

void stage_end(Stage *s)
{
    virtio_end(&s->blk.device);
    g_free(s->bytes);
}

/* ---- Requests --------------------------------------------------------------------------- */

void put_header(Stage *s, uint32_t type, uint64_t sector)
{
    stl_le_phys(s->as, HEADER, type);
    stl_le_phys(s->as, HEADER + 4, 0);
    stq_le_phys(s->as, HEADER + 8, sector);
    stb_phys(s->as, STATUS, NO_STATUS);
}

void offer(Stage *s, const Buffer *buffers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ring_describe(&s->ring, (uint16_t)i, buffers[i].address, buffers[i].length,
                      (uint16_t)((buffers[i].writable ? RING_WRITE : 0) |
                                 (i + 1 < count ? RING_NEXT : 0)),
                      (uint16_t)(i + 1));
    }
    ring_offer(&s->ring, 0);
}

char *outcome(Stage *s)
{
    g_autofree char *used = NULL;

    while (virtio_serve(&s->blk.device, 0)) {
    }
    used = ring_take(&s->ring);
    return g_strdup_printf("%x %s", ldub_phys(s->as, STATUS),
                           g_str_has_prefix(used, "0:") ? used + 2 : used);
}

void assert_plain(Stage *s, uint32_t type, uint64_t sector, hwaddr address, uint32_t length,
                  const char *want)
{
    put_header(s, type, sector);
    assert_request(s, want, { HEADER, 16, false },
                   { address, length, type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID },
                   { STATUS, 1, true });
}

uint8_t *guest(Stage *s, hwaddr address)
{
    return host_of(s->ram) + address;
}
