/* SPDX-License-Identifier: MIT
 *
 * The example machines' virtio block device (examples/devices) without a transport: what its
 * requests do, and what a driver can do to it.
 */
#include "../examples/devices/virtio-blk.h"

#include <glib/gstdio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <string.h>
#include <unistd.h>

#include "devices/ring.h"
#include "probe.h"

enum {
    RAM_SIZE = 0x40000,
    RING = 0x1000,
    HEADER = 0x2000,
    STATUS = 0x2800,
    DATA = 0x4000,
    SECTORS = 64,
    SIZE = 16,
    NO_STATUS = 0xee,
};
#define DISK_BYTES ((uint64_t)SECTORS * DISK_SECTOR)
#define VERSION_1 ((uint64_t)1 << VIRTIO_F_VERSION_1)

typedef struct Stage {
    MemoryRegion *root;
    MemoryRegion *ram;
    AddressSpace *as;
    uint8_t *bytes;
    Disk disk;
    VirtioBlk blk;
    Ring ring;
    unsigned interrupts;
} Stage;

static void interrupt(void *opaque)
{
    ((Stage *)opaque)->interrupts++;
}

static void accept_features(Stage *s, uint64_t features)
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

/* What a driver does first. */
static void start_driver(Stage *s)
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

static void connect_disk(Stage *s)
{
    virtio_blk_init(&s->blk, &s->disk, "a disk of the test suite");
    virtio_connect(&s->blk.device, s->as, interrupt, s);
    start_driver(s);
}

static void stage_open(Stage *s, Machine *m)
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

static void stage_setup(Stage *s, Machine *m)
{
    stage_open(s, m);
    connect_disk(s);
}

static void stage_end(Stage *s)
{
    virtio_end(&s->blk.device);
    g_free(s->bytes);
}

/* ---- Requests --------------------------------------------------------------------------- */

typedef struct Buffer {
    hwaddr address;
    uint32_t length;
    bool writable;
} Buffer;

static void put_header(Stage *s, uint32_t type, uint64_t sector)
{
    stl_le_phys(s->as, HEADER, type);
    stl_le_phys(s->as, HEADER + 4, 0);
    stq_le_phys(s->as, HEADER + 8, sector);
    stb_phys(s->as, STATUS, NO_STATUS);
}

static void offer(Stage *s, const Buffer *buffers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ring_describe(&s->ring, (uint16_t)i, buffers[i].address, buffers[i].length,
                      (uint16_t)((buffers[i].writable ? RING_WRITE : 0) |
                                 (i + 1 < count ? RING_NEXT : 0)),
                      (uint16_t)(i + 1));
    }
    ring_offer(&s->ring, 0);
}

/* What became of it: the status byte and the length in the used ring, "0 513". */
static char *outcome(Stage *s)
{
    g_autofree char *used = NULL;

    while (virtio_serve(&s->blk.device, 0)) {
    }
    used = ring_take(&s->ring);
    return g_strdup_printf("%x %s", ldub_phys(s->as, STATUS),
                           g_str_has_prefix(used, "0:") ? used + 2 : used);
}

#define assert_outcome(s, want)                                                                   \
    do {                                                                                          \
        g_autofree char *outcome_now = outcome(s);                                                \
        g_assert_cmpstr(outcome_now, ==, want);                                                   \
    } while (0)

/* A request with any buffers. */
#define assert_request(s, want, ...)                                                              \
    do {                                                                                          \
        const Buffer buffers[] = { __VA_ARGS__ };                                                 \
        offer(s, buffers, G_N_ELEMENTS(buffers));                                                 \
        assert_outcome(s, want);                                                                  \
    } while (0)

/* One with a header, one buffer of data, and a status. */
static void assert_plain(Stage *s, uint32_t type, uint64_t sector, hwaddr address, uint32_t length,
                         const char *want)
{
    put_header(s, type, sector);
    assert_request(s, want, { HEADER, 16, false },
                   { address, length, type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID },
                   { STATUS, 1, true });
}

