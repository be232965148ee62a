/* SPDX-License-Identifier: MIT
 *
 * Measures the cost of making N devices and adding them to a space in one transaction, as a machine
 * does when it starts.
 */
#include <stdlib.h>

#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

typedef struct Start {
    Machine machine; /* its space shows the devices beside two pages of its own */
    MemoryRegion *device;
    long devices;
    bool made;
} Start;

static void remove_devices(Start *s)
{
    memory_region_transaction_begin();
    for (long i = 0; i < s->devices; i++) {
        memory_region_del_subregion(&s->machine.root, &s->device[i]);
    }
    memory_region_transaction_commit();
    for (long i = 0; i < s->devices; i++) {
        object_unparent(OBJECT(&s->device[i]));
    }
    memory_drain();
    s->made = false;
}

static void prepare(void *opaque)
{
    Start *s = opaque;

    if (s->made) {
        remove_devices(s);
    }
}

static void make_devices(void *opaque)
{
    Start *s = opaque;

    memory_region_transaction_begin();
    for (long i = 0; i < s->devices; i++) {
        memory_region_init_io(&s->device[i], NULL, &unassigned_mem_ops, NULL, "device",
                              BENCH_PAGE);
        memory_region_add_subregion(&s->machine.root, machine_address((unsigned long)i + 2),
                                    &s->device[i]);
    }
    memory_region_transaction_commit();
    s->made = true;
}

static void measure(Series *series, long devices)
{
    Start s = { .devices = devices };

    s.device = calloc((size_t)devices, sizeof(*s.device));
    if (!s.device) {
        abort();
    }
    machine_make(&s.machine, 2);
    report_add(series, devices, bench_time_once(prepare, make_devices, &s));
    remove_devices(&s);
    machine_end(&s.machine);
    free(s.device);
}

void bench_transaction(void)
{
    Series *series = report_series("N devices made and added in one transaction", "N", "ns");

    measure(series, 1000);
    if (!bench_sizes_are_few()) {
        measure(series, 100000);
    }
}
