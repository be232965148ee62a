/* SPDX-License-Identifier: MIT
 *
 * A machine's RAM is copied while the guest writes to it, and some time later once more. Each copy
 * begins with all pages, then takes what has become dirty since, and ends with the guest stopped.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <physmem/physmem.h>

enum { SIZE = 0x100000, PAGE = 0x1000, RUNS = 16 };

static MemoryRegion ram;
static uint8_t copy[SIZE];

/* Copies the pages that are dirty, and makes them clean. Returns how many they were. */
static unsigned harvest(void)
{
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(&ram, 0, SIZE, DIRTY_MEMORY_MIGRATION);
    DirtyBitmapRun run[RUNS];
    hwaddr at = 0;
    size_t n;
    unsigned pages = 0;

    if (!snap) {
        abort();
    }
    while ((n = memory_region_snapshot_next_runs(&ram, snap, &at, SIZE, run, RUNS)) > 0) {
        for (size_t i = 0; i < n; i++) {
            memcpy(copy + run[i].addr, (uint8_t *)memory_region_get_ram_ptr(&ram) + run[i].addr,
                   run[i].len);
            pages += run[i].len / PAGE;
        }
    }
    free(snap);
    return pages;
}

/* Stands for a guest that runs for a while. */
static void guest_writes(hwaddr from, unsigned pages)
{
    AddressSpace *memory = memory_context_memory(memory_context_current());

    for (unsigned i = 0; i < pages; i++) {
        address_space_stl_le(memory, from + i * PAGE, rand(), MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void copy_machine(const char *when)
{
    if (!memory_global_dirty_log_start_for(GLOBAL_DIRTY_MIGRATION, &error_fatal)) {
        abort();
    }
    memory_global_set_all_dirty(); /* not only what was written since the last copy */
    unsigned all = harvest();
    guest_writes(0x10000, 7); /* the guest runs meanwhile */
    unsigned more = harvest();
    guest_writes(0x40000, 2);
    unsigned last = harvest(); /* here the guest is stopped */
    memory_global_dirty_log_stop_for(GLOBAL_DIRTY_MIGRATION);
    printf("%s: %u pages, then %u, then %u; the copy is %s\n", when, all, more, last,
           memcmp(copy, memory_region_get_ram_ptr(&ram), SIZE) ? "wrong" : "exact");
}

int main(void)
{
    memory_region_init_ram(&ram, NULL, "ram", SIZE, &error_fatal);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    copy_machine("first copy");
    guest_writes(0x80000, 5); /* nobody logs this */
    copy_machine("second copy");
    return 0;
}