static uint8_t *guest(Stage *s, hwaddr address)
{
    return host_of(s->ram) + address;
}

static void reads(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    assert_plain(s, VIRTIO_BLK_T_IN, 3, DATA, 2 * DISK_SECTOR, "0 1025");
    g_assert_cmpmem(guest(s, DATA), 1024, s->bytes + 3 * DISK_SECTOR, 1024);
    g_assert_cmphex(*guest(s, DATA + 1024), ==, 0);
    assert_plain(s, VIRTIO_BLK_T_IN, SECTORS - 1, DATA, DISK_SECTOR, "0 513");
    g_assert_cmpmem(guest(s, DATA), 512, s->bytes + DISK_BYTES - 512, 512);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, (uint32_t)DISK_BYTES, "0 32769");
    g_assert_cmpmem(guest(s, DATA), DISK_BYTES, s->bytes, DISK_BYTES);
    assert_plain(s, VIRTIO_BLK_T_IN, SECTORS, DATA, 0, "0 1");
    g_assert_cmpuint(s->blk.requests, ==, 4);
    g_assert_cmpuint(s->blk.bytes_read, ==, 1024 + 512 + DISK_BYTES);
    stage_end(s);
}

static void writes(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    memset(guest(s, DATA), 0xa5, 1024);
    assert_plain(s, VIRTIO_BLK_T_OUT, 7, DATA, 1024, "0 1");
    g_assert_cmpmem(s->bytes + 7 * DISK_SECTOR, 1024, guest(s, DATA), 1024);
    g_assert_cmphex(s->bytes[7 * DISK_SECTOR - 1], ==, (uint8_t)(6 + 511));
    g_assert_cmphex(s->bytes[9 * DISK_SECTOR], ==, 9);
    g_assert_cmpuint(s->blk.bytes_written, ==, 1024);
    stage_end(s);
}

static void flushes_and_tells_its_name(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    put_header(s, VIRTIO_BLK_T_FLUSH, 0);
    assert_request(s, "0 1", { HEADER, 16, false }, { STATUS, 1, true });
    assert_plain(s, VIRTIO_BLK_T_GET_ID, 0, DATA, VIRTIO_BLK_ID_BYTES, "0 21");
    g_assert_cmpmem(guest(s, DATA), VIRTIO_BLK_ID_BYTES, "a disk of the test suite", 20);
    *guest(s, DATA + 0x105) = 0x77;
    assert_plain(s, VIRTIO_BLK_T_GET_ID, 0, DATA + 0x100, 5, "0 6");
    g_assert_cmpmem(guest(s, DATA + 0x100), 6, "a dis\x77", 6);
    assert_plain(s, VIRTIO_BLK_T_GET_ID, 0, DATA, 30, "0 20");
    assert_plain(s, VIRTIO_BLK_T_SCSI_CMD, 0, DATA, 512, "2 1");
    assert_plain(s, 0xffffffff, 0, DATA, 512, "2 1");
    stage_end(s);
}

/* However the driver cuts it. */
static void any_layout(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    put_header(s, VIRTIO_BLK_T_IN, 5);
    assert_request(s, "0 1025", { HEADER, 0, false }, { HEADER, 3, false }, { HEADER + 3, 5, false },
                   { HEADER + 8, 8, false }, { DATA, 0, true }, { DATA + 3, 500, true },
                   { DATA + 0x1000, 12, true }, { DATA + 0x2000, 512, true }, { DATA, 0, true },
                   { STATUS, 1, true }, { DATA, 0, true });
    g_assert_cmpmem(guest(s, DATA + 3), 500, s->bytes + 5 * 512, 500);
    g_assert_cmpmem(guest(s, DATA + 0x1000), 12, s->bytes + 5 * 512 + 500, 12);
    g_assert_cmpmem(guest(s, DATA + 0x2000), 512, s->bytes + 6 * 512, 512);
    put_header(s, VIRTIO_BLK_T_IN, 5);
    assert_request(s, "0 513", { HEADER, 16, false }, { STATUS - 512, 513, true });
    g_assert_cmpmem(guest(s, STATUS - 512), 512, s->bytes + 5 * 512, 512);
    put_header(s, VIRTIO_BLK_T_OUT, 9);
    memmove(guest(s, HEADER + 16), s->bytes, 512);
    assert_request(s, "0 1", { HEADER, 16 + 512, false }, { STATUS, 1, true });
    g_assert_cmpmem(s->bytes + 9 * 512, 512, s->bytes, 512);
    stage_end(s);
}

