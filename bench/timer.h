/* SPDX-License-Identifier: MIT
 *
 * The timer of the benchmark. A part of the benchmark passes a function that does its work a given
 * number of times, or one that does it once. The timer repeats the function and returns the median
 * time of one piece of work, in nanoseconds. It does not know the work and stores no results
 * (report.h does).
 */
#ifndef BENCH_TIMER_H
#define BENCH_TIMER_H

#include <stdint.h>

/* Does the work 'count' times. */
typedef void BenchBatch(void *opaque, unsigned long count);

/* The time of one piece of work: the median of several repetitions after a warm-up. */
double bench_time(BenchBatch *batch, void *opaque);

/* The same as bench_time(), in processor time of the calling thread. It is for work that never
 * waits. The time that other processes of the host take away is not counted. */
double bench_time_busy(BenchBatch *batch, void *opaque);

/* The 99.99th percentile of many single pieces of work, each with the time of a look at the clock.
 */
double bench_time_tail(BenchBatch *batch, void *opaque);

/* The same as bench_time(). Calls 'between' before each repetition, outside of the measured
 * time. */
double bench_time_between(BenchBatch *batch, void *opaque, void (*between)(void));

/* Times two pieces of work in turn, for numbers that are to be compared. *a and *b are the
 * times. */
void bench_time_beside(BenchBatch *batch_a, BenchBatch *batch_b, void *opaque, double *a,
                       double *b);

/* Times up to BENCH_TURNS pieces of work whose costs differ by a few per cent only. Each of many
 * short rounds runs all of them. The time of the first one is its median; the time of another one
 * is that number times the median of its ratio to the first one within a round, so that the host's
 * drift cancels out. */
enum { BENCH_TURNS = 4 };
void bench_time_in_turn(BenchBatch *const *batch, unsigned things, void *opaque, double *ns);

/* The time of one call of 'run': the median of several, each after an untimed call of 'prepare',
 * which may be NULL. For work that cannot be repeated without preparing it again. */
double bench_time_once(void (*prepare)(void *opaque), void (*run)(void *opaque), void *opaque);

/* For a part that reads the clock itself. bench_now() returns the nanoseconds since some fixed
 * time. bench_median() sorts the samples in place and returns the median. bench_middle() does so,
 * too, and returns the mean of the middle half, which is finer where the clock is coarse.
 * bench_rounds is the number of samples to take, at most BENCH_ROUNDS. */
enum { BENCH_ROUNDS = 101 };
double bench_now(void);
double bench_median(double *sample, unsigned count);
double bench_middle(double *sample, unsigned count);
extern unsigned bench_rounds;

/* Makes everything short, for tests that only see whether the benchmark works. */
void bench_time_quickly(void);

/* The next of a cheap sequence of numbers that look random. Equal states give equal sequences. */
static inline uint32_t bench_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Keeps the compiler from dropping the computation of a value that nothing else uses. */
static inline void bench_use(uint64_t value)
{
    __asm__ volatile("" : : "r"(value));
}

#endif
