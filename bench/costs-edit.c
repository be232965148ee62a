/* SPDX-License-Identifier: MIT
 *
 * The edits of costs.h. Each one is a commit, unless it is part of a transaction.
 *
 * The shape of a container's tree depends on where in memory its regions are. So they are always at
 * the same address here; otherwise the counts would differ by some per cent from run to run.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <stdlib.h>
#include <sys/mman.h>

#include "costs.h"
#include "machine.h"

enum { PAGES = 1000, COUNT = 2 * PAGES, FEW = 200 };

#define PLACE ((void *)0x1000000000)

typedef struct Edited {
    Machine machine;
    MemoryRegion page[PAGES];
    MemoryRegion region[FEW];
    MemoryListener listener;
} Edited;

/* The regions are not in order of their addresses. */
static MemoryRegion *page(Machine *m, unsigned long i)
{
    return &m->page[i * 37 % PAGES];
}

static void switch_off_and_on(void *opaque, unsigned long count)
{
    Edited *e = opaque;

    for (unsigned long i = 0; i < count; i++) {
        memory_region_set_enabled(page(&e->machine, i / 2), i % 2 != 0);
    }
}

static void remove_and_add(void *opaque, unsigned long count)
{
    Edited *e = opaque;

    for (unsigned long i = 0; i < count; i++) {
        MemoryRegion *mr = page(&e->machine, i);
        memory_region_del_subregion(&e->machine.root, mr);
        memory_region_add_subregion(&e->machine.root, machine_address(i * 37 % PAGES), mr);
    }
}

static void switch_in_transaction(void *opaque, unsigned long count)
{
    memory_region_transaction_begin();
    switch_off_and_on(opaque, count);
    memory_region_transaction_commit();
}

static void make_regions(void *opaque, unsigned long count)
{
    Edited *e = opaque;

    for (unsigned long i = 0; i < count; i++) {
        memory_region_init_io(&e->region[i], NULL, &unassigned_mem_ops, NULL, "device",
                              BENCH_PAGE);
    }
    for (unsigned long i = 0; i < count; i++) {
        object_unparent(OBJECT(&e->region[i]));
    }
}

static void hear(MemoryListener *listener, MemoryRegionSection *section)
{
    (void)listener;
    bench_use(section->offset_within_address_space);
}

static void costs_heard(Edited *e)
{
    e->listener = (MemoryListener){ .name = "hearer", .region_add = hear, .region_del = hear };
    memory_listener_register(&e->listener, &e->machine.space);
    costs_count("commit, among 1,000, heard", switch_off_and_on, e, COUNT);
    memory_listener_unregister(&e->listener);
}

void costs_edit(void)
{
    Edited *e = mmap(PLACE, sizeof(*e), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    if (e == MAP_FAILED) {
        abort();
    }
    machine_make_at(&e->machine, PAGES, e->page);
    costs_count("commit, among 1,000", switch_off_and_on, e, COUNT);
    costs_heard(e);
    costs_count("edit in a transaction, among 1,000", switch_in_transaction, e, FEW);
    costs_count("subregion removed and added", remove_and_add, e, COUNT);
    costs_count("device region made and ended", make_regions, e, FEW);
    machine_end(&e->machine);
    munmap(e, sizeof(*e));
}