static void out_of_bounds(Machine *m, gconstpointer data)
{
    static const struct {
        uint64_t sector;
        uint32_t length;
    } wrong[] = {
        { SECTORS, 512 },      { SECTORS - 1, 1024 },       { 0, DISK_BYTES + 512 },
        { UINT64_MAX, 512 },   { UINT64_MAX / 512, 1024 },  { (uint64_t)1 << 55, 512 },
        { SECTORS + 1, 0 },    { 0, 511 },                  { 0, 513 },
        { 0, 1 },              { 0, 0xfffffe00 },           { UINT64_MAX - 1, 0xfffffe00 },
    };
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    g_autofree uint8_t *before = g_memdup2(s->bytes, DISK_BYTES);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        bool none = wrong[i].length == 0;
        assert_plain(s, VIRTIO_BLK_T_IN, wrong[i].sector, DATA, wrong[i].length,
                     none ? "1 1" : "1 0");
        assert_plain(s, VIRTIO_BLK_T_OUT, wrong[i].sector, DATA, wrong[i].length, "1 1");
    }
    g_assert_cmpmem(s->bytes, DISK_BYTES, before, DISK_BYTES);
    g_assert_cmphex(*guest(s, DATA), ==, 0);
    stage_end(s);
}

static void bad_chains(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    put_header(s, VIRTIO_BLK_T_IN, 0);
    assert_request(s, "1 1", { HEADER, 15, false }, { STATUS, 1, true });
    put_header(s, VIRTIO_BLK_T_IN, 0);
    assert_request(s, "1 0", { HEADER, 15, false }, { DATA, 512, true }, { STATUS, 1, true });
    put_header(s, VIRTIO_BLK_T_IN, 0);
    assert_request(s, "1 1", { STATUS, 1, true });
    put_header(s, VIRTIO_BLK_T_OUT, 0);
    assert_request(s, "ee 0", { HEADER, 16, false }, { DATA, 512, false });
    assert_request(s, "ee 0", { HEADER, 16, false }, { STATUS, 0, true });
    g_assert_cmphex(s->bytes[0], ==, 0);
    assert_plain(s, VIRTIO_BLK_T_IN, 1, DATA, 512, "0 513");
    stage_end(s);
}

/* ---- Places ----------------------------------------------------------------------------- */

static void nowhere(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, 0x10000000, 512, "1 0");
    assert_plain(s, VIRTIO_BLK_T_OUT, 0, 0x10000000, 512, "1 1");
    assert_plain(s, VIRTIO_BLK_T_OUT, 0, RAM_SIZE - 512, 1024, "1 1");
    assert_plain(s, VIRTIO_BLK_T_IN, 0, UINT64_MAX - 511, 1024, "1 0"); /* around the end */
    put_header(s, VIRTIO_BLK_T_IN, 0);
    assert_request(s, "1 1", { 0x10000000, 16, false }, { STATUS, 1, true });
    put_header(s, VIRTIO_BLK_T_IN, 0);
    assert_request(s, "ee 512", { HEADER, 16, false }, { DATA, 512, true }, { 0x10000000, 1, true });
    g_assert_cmphex(s->bytes[0], ==, 0);
    stage_end(s);
}

