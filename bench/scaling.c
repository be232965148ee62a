/* SPDX-License-Identifier: MIT
 *
 * Measures what accesses of one thread cost while another thread makes accesses of the same kind:
 * to the same ranges, and to others. The two threads never share a line of the processor's cache by
 * their addresses, so a slower access shares something inside the library. If the host has one free
 * processor only, the threads run in turns, and the numbers say nothing.
 */
#include <pthread.h>
#include <stdlib.h>

#include "contender-physmem.h"
#include "parts.h"
#include "report.h"

enum { RANGES = 64, PLACES = 1024, LINES_APART = 0x1000 };

/* What one thread does. */
typedef struct Worker {
    AddressSpace *space;
    BenchBatch *batch;
    uint64_t address[PLACES];
    int stop, ready;
} Worker;

/* Half of the guest's addresses are in ranges with an even number, and that is more than PLACES. */
static void choose_places(Worker *w, const Guest *guest, unsigned odd, uint64_t distance)
{
    unsigned count = 0;

    for (unsigned i = 0; i < GUEST_PLACES && count < PLACES; i++) {
        if ((unsigned long)(guest->range_of[i] - guest->range) % 2 == odd) {
            w->address[count++] = guest->address[i] + distance;
        }
    }
}

static void load(void *opaque, unsigned long count)
{
    const Worker *w = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(w->space, w->address[i % PLACES], MEMTXATTRS_UNSPECIFIED,
                                       NULL));
    }
}

static void store(void *opaque, unsigned long count)
{
    const Worker *w = opaque;

    for (unsigned long i = 0; i < count; i++) {
        address_space_stl_le(w->space, w->address[i % PLACES], 0, MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void *work(void *opaque)
{
    Worker *w = opaque;

    do {
        w->batch(w, PLACES);
        __atomic_store_n(&w->ready, 1, __ATOMIC_RELEASE);
    } while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED));
    return NULL;
}

static double time_beside(Worker *measured, Worker *other)
{
    pthread_t thread;

    other->stop = other->ready = 0;
    if (pthread_create(&thread, NULL, work, other)) {
        abort();
    }
    while (!__atomic_load_n(&other->ready, __ATOMIC_ACQUIRE)) {
    }
    double ns = bench_time_busy(measured->batch, measured);
    __atomic_store_n(&other->stop, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    return ns;
}

/* ---- Series ------------------------------------------------------------------------------- */

static const struct Case {
    GuestShape shape;
    BenchBatch *batch;
    const char *alone, *same, *other;
} cases[] = {
    { GUEST_RAM, load, "load, alone", "load, a thread on the same ranges",
      "load, a thread on other ranges" },
    { GUEST_RAM, store, "store, alone", "store, a thread on the same ranges",
      "store, a thread on other ranges" },
    { GUEST_LOCKLESS, load, "lock-free device read, alone",
      "lock-free device read, a thread on the same devices",
      "lock-free device read, a thread on other devices" },
};

static void report_one(const char *name, double ns)
{
    report_add(report_series(name, "", "ns"), 1, ns);
}

static void measure(const struct Case *c, const Guest *guest, AddressSpace *space)
{
    static Worker measured, same, other;

    measured = same = other = (Worker){ .space = space, .batch = c->batch };
    choose_places(&measured, guest, 0, 0);
    choose_places(&same, guest, 0, LINES_APART);
    choose_places(&other, guest, 1, 0);
    report_one(c->alone, bench_time_busy(c->batch, &measured));
    report_one(c->same, time_beside(&measured, &same));
    report_one(c->other, time_beside(&measured, &other));
}

void bench_scaling(void)
{
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Guest *guest = guest_make(cases[i].shape, RANGES);
        void *state = contender_physmem.make(guest);
        measure(&cases[i], guest, contender_physmem_space(state));
        contender_physmem.end(state);
        guest_free(guest);
    }
}
