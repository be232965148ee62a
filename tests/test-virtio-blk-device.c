/* SPDX-License-Identifier: MIT
 *
 * The example machines' virtio block device (examples/devices): status, features, interrupts,
 * saving; and the disks that it uses.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "devices/bare-disk.h"
#include "probe.h"

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
    /* Begins before the first byte. */
    g_assert_cmpuint(virtio_read_config(d, UINT64_MAX, 8), ==, SECTORS << 8);
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
                    1 << VIRTIO_BLK_F_SEG_MAX | 1 << VIRTIO_BLK_F_BLK_SIZE |
                        1 << VIRTIO_BLK_F_FLUSH);
    virtio_select_features(d, 1);
    g_assert_cmphex(virtio_offered(d), ==, 1);
    virtio_select_features(d, 2);
    g_assert_cmphex(virtio_offered(d), ==, 0);
    virtio_write_status(d, 0);
    accept_features(s, 1 << VIRTIO_BLK_F_FLUSH);
    virtio_write_status(d, want);
    g_assert_cmphex(virtio_status(d), ==, VIRTIO_CONFIG_S_DRIVER); /* the driver is too old */
    accept_features(s, VERSION_1 | 1 << VIRTIO_BLK_F_RO);
    virtio_write_status(d, want);
    g_assert_cmphex(virtio_status(d), ==, VIRTIO_CONFIG_S_DRIVER); /* was not offered */
    accept_features(s, VERSION_1 | 1 << VIRTIO_BLK_F_FLUSH);
    virtio_write_status(d, want);
    g_assert_cmphex(virtio_status(d), ==, want);
    accept_features(s, 0); /* too late */
    g_assert_cmphex(virtio_accepted(d), ==, 1);
    stage_end(s);
}

static void not_before_the_driver_is_ready(Machine *m, gconstpointer data)
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
    g_assert_cmphex(virtio_status(d), ==, VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET);
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
    offer(s, (const Buffer[]){ { HEADER, 16, false }, { DATA, 512, true }, { STATUS, 1, true } },
          3);
    virtio_save(d, &state);
    virtio_end(d);
    virtio_blk_init(&s->blk, &s->disk, "another");
    virtio_connect(d, s->as, count_interrupt, s);
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

/* A file of 10 sectors and a part of one. */
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
    /* Another program cuts off its end. */
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
    error = NULL;
    g_assert_false(disk_open(&disk, "/dev/null", true, &error));
    g_assert_nonnull(strstr(error_get_pretty(error), "not a file"));
    error_free(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/virtio-blk/device/configuration", configuration);
    TEST("/virtio-blk/device/features", features);
    TEST("/virtio-blk/device/not-before-the-driver-is-ready", not_before_the_driver_is_ready);
    TEST("/virtio-blk/device/interrupts", interrupts);
    TEST("/virtio-blk/device/a-spoilt-queue-needs-a-reset", a_spoilt_queue_needs_a_reset);
    TEST("/virtio-blk/device/queues-that-do-not-exist", queues_that_do_not_exist);
    TEST("/virtio-blk/device/goes-on-where-it-was-saved", goes_on_where_it_was_saved);
    TEST("/virtio-blk/disk/a-file", a_file);
    TEST("/virtio-blk/disk/a-file-to-read", a_file_to_read);
    TEST("/virtio-blk/disk/bytes-to-read", bytes_to_read);
    TEST("/virtio-blk/disk/bounds", bounds);
    TEST("/virtio-blk/disk/no-file", no_file);
    return g_test_run();
}