/* No callback is called, so nobody waits for the lock. */
static void in_a_device(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Probe *p = probe_new_plain(m, "d", 0x1000);

    (void)data;
    stage_setup(s, m);
    memory_region_add_subregion(s->root, 0x100000, &p->mr);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, 0x100000, 512, "1 0");
    assert_plain(s, VIRTIO_BLK_T_OUT, 0, 0x100000, 512, "1 1");
    put_header(s, VIRTIO_BLK_T_IN, 0);
    assert_request(s, "ee 512", { HEADER, 16, false }, { DATA, 512, true }, { 0x100000, 1, true });
    assert_trace(m, "");
    stage_end(s);
}

static void in_rom(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *rom = ram_new(m, "rom", 0x1000);

    (void)data;
    stage_setup(s, m);
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion(s->root, 0x100000, rom);
    memset(host_of(rom), 0x5a, 512);
    assert_plain(s, VIRTIO_BLK_T_OUT, 4, 0x100000, 512, "0 1");
    g_assert_cmpmem(s->bytes + 4 * 512, 512, host_of(rom), 512);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, 0x100000, 512, "1 0");
    g_assert_cmphex(*host_of(rom), ==, 0x5a);
    stage_end(s);
}

/* One buffer in several memories: a mapping gives less than asked for. */
static void over_seams(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *a = ram_new(m, "a", 0x1000);
    MemoryRegion *b = ram_new(m, "b", 0x1000);

    (void)data;
    stage_setup(s, m);
    memory_region_add_subregion(s->root, 0x100000, a);
    memory_region_add_subregion(s->root, 0x101000, b);
    assert_plain(s, VIRTIO_BLK_T_IN, 2, 0x100f01, 512, "0 513");
    g_assert_cmpmem(host_of(a) + 0xf01, 0xff, s->bytes + 1024, 0xff);
    g_assert_cmpmem(host_of(b), 0x101, s->bytes + 1024 + 0xff, 0x101);
    assert_plain(s, VIRTIO_BLK_T_OUT, 20, 0x100f01, 512, "0 1");
    g_assert_cmpmem(s->bytes + 20 * 512, 512, s->bytes + 2 * 512, 512);
    stage_end(s);
}

/* The rings move with the map, without a word from the driver. */
static void map_changes(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *other = ram_new(m, "other", 0x2000);

    (void)data;
    stage_setup(s, m);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    memcpy(host_of(other), guest(s, RING), 0x1000);
    memory_region_add_subregion_overlap(s->root, RING, other, 1);
    assert_plain(s, VIRTIO_BLK_T_IN, 1, DATA, 512, "0 513");
    g_assert_cmpmem(guest(s, DATA), 512, s->bytes + 512, 512);
    g_assert_cmphex(*(uint16_t *)(host_of(other) + s->ring.used + 2 - RING), ==, 2);
    g_assert_cmphex(*(uint16_t *)guest(s, s->ring.used + 2), ==, 1);
    memory_region_del_subregion(s->root, other);
    g_assert_true(memory_region_wait_unused(other, NULL));
    stage_end(s);
}

static bool is_dirty(Stage *s, hwaddr address, hwaddr size)
{
    return memory_region_get_dirty(s->ram, address, size, DIRTY_MEMORY_VGA);
}

