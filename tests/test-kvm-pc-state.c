/* SPDX-License-Identifier: MIT
 *
 * Saving and restoring the whole PC of examples/pc: what is refused and why, and that a damaged
 * file does no harm. Also a reset, which sets everything back, and a pause, in which nothing
 * changes. What is kept is in test-kvm-pc-state-kept.c.
 */
#define _GNU_SOURCE
#include <linux/virtio_blk.h>
#include <linux/virtio_pci.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../examples/pc/snapshot.h"
#include "kvm/hlt-pc.h"

static void expect_error(Error *error, const char *words)
{
    g_assert_nonnull(error);
    if (!strstr(error_get_pretty(error), words)) {
        g_error("\"%s\" does not say \"%s\"", error_get_pretty(error), words);
    }
    error_free(error);
}

static void save(const HltFiles *files, Pc *pc)
{
    g_assert_true(snapshot_save(pc, files->state, &error_abort));
    pc_free(pc);
}

/* Loads the file into a new PC. Returns false with an error if that is refused. */
static bool load(const HltFiles *files, const PcOptions *options, Error **errp)
{
    Pc *pc = pc_new(options, &error_abort);
    bool loaded = snapshot_load(pc, files->state, errp);

    pc_free(pc);
    return loaded;
}

static void expect_refusal(const HltFiles *files, const PcOptions *options, const char *words)
{
    Error *error = NULL;

    g_assert_false(load(files, options, &error));
    expect_error(error, words);
}

/* ---- Other PCs -------------------------------------------------------------------------- */

static void the_same(HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);
    Pc *pc = hlt_pc_new(files);

    stl_le_phys(pc->memory, 0x1234, 0xfeedface);
    hlt_place_disk(pc, 0xe0000000);
    save(files, pc);
    pc = pc_new(&options, &error_abort);
    g_assert_true(snapshot_load(pc, files->state, &error_abort));
    g_assert_cmphex(ldl_le_phys(pc->memory, 0x1234), ==, 0xfeedface);
    g_assert_cmphex(ldl_le_phys(pc->memory, 0xe0002000), ==, 64);
    pc_free(pc);
}

static void other_ram(HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);

    save(files, hlt_pc_new(files));
    options.ram_size *= 2;
    expect_refusal(files, &options, "4194304 bytes, not 8388608");
}

static void no_disk_any_more(HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);

    save(files, hlt_pc_new(files));
    options.disk = NULL;
    expect_refusal(files, &options, "\"disk\"");
}

static void no_disk_yet(HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);

    options.disk = NULL;
    save(files, pc_new(&options, &error_abort));
    expect_refusal(files,
                   &(PcOptions){ .bios = files->bios,
                                 .disk = files->disk,
                                 .ram_size = HLT_RAM_SIZE,
                                 .serial = options.serial },
                   "no \"disk\"");
}

static void other_disk(HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);

    save(files, hlt_pc_new(files));
    g_assert_cmpint(truncate(files->disk, HLT_DISK_SIZE / 2), ==, 0);
    expect_refusal(files, &options, "32 sectors, not 64");
}

static void plugged_ram(HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);
    Pc *pc = hlt_pc_new(files);
    hwaddr at;

    g_assert_true(pc_plug_ram(pc, MiB, &at, &error_abort));
    save(files, pc);
    expect_refusal(files, &options, "plugged-ram");
}

/* ---- Damaged files ---------------------------------------------------------------------- */

static void change(const HltFiles *files, gsize at, const void *bytes, gsize size)
{
    FILE *file = fopen(files->state, "r+b");

    g_assert_nonnull(file);
    g_assert_cmpint(fseek(file, (long)at, SEEK_SET), ==, 0);
    g_assert_cmpuint(fwrite(bytes, 1, size, file), ==, size);
    g_assert_cmpint(fclose(file), ==, 0);
}

