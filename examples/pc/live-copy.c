/* SPDX-License-Identifier: MIT
 *
 * Copies all RAM while the guest goes on working, as live migration does. The first round copies
 * everything, and each further round what the processor or the disk has written since the last
 * one. Then the PC is paused, in the middle of its work, and a last round completes the copy.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo.h"

#define PAUSE_BETWEEN_NS 30000000
#define ROUNDS 6
#define ROUNDS_MOST (DEMO_ANSWER_SECONDS * (1000000000 / PAUSE_BETWEEN_NS))
#define DISK_BYTES (64 * 1024)
#define GRUB_FORGETS_S 3

typedef struct LiveCopy {
    Demo *demo;
    MemoryRegion *ram;
    uint64_t size;
    uint8_t *copy;
} LiveCopy;

/* Copies what has been written since the last round. Returns the number of bytes. */
static uint64_t copy_round(const LiveCopy *live)
{
    const uint8_t *ram = memory_region_get_ram_ptr(live->ram);
    DirtyBitmapSnapshot *dirty;
    uint64_t copied = 0;
    hwaddr length;

    dirty =
        memory_region_snapshot_and_clear_dirty(live->ram, 0, live->size, DIRTY_MEMORY_MIGRATION);
    for (hwaddr at = 0;
         memory_region_snapshot_next_dirty(live->ram, dirty, &at, live->size, &length);
         at += length) {
        memcpy(live->copy + at, ram + at, length);
        copied += length;
    }
    free(dirty);
    return copied;
}

static uint64_t note_round(const LiveCopy *live, const char *which)
{
    uint64_t copied = copy_round(live);

    demo_note(live->demo, "    %s: %" PRIu64 " KiB\n", which, copied / 1024);
    return copied;
}

static uint64_t read_from_disk(const LiveCopy *live)
{
    VirtioBlk *blk = &live->demo->pc->blk;
    uint64_t bytes;

    pthread_mutex_lock(&blk->device.lock);
    bytes = blk->bytes_read;
    pthread_mutex_unlock(&blk->device.lock);
    return bytes;
}

/* Whether another round is needed: at least ROUNDS, and until the disk has written enough to RAM.
 * KVM does not know of the disk's writes. */
static bool goes_on(const LiveCopy *live, unsigned rounds, uint64_t bytes_before)
{
    return rounds < ROUNDS ||
           (rounds < ROUNDS_MOST && read_from_disk(live) - bytes_before < DISK_BYTES);
}

/* Copies in rounds while the guest compares two files. Returns the number of bytes after the first
 * round. First waits, because GRUB keeps the files' contents for two seconds and would not read
 * the disk. */
static uint64_t copy_while_it_works(const LiveCopy *live)
{
    uint64_t before = read_from_disk(live);
    uint64_t copied = 0;

    nanosleep(&(struct timespec){ .tv_sec = GRUB_FORGETS_S }, NULL);
    note_round(live, "everything");
    console_type(&live->demo->console, "cmp /pattern /copy");
    for (unsigned i = 0; goes_on(live, i, before); i++) {
        nanosleep(&(struct timespec){ .tv_nsec = PAUSE_BETWEEN_NS }, NULL);
        copied += note_round(live, "written meanwhile");
    }
    pc_pause(live->demo->pc);
    demo_check(live->demo, read_from_disk(live) - before >= DISK_BYTES,
               "meanwhile the disk has written to RAM, too");
    return copied + note_round(live, "written until it was paused");
}

static void copy_and_compare(const LiveCopy *live)
{
    Demo *demo = live->demo;
    const char *answer;
    uint64_t copied;
    bool prompt;

    memory_global_dirty_log_start();
    memory_global_set_all_dirty();
    copied = copy_while_it_works(live);
    demo_check(demo, copied > 0, "the guest has written to its RAM meanwhile");
    demo_check(demo, memcmp(live->copy, memory_region_get_ram_ptr(live->ram), live->size) == 0,
               "all %" PRIu64 " MiB of the copy are equal", live->size >> 20);
    memory_global_dirty_log_stop();
    demo_check(demo, pc_resume(demo->pc, NULL), "the guest goes on");
    answer = console_wait(&demo->console, DEMO_ANSWER_SECONDS, &prompt);
    demo_check(demo, prompt && strstr(answer, "The files are identical.") != NULL,
               "and finishes its work");
}

void demo_live_copy(Demo *demo)
{
    LiveCopy live = {
        .demo = demo,
        .ram = &demo->pc->ram.block,
        .size = memory_region_size(&demo->pc->ram.block),
    };

    demo_heading(demo->options.dirty_ring_entries != 0
                     ? "All RAM is copied while the guest writes: dirty pages from rings"
                     : "All RAM is copied while the guest writes: dirty pages from bitmaps");
    live.copy = malloc(live.size);
    if (demo_check(demo, live.copy != NULL, "there is memory for a copy")) {
        copy_and_compare(&live);
    }
    free(live.copy);
}