static void dma_is_marked(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    memory_region_set_log(s->ram, true, DIRTY_MEMORY_VGA);
    put_header(s, VIRTIO_BLK_T_IN, 0);
    offer(s, (const Buffer[]){ { HEADER, 16, false }, { 0x8e00, 1024, true }, { STATUS, 1, true } },
          3);
    memory_region_reset_dirty(s->ram, 0, RAM_SIZE, DIRTY_MEMORY_VGA);
    assert_outcome(s, "0 1025");
    g_assert_true(is_dirty(s, RING, 1));
    g_assert_true(is_dirty(s, STATUS, 1));
    g_assert_true(is_dirty(s, 0x8000, 1));
    g_assert_true(is_dirty(s, 0x9000, 1));
    g_assert_false(is_dirty(s, 0x3000, 0x5000));
    g_assert_false(is_dirty(s, 0xa000, RAM_SIZE - 0xa000));
    put_header(s, VIRTIO_BLK_T_OUT, 0);
    offer(s, (const Buffer[]){ { HEADER, 16, false }, { 0x8e00, 1024, false }, { STATUS, 1, true } },
          3);
    memory_region_reset_dirty(s->ram, 0, RAM_SIZE, DIRTY_MEMORY_VGA);
    assert_outcome(s, "0 1");
    g_assert_false(is_dirty(s, 0x3000, RAM_SIZE - 0x3000));
    memory_region_set_log(s->ram, false, DIRTY_MEMORY_VGA);
    stage_end(s);
}

/* ---- The device ------------------------------------------------------------------------- */

static void configuration(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    VirtioDevice *d = &s->blk.device;

    (void)data;
    stage_setup(s, m);
    g_assert_cmpuint(virtio_read_config(d, 0, 8), ==, SECTORS);
    g_assert_cmpuint(virtio_read_config(d, 20, 4), ==, DISK_SECTOR);
    g_assert_cmpuint(virtio_read_config(d, sizeof(struct virtio_blk_config), 4), ==, 0);
    g_assert_cmpuint(virtio_read_config(d, UINT64_MAX, 8), ==, SECTORS << 8); /* byte -1 and on */
    stage_end(s);
}

static void features(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    VirtioDevice *d = &s->blk.device;
    uint8_t want = VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK;

    (void)data;
    stage_setup(s, m);
    virtio_select_features(d, 0);
    g_assert_cmphex(virtio_offered(d), ==,
                    1 << VIRTIO_BLK_F_SEG_MAX | 1 << VIRTIO_BLK_F_BLK_SIZE | 1 << VIRTIO_BLK_F_FLUSH);
    virtio_select_features(d, 1);
    g_assert_cmphex(virtio_offered(d), ==, 1);
    virtio_select_features(d, 2);
    g_assert_cmphex(virtio_offered(d), ==, 0);
    virtio_write_status(d, 0);
    accept_features(s, 1 << VIRTIO_BLK_F_FLUSH);
    virtio_write_status(d, want);
    g_assert_cmphex(virtio_status(d), ==, VIRTIO_CONFIG_S_DRIVER); /* no driver of these days */
    accept_features(s, VERSION_1 | 1 << VIRTIO_BLK_F_RO);
    virtio_write_status(d, want);
    g_assert_cmphex(virtio_status(d), ==, VIRTIO_CONFIG_S_DRIVER); /* not offered */
    accept_features(s, VERSION_1 | 1 << VIRTIO_BLK_F_FLUSH);
    virtio_write_status(d, want);
    g_assert_cmphex(virtio_status(d), ==, want);
    accept_features(s, 0); /* too late */
    g_assert_cmphex(virtio_accepted(d), ==, 1);
    stage_end(s);
}

static void nothing_before_the_driver_is_ready(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    VirtioDevice *d = &s->blk.device;

    (void)data;
    stage_setup(s, m);
    virtio_write_status(d, VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "ee -");
    virtio_write_status(d, VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK |
                               VIRTIO_CONFIG_S_DRIVER_OK);
    assert_outcome(s, "0 513");
    virtio_write_status(d, 0);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "ee -");
    start_driver(s);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    stage_end(s);
}

