/* SPDX-License-Identifier: MIT
 *
 * Timing for the benchmark (timer.h): chooses how often work is repeated, and which of the
 * measured times counts.
 */
#include "timer.h"

#include <stdlib.h>
#include <time.h>

enum {
    REPETITIONS = 9,
    QUICK_ROUNDS = 3,
    SHORTER = 4,
    SINGLES = 200000,
    QUICK_SINGLES = 1000
}; /* bench_time_in_turn() has rounds of 1/SHORTER */

static double repetition_ns = 5e6;

unsigned bench_rounds = BENCH_ROUNDS;

static unsigned singles = SINGLES;

void bench_time_quickly(void)
{
    repetition_ns = 1e4;
    bench_rounds = QUICK_ROUNDS;
    singles = QUICK_SINGLES;
}

static double read_clock(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

double bench_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static double time_batch_by(clockid_t clock, BenchBatch *batch, void *opaque, unsigned long count)
{
    double start = read_clock(clock);

    batch(opaque, count);
    return read_clock(clock) - start;
}

static double time_batch(BenchBatch *batch, void *opaque, unsigned long count)
{
    return time_batch_by(CLOCK_MONOTONIC, batch, opaque, count);
}

/* Returns how often the work has to be done to fill a repetition. Finding out is also the
 * warm-up. */
static unsigned long find_count(BenchBatch *batch, void *opaque)
{
    unsigned long count = 1;

    while (time_batch(batch, opaque, count) < repetition_ns / 2) {
        count *= 2;
    }
    return count;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

double bench_median(double *sample, unsigned count)
{
    qsort(sample, count, sizeof(sample[0]), compare);
    return sample[count / 2];
}

double bench_middle(double *sample, unsigned count)
{
    double sum = 0;
    unsigned first = count / 4, end = count - first;

    qsort(sample, count, sizeof(sample[0]), compare);
    for (unsigned i = first; i < end; i++) {
        sum += sample[i];
    }
    return sum / (end - first);
}

static double median(double *sample)
{
    return bench_median(sample, REPETITIONS);
}

double bench_time_between(BenchBatch *batch, void *opaque, void (*between)(void))
{
    unsigned long count = find_count(batch, opaque);
    double sample[REPETITIONS];

    for (int i = 0; i < REPETITIONS; i++) {
        if (between) {
            between();
        }
        sample[i] = time_batch(batch, opaque, count) / (double)count;
    }
    return median(sample);
}

void bench_time_beside(BenchBatch *batch_a, BenchBatch *batch_b, void *opaque, double *a,
                       double *b)
{
    unsigned long count_a = find_count(batch_a, opaque), count_b = find_count(batch_b, opaque);
    double sample_a[REPETITIONS], sample_b[REPETITIONS];

    for (int i = 0; i < REPETITIONS; i++) {
        sample_a[i] = time_batch(batch_a, opaque, count_a) / (double)count_a;
        sample_b[i] = time_batch(batch_b, opaque, count_b) / (double)count_b;
    }
    *a = median(sample_a);
    *b = median(sample_b);
}

void bench_time_in_turn(BenchBatch *const *batch, unsigned things, void *opaque, double *ns)
{
    double sample[BENCH_TURNS][BENCH_ROUNDS];
    unsigned long count = find_count(batch[0], opaque) / SHORTER + 1;

    for (unsigned round = 0; round < bench_rounds; round++) {
        for (unsigned i = 0; i < things; i++) {
            sample[i][round] = time_batch(batch[i], opaque, count) / (double)count;
        }
        for (unsigned i = 1; i < things; i++) {
            sample[i][round] /= sample[0][round];
        }
    }
    ns[0] = bench_median(sample[0], bench_rounds);
    for (unsigned i = 1; i < things; i++) {
        ns[i] = ns[0] * bench_median(sample[i], bench_rounds);
    }
}

double bench_time_once(void (*prepare)(void *opaque), void (*run)(void *opaque), void *opaque)
{
    double sample[REPETITIONS];

    for (int i = 0; i < REPETITIONS; i++) {
        if (prepare) {
            prepare(opaque);
        }
        double start = bench_now();
        run(opaque);
        sample[i] = bench_now() - start;
    }
    return median(sample);
}

double bench_time(BenchBatch *batch, void *opaque)
{
    return bench_time_between(batch, opaque, NULL);
}

double bench_time_busy(BenchBatch *batch, void *opaque)
{
    unsigned long count = find_count(batch, opaque);
    double sample[REPETITIONS];

    for (int i = 0; i < REPETITIONS; i++) {
        sample[i] = time_batch_by(CLOCK_THREAD_CPUTIME_ID, batch, opaque, count) / (double)count;
    }
    return median(sample);
}

double bench_time_tail(BenchBatch *batch, void *opaque)
{
    static double sample[SINGLES];

    for (unsigned i = 0; i < singles; i++) {
        sample[i] = time_batch(batch, opaque, 1);
    }
    qsort(sample, singles, sizeof(sample[0]), compare);
    return sample[singles - 1 - singles / 10000];
}
