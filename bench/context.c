/* SPDX-License-Identifier: MIT
 *
 * Measures making and destroying a context, as unit tests and fuzzers do all the time: an empty
 * one, and one with RAM, a device and a few edits. The time includes the grace period at the end.
 */
#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

static void come_and_go(void *opaque, unsigned long count)
{
    (void)opaque;
    for (unsigned long i = 0; i < count; i++) {
        memory_context_destroy(memory_context_new(NULL, NULL), NULL);
    }
}

static void use(MemoryContext *ctx)
{
    MemoryContext *before = memory_context_set_current(ctx);
    MemoryRegion ram, io;

    memory_region_init_ram(&ram, NULL, "ram", 16 * BENCH_PAGE, NULL);
    memory_region_init_io(&io, NULL, NULL, NULL, "io", BENCH_PAGE);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    memory_region_add_subregion(get_system_memory(), 64 * BENCH_PAGE, &io);
    memory_region_set_address(&io, 65 * BENCH_PAGE);
    memory_region_del_subregion(get_system_memory(), &io);
    memory_region_del_subregion(get_system_memory(), &ram);
    memory_drain();
    object_unparent(OBJECT(&io));
    object_unparent(OBJECT(&ram));
    memory_context_set_current(before);
}

static void come_work_and_go(void *opaque, unsigned long count)
{
    (void)opaque;
    for (unsigned long i = 0; i < count; i++) {
        MemoryContext *ctx = memory_context_new(NULL, NULL);
        use(ctx);
        memory_context_destroy(ctx, NULL);
    }
}

void bench_context(void)
{
    report_add(report_series("context made and destroyed", "", "ns"), 1,
               bench_time(come_and_go, NULL));
    report_add(report_series("context made, used and destroyed", "", "ns"), 1,
               bench_time(come_work_and_go, NULL));
}
