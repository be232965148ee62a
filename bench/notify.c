/* SPDX-License-Identifier: MIT
 *
 * Measures ioeventfds: commits in a machine that has some and a listener for them, adding and
 * removing one, and device writes that signal one or none.
 */
#include <stdlib.h>

#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { IOEVENTFDS = 32, WIDTH = 4 };

typedef struct Notify {
    Machine machine;
    uint32_t random;
    MemoryListener listener;
    EventNotifier bell;
} Notify;

static void hear_section(MemoryListener *l, MemoryRegionSection *section)
{
    (void)l;
    bench_use(section->offset_within_address_space);
}

static void hear_ioeventfd(MemoryListener *l, MemoryRegionSection *section, bool match_data,
                           uint64_t data, EventNotifier *e)
{
    (void)l, (void)match_data, (void)data, (void)e;
    bench_use(section->offset_within_address_space);
}

/* The device of the i-th ioeventfd. Devices are the odd pages; each gets one ioeventfd before any
 * gets a second one. */
static MemoryRegion *device(Notify *n, unsigned i)
{
    return &n->machine.page[i % (n->machine.pages / 2) * 2 + 1];
}

static hwaddr offset_of(const Notify *n, unsigned i)
{
    return i / (n->machine.pages / 2) * WIDTH;
}

static void notify_make(Notify *n, unsigned long pages)
{
    *n = (Notify){ .random = 1 };
    machine_make(&n->machine, pages);
    if (event_notifier_init(&n->bell, 0) != 0) {
        abort();
    }
}

static void notify_end(Notify *n)
{
    machine_end(&n->machine);
    event_notifier_cleanup(&n->bell);
}

static void bind_all(Notify *n)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < IOEVENTFDS; i++) {
        memory_region_add_eventfd(device(n, i), offset_of(n, i), WIDTH, false, 0, &n->bell);
    }
    memory_region_transaction_commit();
}

/* ---- Commits ---------------------------------------------------------------------------- */

static void toggle(void *opaque, unsigned long count)
{
    Notify *n = opaque;
    MemoryRegion *page = NULL;

    for (unsigned long i = 0; i < count; i++) {
        if (i % 2 == 0) {
            page = &n->machine.page[bench_random(&n->random) % n->machine.pages];
        }
        memory_region_set_enabled(page, i % 2 != 0);
    }
    if (count % 2 != 0) {
        memory_region_set_enabled(page, true);
    }
}

static void rebind(void *opaque, unsigned long count)
{
    Notify *n = opaque;
    MemoryRegion *mr = NULL;

    for (unsigned long i = 0; i < count; i++) {
        if (i % 2 == 0) {
            mr = device(n, bench_random(&n->random));
            memory_region_add_eventfd(mr, 0x100, WIDTH, false, 0, &n->bell);
        } else {
            memory_region_del_eventfd(mr, 0x100, WIDTH, false, 0, &n->bell);
        }
    }
    if (count % 2 != 0) {
        memory_region_del_eventfd(mr, 0x100, WIDTH, false, 0, &n->bell);
    }
}

static void listen(Notify *n, bool to_ioeventfds)
{
    n->listener = (MemoryListener){ .region_add = hear_section,
                                    .region_del = hear_section,
                                    .name = "bench" };
    if (to_ioeventfds) {
        n->listener.eventfd_add = hear_ioeventfd;
        n->listener.eventfd_del = hear_ioeventfd;
    }
    memory_listener_register(&n->listener, &n->machine.space);
}

static void measure(long size, bool with_ioeventfds)
{
    const char *commit = with_ioeventfds ? "commit: heard by a listener, 32 ioeventfds"
                                         : "commit: heard by a listener, no ioeventfds";
    Notify n;

    notify_make(&n, (unsigned long)size);
    listen(&n, with_ioeventfds);
    if (with_ioeventfds) {
        bind_all(&n);
    }
    report_add(report_series(commit, "N", "ns"), size,
               bench_time_between(toggle, &n, memory_drain));
    if (with_ioeventfds) {
        report_add(report_series("ioeventfd comes or goes, beside 32", "N", "ns"), size,
                   bench_time_between(rebind, &n, memory_drain));
    }
    memory_listener_unregister(&n.listener);
    notify_end(&n);
}

/* ---- Writes ----------------------------------------------------------------------------- */

static void store_first_device(Notify *n, hwaddr offset, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        address_space_stl_le(&n->machine.space, machine_address(1) + offset, (uint32_t)i,
                             MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void store_signal(void *opaque, unsigned long count)
{
    store_first_device(opaque, 0, count);
}

static void store_beside(void *opaque, unsigned long count)
{
    store_first_device(opaque, 0x800, count);
}

static void bare_signal(void *opaque, unsigned long count)
{
    Notify *n = opaque;

    for (unsigned long i = 0; i < count; i++) {
        event_notifier_set(&n->bell);
    }
}

static void measure_writes(void)
{
    Notify n;

    notify_make(&n, 2);
    report_add(report_series("device write of 4 bytes", "", "ns"), 1,
               bench_time(store_beside, &n));
    bind_all(&n);
    report_add(report_series("device write beside 32 ioeventfds", "", "ns"), 1,
               bench_time(store_beside, &n));
    report_add(report_series("store that signals an ioeventfd", "", "ns"), 1,
               bench_time(store_signal, &n));
    report_add(report_series("bare: event_notifier_set()", "", "ns"), 1,
               bench_time(bare_signal, &n));
    notify_end(&n);
}

void bench_notify(void)
{
    for (unsigned i = 0; i < bench_size_count; i++) {
        measure(bench_sizes[i], false);
        measure(bench_sizes[i], true);
    }
    measure_writes();
}