static void interrupts(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    VirtioDevice *d = &s->blk.device;

    (void)data;
    stage_setup(s, m);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    g_assert_cmpuint(s->interrupts, ==, 1); /* the cause is still there */
    g_assert_cmphex(virtio_interrupts(d), ==, VIRTIO_MMIO_INT_VRING);
    g_assert_cmphex(virtio_take_interrupts(d, VIRTIO_MMIO_INT_CONFIG), ==, 0);
    g_assert_cmphex(virtio_take_interrupts(d, 0xff), ==, VIRTIO_MMIO_INT_VRING);
    g_assert_cmphex(virtio_interrupts(d), ==, 0);
    ring_set_flags(&s->ring, 1);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    g_assert_cmpuint(s->interrupts, ==, 1);
    ring_set_flags(&s->ring, 0);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    g_assert_cmpuint(s->interrupts, ==, 2);
    virtio_write_status(d, 0);
    g_assert_cmphex(virtio_interrupts(d), ==, 0);
    stage_end(s);
}

static void a_spoilt_queue_needs_a_reset(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    VirtioDevice *d = &s->blk.device;

    (void)data;
    stage_setup(s, m);
    ring_offer(&s->ring, SIZE);
    g_assert_false(virtio_serve(d, 0));
    g_assert_cmphex(virtio_status(d) & VIRTIO_CONFIG_S_NEEDS_RESET, !=, 0);
    g_assert_cmphex(virtio_interrupts(d), ==, VIRTIO_MMIO_INT_CONFIG);
    g_assert_cmpuint(s->interrupts, ==, 1);
    virtio_take_interrupts(d, 0xff);
    g_assert_false(virtio_serve(d, 0));
    g_assert_cmpuint(s->interrupts, ==, 1);
    virtio_write_status(d, VIRTIO_CONFIG_S_DRIVER_OK);
    g_assert_cmphex(virtio_status(d), ==,
                    VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET);
    start_driver(s);
    g_assert_cmphex(virtio_status(d) & VIRTIO_CONFIG_S_NEEDS_RESET, ==, 0);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    stage_end(s);
}

static void queues_that_do_not_exist(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    VirtioDevice *d = &s->blk.device;

    (void)data;
    stage_setup(s, m);
    virtio_select_queue(d, VIRTIO_QUEUES);
    g_assert_null(virtio_lock_queue(d));
    virtio_set_address(d, VIRTIO_USED, false, 7);
    virtio_select_queue(d, 0xffff);
    g_assert_null(virtio_lock_queue(d));
    stage_end(s);
}

static void goes_on_where_it_was_saved(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    VirtioDevice *d = &s->blk.device;
    VirtioState state, again;

    (void)data;
    stage_setup(s, m);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    put_header(s, VIRTIO_BLK_T_IN, 1);
    offer(s, (const Buffer[]){ { HEADER, 16, false }, { DATA, 512, true }, { STATUS, 1, true } }, 3);
    virtio_save(d, &state);
    virtio_end(d);
    virtio_blk_init(&s->blk, &s->disk, "another");
    virtio_connect(d, s->as, interrupt, s);
    g_assert_true(virtio_load(d, &state));
    virtio_save(d, &again);
    g_assert_cmpmem(&state, sizeof(state), &again, sizeof(again));
    g_assert_cmphex(virtio_interrupts(d), ==, VIRTIO_MMIO_INT_VRING);
    assert_outcome(s, "0 513");
    g_assert_cmpmem(guest(s, DATA), 512, s->bytes + 512, 512);
    state.queues[0].size = 77;
    g_assert_false(virtio_load(d, &state));
    g_assert_cmphex(virtio_status(d), ==, 0);
    stage_end(s);
}

/* ---- Disks ------------------------------------------------------------------------------ */

/* A file of 10 sectors and a bit. */
static char *make_file(void)
{
    g_autofree char *contents = g_strnfill(10 * DISK_SECTOR + 7, 'x');
    GError *error = NULL;
    char *path;
    int fd = g_file_open_tmp("disk-XXXXXX", &path, &error);

    g_assert_no_error(error);
    g_assert_cmpint(write(fd, contents, 10 * DISK_SECTOR + 7), ==, 10 * DISK_SECTOR + 7);
    close(fd);
    return path;
}