/* Returns where a section's data is in the file. */
static gsize find(const HltFiles *files, const char *name)
{
    g_autofree char *bytes = NULL;
    char *found;
    gsize size;

    g_assert_true(g_file_get_contents(files->state, &bytes, &size, NULL));
    found = memmem(bytes, size, name, strlen(name));
    g_assert_nonnull(found);
    return (gsize)(found - bytes) + strlen(name);
}

static void too_many_registers(HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);
    uint32_t count = UINT32_MAX;

    save(files, hlt_pc_new(files));
    change(files, find(files, "processor") + offsetof(CpuState, msr_count), &count, sizeof(count));
    expect_refusal(files, &options, "registers");
}

/* Damages bytes before the RAM. */
static void random_bytes(HltFiles *files)
{
    PcOptions options = hlt_pc_options(files);
    g_autofree char *good = NULL;
    gsize size, end;

    save(files, hlt_pc_new(files));
    end = find(files, "ram ");
    g_assert_true(g_file_get_contents(files->state, &good, &size, NULL));
    for (unsigned i = 0; i < 40; i++) {
        gsize at = (gsize)g_test_rand_int_range(0, (int32_t)end);
        gsize length = MIN(end - at, (gsize)1 << g_test_rand_int_range(0, 10));
        g_autofree char *garbage = g_malloc(length);

        memset(garbage, g_test_rand_bit() ? g_test_rand_int() : 0xff, length);
        change(files, at, garbage, length);
        load(files, &options, NULL);
        change(files, at, good + at, length);
    }
    g_assert_true(load(files, &options, &error_abort));
}

/* ---- Files that cannot be written ------------------------------------------------------- */

static void expect_not_saved(const HltFiles *files, const char *path, const char *words)
{
    Pc *pc = hlt_pc_new(files);
    Error *error = NULL;

    g_assert_false(snapshot_save(pc, path, &error));
    expect_error(error, words);
    pc_free(pc);
}

static void disk_full(HltFiles *files)
{
    expect_not_saved(files, "/dev/full", "No space left on device");
}

static void no_directory(HltFiles *files)
{
    expect_not_saved(files, "/nowhere/state", "/nowhere/state: No such file");
}

/* Saves to a pipe, which can have no holes. Nothing reads the pipe; the library notices before it
 * is full. */
static void a_pipe(HltFiles *files)
{
    g_autofree char *path = NULL;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    path = g_strdup_printf("/proc/self/fd/%d", ends[1]);
    expect_not_saved(files, path, "Illegal seek");
    close(ends[0]);
    close(ends[1]);
}

/* ---- Resets ----------------------------------------------------------------------------- */

enum { RING = 0x10000, AVAILABLE = 0x11000, USED = 0x12000, HEADER = 0x13000, DATA = 0x14000 };

static void ask_for_a_sector(Pc *pc)
{
    static const struct {
        hwaddr address;
        uint32_t length;
        uint16_t flags;
    } rows[] = { { HEADER, 16, 1 }, { DATA, 512, 3 }, { HEADER + 16, 1, 2 } };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        stq_le_phys(pc->memory, RING + 16 * i, rows[i].address);
        stl_le_phys(pc->memory, RING + 16 * i + 8, rows[i].length);
        stw_le_phys(pc->memory, RING + 16 * i + 12, rows[i].flags);
        stw_le_phys(pc->memory, RING + 16 * i + 14, (uint16_t)(i + 1));
    }
    stw_le_phys(pc->memory, AVAILABLE + 2, 1);
    hlt_disk_out(pc, VIRTIO_PCI_AT_NOTIFY * VIRTIO_PCI_REGION_SIZE, 0, 2);
}

static void wait_for_the_sector(Pc *pc)
{
    while (virtio_interrupts(&pc->blk.device) == 0) {
        g_usleep(1000);
    }
}

