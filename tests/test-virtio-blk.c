/* SPDX-License-Identifier: MIT
 *
 * Requests of the example machines' virtio block device (examples/devices): what they do, in which
 * memory, and with any layout and damage by a driver.
 */
#include <string.h>

#include "devices/bare-disk.h"
#include "probe.h"

/* ---- Requests --------------------------------------------------------------------------- */

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

/* The driver may cut a request into any buffers. */
static void any_layout(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    put_header(s, VIRTIO_BLK_T_IN, 5);
    assert_request(s, "0 1025", { HEADER, 0, false }, { HEADER, 3, false },
                   { HEADER + 3, 5, false }, { HEADER + 8, 8, false }, { DATA, 0, true },
                   { DATA + 3, 500, true }, { DATA + 0x1000, 12, true },
                   { DATA + 0x2000, 512, true }, { DATA, 0, true }, { STATUS, 1, true },
                   { DATA, 0, true });
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
        { SECTORS, 512 },
        { SECTORS - 1, 1024 },
        { 0, DISK_BYTES + 512 },
        { UINT64_MAX, 512 },
        { UINT64_MAX / 512, 1024 },
        { (uint64_t)1 << 55, 512 },
        { SECTORS + 1, 0 },
        { 0, 511 },
        { 0, 513 },
        { 0, 1 },
        { 0, 0xfffffe00 },
        { UINT64_MAX - 1, 0xfffffe00 },
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
    assert_plain(s, VIRTIO_BLK_T_IN, 0, UINT64_MAX - 511, 1024, "1 0"); /* exceeds 2^64 */
    put_header(s, VIRTIO_BLK_T_IN, 0);
    assert_request(s, "1 1", { 0x10000000, 16, false }, { STATUS, 1, true });
    put_header(s, VIRTIO_BLK_T_IN, 0);
    assert_request(s, "ee 512", { HEADER, 16, false }, { DATA, 512, true },
                   { 0x10000000, 1, true });
    g_assert_cmphex(s->bytes[0], ==, 0);
    stage_end(s);
}

/* No callback is called, so nothing waits for the lock. */
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

/* One buffer in several memories: a map covers less than was asked for. */
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

/* The rings move with the map, without a call of the driver. */
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
    offer(s,
          (const Buffer[]){ { HEADER, 16, false }, { 0x8e00, 1024, true }, { STATUS, 1, true } },
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
    offer(s,
          (const Buffer[]){ { HEADER, 16, false }, { 0x8e00, 1024, false }, { STATUS, 1, true } },
          3);
    memory_region_reset_dirty(s->ram, 0, RAM_SIZE, DIRTY_MEMORY_VGA);
    assert_outcome(s, "0 1");
    g_assert_false(is_dirty(s, 0x3000, RAM_SIZE - 0x3000));
    memory_region_set_log(s->ram, false, DIRTY_MEMORY_VGA);
    stage_end(s);
}

/* ---- Anything --------------------------------------------------------------------------- */

static hwaddr random_address(void)
{
    static const hwaddr near[] = { 0, RING, HEADER, STATUS, RAM_SIZE, 0x100000, UINT64_MAX };

    hwaddr address = near[g_test_rand_int_range(0, G_N_ELEMENTS(near))];
    return address + g_test_rand_int_range(-40, 40);
}

static uint32_t random_length(void)
{
    static const uint32_t some[] = {
        0, 1, 16, 17, 512, 513, 1024, 0x8000, 0xfffffe00, 0xffffffff
    };

    return some[g_test_rand_int_range(0, G_N_ELEMENTS(some))];
}

static Buffer random_buffer(void)
{
    Buffer buffer = { .address = random_address() };

    buffer.length = random_length();
    buffer.writable = g_test_rand_bit();
    return buffer;
}

/* Any buffers, also over the rings: the device answers or needs a reset, and works as before after
 * it. */
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

        unsigned type = g_test_rand_int_range(0, 10);
        put_header(s, type, g_test_rand_int_range(-2, SECTORS + 2));
        for (unsigned i = 1; i < count; i++) {
            buffers[i] = random_buffer();
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
    TEST("/virtio-blk/hostile/random-requests", random_requests);
    return g_test_run();
}