static void a_file(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    g_autofree char *path = make_file();
    g_autofree char *after = NULL;
    gsize length;

    (void)data;
    stage_open(s, m);
    g_assert_true(disk_open(&s->disk, path, false, NULL));
    g_assert_cmpuint(s->disk.size, ==, 10 * DISK_SECTOR);
    connect_disk(s);
    memset(guest(s, DATA), 'y', 1024);
    assert_plain(s, VIRTIO_BLK_T_OUT, 8, DATA, 1024, "0 1");
    put_header(s, VIRTIO_BLK_T_FLUSH, 0);
    assert_request(s, "0 1", { HEADER, 16, false }, { STATUS, 1, true });
    assert_plain(s, VIRTIO_BLK_T_IN, 7, DATA + 0x1000, 1024, "0 1025");
    g_assert_cmphex(*guest(s, DATA + 0x1000 + 511), ==, 'x');
    g_assert_cmphex(*guest(s, DATA + 0x1000 + 512), ==, 'y');
    assert_plain(s, VIRTIO_BLK_T_IN, 9, DATA, 1024, "1 0");
    g_assert_true(g_file_get_contents(path, &after, &length, NULL));
    g_assert_cmpuint(length, ==, 10 * DISK_SECTOR + 7);
    g_assert_cmpmem(after + 8 * 512, 1024, guest(s, DATA), 1024);
    /* Somebody takes its end away. */
    g_assert_cmpint(truncate(path, 2 * DISK_SECTOR), ==, 0);
    assert_plain(s, VIRTIO_BLK_T_IN, 7, DATA, 512, "1 0");
    stage_end(s);
    disk_close(&s->disk);
    disk_close(&s->disk);
    g_unlink(path);
}

static void a_file_to_read(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    g_autofree char *path = make_file();

    (void)data;
    stage_open(s, m);
    g_assert_true(disk_open(&s->disk, path, true, NULL));
    connect_disk(s);
    virtio_select_features(&s->blk.device, 0);
    g_assert_cmphex(virtio_offered(&s->blk.device) & 1 << VIRTIO_BLK_F_RO, !=, 0);
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    g_assert_cmphex(*guest(s, DATA), ==, 'x');
    memset(guest(s, DATA), 'y', 512);
    assert_plain(s, VIRTIO_BLK_T_OUT, 0, DATA, 512, "1 1");
    assert_plain(s, VIRTIO_BLK_T_IN, 0, DATA, 512, "0 513");
    g_assert_cmphex(*guest(s, DATA), ==, 'x');
    stage_end(s);
    disk_close(&s->disk);
    g_unlink(path);
}

static void bytes_to_read(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_open(s, m);
    s->disk.read_only = true;
    connect_disk(s);
    memset(guest(s, DATA), 'y', 512);
    assert_plain(s, VIRTIO_BLK_T_OUT, 0, DATA, 512, "1 1");
    g_assert_cmphex(s->bytes[0], ==, 0);
    stage_end(s);
}

static void bounds(Machine *m, gconstpointer data)
{
    uint8_t bytes[DISK_SECTOR];
    Disk disk;

    (void)m;
    (void)data;
    disk_init_memory(&disk, bytes, sizeof(bytes));
    g_assert_true(disk_has(&disk, 0, DISK_SECTOR));
    g_assert_true(disk_has(&disk, DISK_SECTOR, 0));
    g_assert_false(disk_has(&disk, 1, DISK_SECTOR));
    g_assert_false(disk_has(&disk, DISK_SECTOR + 1, 0));
    g_assert_false(disk_has(&disk, 2, UINT64_MAX));
    g_assert_false(disk_has(&disk, UINT64_MAX, 2));
}

static void no_file(Machine *m, gconstpointer data)
{
    Error *error = NULL;
    Disk disk;

    (void)m;
    (void)data;
    g_assert_false(disk_open(&disk, "/nonexistent/disk", false, &error));
    g_assert_nonnull(strstr(error_get_pretty(error), "/nonexistent/disk"));
    error_free(error);
}

