/* SPDX-License-Identifier: MIT
 *
 * Measures a commit that switches one region off or on: among N siblings, and with M more address
 * spaces, which may or may not show the change.
 */
#include <stdlib.h>

#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { SHARED_PAGES = 1000, OTHER_PAGES = 16, EDITS = 100 };

static const long space_counts[] = { 1, 16, 64, 256 };

typedef struct Toggle {
    Machine machine;
    uint32_t random;
} Toggle;

/* Each count is one commit: a random region is disabled, and the next commit enables it again. */
static void toggle(void *opaque, unsigned long count)
{
    Toggle *t = opaque;
    MemoryRegion *page = NULL;

    for (unsigned long i = 0; i < count; i++) {
        if (i % 2 == 0) {
            page = &t->machine.page[bench_random(&t->random) % t->machine.pages];
        }
        memory_region_set_enabled(page, i % 2 != 0);
    }
    if (count % 2 != 0) {
        memory_region_set_enabled(page, true);
    }
}

/* The same edits; EDITS of them become one commit. */
static void toggle_in_transactions(void *opaque, unsigned long count)
{
    for (unsigned long done = 0; done < count; done += EDITS) {
        memory_region_transaction_begin();
        toggle(opaque, count - done < EDITS ? count - done : EDITS);
        memory_region_transaction_commit();
    }
}

static void among_siblings(void)
{
    Series *single = report_series("commit: one of N regions switched", "N", "ns");
    Series *shared = report_series("edit: one of 100 in a transaction", "N", "ns");

    for (unsigned i = 0; i < bench_size_count; i++) {
        Toggle t = { .random = 1 };
        machine_make(&t.machine, (unsigned long)bench_sizes[i]);
        report_add(single, bench_sizes[i], bench_time_between(toggle, &t, memory_drain));
        report_add(shared, bench_sizes[i],
                   bench_time_between(toggle_in_transactions, &t, memory_drain));
        machine_end(&t.machine);
    }
}

/* ---- Many spaces ------------------------------------------------------------------------ */

/* A space beside the machine's own. The cases differ in what its root contains. */
typedef struct Viewer {
    AddressSpace space;
    MemoryRegion root;
    MemoryRegion content[OTHER_PAGES];
    unsigned contents;
} Viewer;

/* Shows the machine's pages through a window at a nonzero address, which makes a view of its
 * own. */
static void show_through_alias(Viewer *viewer, Machine *machine)
{
    memory_region_init(&viewer->root, NULL, "viewer", UINT64_MAX);
    memory_region_init_alias(&viewer->content[0], NULL, "window", &machine->root, 0,
                             machine_address(machine->pages));
    memory_region_add_subregion(&viewer->root, BENCH_PAGE, &viewer->content[0]);
    viewer->contents = 1;
    address_space_init(&viewer->space, &viewer->root, "viewer");
}

/* Has the machine's root as its own root, so that the two spaces share a view. */
static void show_same_root(Viewer *viewer, Machine *machine)
{
    address_space_init(&viewer->space, &machine->root, "viewer");
}

/* Shows none of the machine's pages. */
static void show_other_things(Viewer *viewer, Machine *machine)
{
    (void)machine;
    memory_region_init(&viewer->root, NULL, "other", UINT64_MAX);
    for (unsigned i = 0; i < OTHER_PAGES; i++) {
        memory_region_init_io(&viewer->content[i], NULL, &unassigned_mem_ops, NULL, "thing",
                              BENCH_PAGE);
        memory_region_add_subregion(&viewer->root, machine_address(i), &viewer->content[i]);
    }
    viewer->contents = OTHER_PAGES;
    address_space_init(&viewer->space, &viewer->root, "other");
}

static void viewer_end(Viewer *viewer)
{
    address_space_destroy(&viewer->space);
    for (unsigned i = 0; i < viewer->contents; i++) {
        memory_region_del_subregion(&viewer->root, &viewer->content[i]);
        object_unparent(OBJECT(&viewer->content[i]));
    }
    if (viewer->contents > 0) {
        object_unparent(OBJECT(&viewer->root));
    }
}

typedef void ViewerMake(Viewer *viewer, Machine *machine);

static double time_with_spaces(ViewerMake *make, long count)
{
    Toggle t = { .random = 1 };
    Viewer *viewer = calloc((size_t)count, sizeof(Viewer));

    if (!viewer) {
        abort();
    }
    machine_make(&t.machine, SHARED_PAGES);
    for (long i = 0; i < count; i++) {
        make(&viewer[i], &t.machine);
    }
    double ns = bench_time_between(toggle, &t, memory_drain);
    for (long i = 0; i < count; i++) {
        viewer_end(&viewer[i]);
    }
    memory_drain();
    machine_end(&t.machine);
    free(viewer);
    return ns;
}

static void with_spaces(const char *name, ViewerMake *make)
{
    Series *series = report_series(name, "M", "ns");

    for (unsigned i = 0; i < sizeof(space_counts) / sizeof(space_counts[0]); i++) {
        report_add(series, space_counts[i], time_with_spaces(make, space_counts[i]));
    }
}

void bench_commit(void)
{
    among_siblings();
    with_spaces("commit: M more spaces show it, own views", show_through_alias);
    with_spaces("commit: M more spaces share the view", show_same_root);
    with_spaces("commit: M more spaces do not show it", show_other_things);
}
