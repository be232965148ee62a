/* SPDX-License-Identifier: MIT
 *
 * Dirty pages for costs.h: stores that are logged, marks, and harvests.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <stdlib.h>
#include <sys/mman.h>

#include "costs.h"
#include "machine.h"

enum { COUNT = 2000, HARVESTS = 20, APART = 100, PAGES = 1 << 16 };

typedef struct Logged {
    AddressSpace space;
    MemoryRegion ram;
    bool sparse; /* every APART-th page is dirty before a harvest; otherwise none is */
} Logged;

static void store(void *opaque, unsigned long count)
{
    Logged *l = opaque;

    for (unsigned long i = 0; i < count; i++) {
        address_space_stl_le(&l->space, i % 64 * BENCH_PAGE, 0, MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void mark(void *opaque, unsigned long count)
{
    Logged *l = opaque;
    const ram_addr_t ram = memory_region_get_ram_addr(&l->ram);

    for (unsigned long i = 0; i < count; i++) {
        cpu_physical_memory_set_dirty_range(ram + i % 64 * BENCH_PAGE, BENCH_PAGE,
                                            1 << DIRTY_MEMORY_VGA);
    }
}

static void harvest(void *opaque, unsigned long count)
{
    Logged *l = opaque;
    const hwaddr size = (hwaddr)PAGES * BENCH_PAGE;

    for (unsigned long i = 0; i < count; i++) {
        for (hwaddr at = 0; l->sparse && at < size; at += APART * BENCH_PAGE) {
            memory_region_set_dirty(&l->ram, at, 1);
        }
        DirtyBitmapRun run[64];
        hwaddr at = 0;
        DirtyBitmapSnapshot *snap =
            memory_region_snapshot_and_clear_dirty(&l->ram, 0, size, DIRTY_MEMORY_VGA);
        while (memory_region_snapshot_next_runs(&l->ram, snap, &at, size, run, 64)) {
            bench_use(at);
        }
        free(snap);
    }
}

static void count_all(Logged *l)
{
    costs_count("store, logged", store, l, COUNT);
    costs_count("page marked by RAM address", mark, l, COUNT);
    costs_count("harvest of 256 MiB, nothing dirty", harvest, l, HARVESTS);
    l->sparse = true;
    costs_count("harvest of 256 MiB, marked 1 page in 100", harvest, l, HARVESTS);
}

void costs_dirty(void)
{
    const hwaddr size = (hwaddr)PAGES * BENCH_PAGE;
    Logged l = { .sparse = false };
    void *host = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (host == MAP_FAILED) {
        abort();
    }
    memory_region_init_ram_ptr(&l.ram, NULL, "ram", size, host);
    address_space_init(&l.space, &l.ram, "space");
    memory_region_reset_dirty(&l.ram, 0, size, DIRTY_MEMORY_VGA);
    memory_region_set_log(&l.ram, true, DIRTY_MEMORY_VGA);
    count_all(&l);
    address_space_destroy(&l.space);
    memory_drain();
    object_unparent(OBJECT(&l.ram));
    memory_drain();
    munmap(host, size);
}