/* ---- Anything --------------------------------------------------------------------------- */

static hwaddr random_address(void)
{
    static const hwaddr near[] = { 0, RING, HEADER, STATUS, RAM_SIZE, 0x100000, UINT64_MAX };

    return near[g_test_rand_int_range(0, G_N_ELEMENTS(near))] + g_test_rand_int_range(-40, 40);
}

static uint32_t random_length(void)
{
    static const uint32_t some[] = { 0, 1, 16, 17, 512, 513, 1024, 0x8000, 0xfffffe00, 0xffffffff };

    return some[g_test_rand_int_range(0, G_N_ELEMENTS(some))];
}

/* Whatever the buffers are, also where the rings lie: the device answers or is broken, and after a
 * reset it is as good as new. */
static void random_requests(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Probe *p = probe_new_plain(m, "d", 0x1000);
    unsigned answered = 0;

    (void)data;
    stage_setup(s, m);
    memory_region_add_subregion(s->root, 0x100000, &p->mr);
    for (unsigned round = 0; round < 2000; round++) {
        unsigned count = g_test_rand_int_range(1, 6);
        Buffer buffers[6] = { { HEADER, 16, false } };

        put_header(s, g_test_rand_int_range(0, 10), g_test_rand_int_range(-2, SECTORS + 2));
        for (unsigned i = 1; i < count; i++) {
            buffers[i] = (Buffer){ random_address(), random_length(), g_test_rand_bit() };
        }
        offer(s, buffers, count);
        for (unsigned i = 0; i < 4 && virtio_serve(&s->blk.device, 0); i++) {
            answered++;
        }
        if (virtio_status(&s->blk.device) & VIRTIO_CONFIG_S_NEEDS_RESET || round % 16 == 0) {
            start_driver(s);
            assert_plain(s, VIRTIO_BLK_T_FLUSH, 0, DATA, 0, "0 1");
        }
    }
    assert_trace(m, "");
    g_assert_cmpuint(answered, >, 500);
    stage_end(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/virtio-blk/requests/reads", reads);
    TEST("/virtio-blk/requests/writes", writes);
    TEST("/virtio-blk/requests/flushes-and-tells-its-name", flushes_and_tells_its_name);
    TEST("/virtio-blk/requests/any-layout", any_layout);
    TEST("/virtio-blk/requests/out-of-bounds", out_of_bounds);
    TEST("/virtio-blk/requests/bad-chains", bad_chains);
    TEST("/virtio-blk/places/nowhere", nowhere);
    TEST("/virtio-blk/places/in-a-device", in_a_device);
    TEST("/virtio-blk/places/in-rom", in_rom);
    TEST("/virtio-blk/places/over-seams", over_seams);
    TEST("/virtio-blk/places/map-changes", map_changes);
    TEST("/virtio-blk/places/dma-is-marked", dma_is_marked);
    TEST("/virtio-blk/device/configuration", configuration);
    TEST("/virtio-blk/device/features", features);
    TEST("/virtio-blk/device/nothing-before-the-driver-is-ready", nothing_before_the_driver_is_ready);
    TEST("/virtio-blk/device/interrupts", interrupts);
    TEST("/virtio-blk/device/a-spoilt-queue-needs-a-reset", a_spoilt_queue_needs_a_reset);
    TEST("/virtio-blk/device/queues-that-do-not-exist", queues_that_do_not_exist);
    TEST("/virtio-blk/device/goes-on-where-it-was-saved", goes_on_where_it_was_saved);
    TEST("/virtio-blk/disk/a-file", a_file);
    TEST("/virtio-blk/disk/a-file-to-read", a_file_to_read);
    TEST("/virtio-blk/disk/bytes-to-read", bytes_to_read);
    TEST("/virtio-blk/disk/bounds", bounds);
    TEST("/virtio-blk/disk/no-file", no_file);
    TEST("/virtio-blk/hostile/random-requests", random_requests);
    return g_test_run();
}
