/* SPDX-License-Identifier: MIT
 *
 * Measures what loads cost beside a thread that changes the map 1,000 times a second: a device with
 * a page of its own comes and goes above the ranges that the loads reach. A library whose threads
 * have to learn all ranges anew after each change is slow here if there are many.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "contender-physmem.h"
#include "parts.h"
#include "report.h"

enum { ROUNDS = 5, PERIOD = 1000000 /* ns */ };

typedef struct Changer {
    pthread_t thread;
    void *state;
    int stop;
} Changer;

static void await_next(struct timespec *when)
{
    when->tv_nsec += PERIOD;
    when->tv_sec += when->tv_nsec / 1000000000;
    when->tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, when, NULL);
}

static void *keep_changing(void *opaque)
{
    Changer *c = opaque;
    struct timespec when;

    clock_gettime(CLOCK_MONOTONIC, &when);
    while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
        contender_physmem.change(c->state);
        await_next(&when);
    }
    return NULL;
}

static double time_alone(void *state)
{
    return bench_time_busy(contender_physmem.batch[LOAD], state);
}

static double time_beside_commits(void *state)
{
    Changer c = { .state = state };

    if (pthread_create(&c.thread, NULL, keep_changing, &c)) {
        abort();
    }
    double ns = time_alone(state);
    __atomic_store_n(&c.stop, 1, __ATOMIC_RELAXED);
    pthread_join(c.thread, NULL);
    return ns;
}

static void measure(long ranges)
{
    Guest *guest = guest_make(GUEST_RAM, (unsigned long)ranges);
    void *state = contender_physmem.make(guest);
    double alone[ROUNDS], beside[ROUNDS];

    for (unsigned i = 0; i < ROUNDS; i++) {
        alone[i] = time_alone(state);
        beside[i] = time_beside_commits(state);
    }
    report_add(report_series("load, N ranges", "ranges", "ns"), ranges,
               bench_median(alone, ROUNDS));
    report_add(report_series("load, N ranges, 1,000 commits a second", "ranges", "ns"), ranges,
               bench_median(beside, ROUNDS));
    contender_physmem.end(state);
    guest_free(guest);
}

void bench_commits(void)
{
    measure(64);
    measure(1000);
    measure(10000);
}