/* The disk's thread does not run meanwhile, as if it were slow. */
static void reset(Pc *pc)
{
    pc_pause(pc);
    vcpu_want_reset(&pc->vcpu);
    vcpu_resume(&pc->vcpu);
    while (virtio_status(&pc->blk.device) != 0) {
        g_usleep(1000);
    }
    vcpu_pause(&pc->vcpu);
}

/* An interrupt that the guest has not taken yet is gone after a reset. */
static void pending_interrupt(HltFiles *files)
{
    Pc *pc = hlt_pc_new(files);

    g_assert_true(pc_resume(pc, &error_abort));
    hlt_config_out(pc, DEVFN_ISA_BRIDGE, 0x60, 0x0b0b0b0b, 4);
    hlt_place_disk(pc, 0xe0000000);
    hlt_start_disk(pc, RING, AVAILABLE, USED);
    ask_for_a_sector(pc);
    wait_for_the_sector(pc);
    g_assert_cmpint(ldub_phys(pc->memory, DATA), ==, 'd');
    reset(pc);
    g_assert_false(pc->disk.function.intx);
    g_assert_cmphex(pc->disk.function.config[PCI_STATUS] & PCI_STATUS_INTERRUPT, ==, 0);
    hlt_config_out(pc, DEVFN_ISA_BRIDGE, 0x60, 0x0b0b0b0b, 4);
    g_assert_cmphex(pc->isa_bridge.levels, ==, 0);
    pc_free(pc);
}

/* ---- A pause ---------------------------------------------------------------------------- */

/* Waits long enough to see a thread at work that does not stop. */
static void disk_rests(HltFiles *files)
{
    Pc *pc = hlt_pc_new(files);

    hlt_place_disk(pc, 0xe0000000);
    hlt_start_disk(pc, RING, AVAILABLE, USED);
    g_assert_true(pc_resume(pc, &error_abort));
    pc_pause(pc);
    ask_for_a_sector(pc);
    g_usleep(G_USEC_PER_SEC / 4);
    g_assert_cmpint(virtio_interrupts(&pc->blk.device), ==, 0);
    g_assert_cmpint(lduw_le_phys(pc->memory, USED + 2), ==, 0);
    g_assert_true(pc_resume(pc, &error_abort));
    wait_for_the_sector(pc);
    g_assert_cmpint(lduw_le_phys(pc->memory, USED + 2), ==, 1);
    g_assert_cmpint(ldub_phys(pc->memory, DATA), ==, 'd');
    pc_free(pc);
}

/* ---- All -------------------------------------------------------------------------------- */

typedef void Test(HltFiles *files);

static void run(HltFiles *files, gconstpointer data)
{
    if (hlt_pc_is_possible()) {
        ((Test *)(uintptr_t)data)(files);
    }
}

static void add(const char *path, Test *test)
{
    g_test_add(path, HltFiles, (gconstpointer)(uintptr_t)test, hlt_files_make, run,
               hlt_files_remove);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/kvm-pc-state/others/the-same", the_same);
    add("/kvm-pc-state/others/other-ram", other_ram);
    add("/kvm-pc-state/others/no-disk-any-more", no_disk_any_more);
    add("/kvm-pc-state/others/no-disk-yet", no_disk_yet);
    add("/kvm-pc-state/others/other-disk", other_disk);
    add("/kvm-pc-state/others/plugged-ram", plugged_ram);
    add("/kvm-pc-state/damaged/too-many-registers", too_many_registers);
    add("/kvm-pc-state/damaged/random-bytes", random_bytes);
    add("/kvm-pc-state/not-written/disk-full", disk_full);
    add("/kvm-pc-state/not-written/no-directory", no_directory);
    add("/kvm-pc-state/not-written/a-pipe", a_pipe);
    add("/kvm-pc-state/pause/disk-rests", disk_rests);
    add("/kvm-pc-state/resets/pending-interrupt", pending_interrupt);
    return g_test_run();
}
