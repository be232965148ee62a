/* SPDX-License-Identifier: MIT
 *
 * What the parts of the benchmark share: how something is timed (bench.c), the machines that are
 * measured (machine.c) and the table that results are put into (report.c).
 *
 * A series is one row of the table: a cost as a function of a size. All numbers of a table come
 * from one run, so that ratios between rows mean something on any machine.
 */
#ifndef BENCH_H
#define BENCH_H

#include <physmem/physmem.h>

/* ---- Timing ----------------------------------------------------------------------------- */

/* Does the thing 'count' times. */
typedef void BenchBatch(void *opaque, unsigned long count);

/* Nanoseconds per time: the median of several repetitions after a warm-up. */
double bench_time(BenchBatch *batch, void *opaque);

/* The same; 'between' is called, untimed, after each repetition. */
double bench_time_between(BenchBatch *batch, void *opaque, void (*between)(void));

/* Two things in turn, for numbers that are to be compared: *a and *b are the nanoseconds of each. */
void bench_time_beside(BenchBatch *batch_a, BenchBatch *batch_b, void *opaque, double *a,
                       double *b);

/* The same for differences of a few per cent: many short rounds, each with all things in turn. The
 * first is what the others are compared with: their numbers are its number times the median of what
 * they cost beside it in the same round, so that drift of the host cancels. */
enum { BENCH_TURNS = 4 };
void bench_time_in_turn(BenchBatch *const *batch, unsigned things, void *opaque, double *ns);

/* Nanoseconds of one time: the median of several, each after an untimed 'prepare' (may be NULL). */
double bench_time_once(void (*prepare)(void *opaque), void (*run)(void *opaque), void *opaque);

/* For what times itself: nanoseconds since some time, the median of samples, which are put in order,
 * and how many samples to take, at most BENCH_ROUNDS. */
enum { BENCH_ROUNDS = 101 };
double bench_now(void);
double bench_median(double *sample, unsigned count);
extern unsigned bench_rounds;

/* A cheap sequence of numbers that look random; the same in each run. */
static inline uint32_t bench_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Keeps the compiler from dropping what computes a value. */
static inline void bench_use(uint64_t value)
{
    __asm__ volatile("" : : "r"(value));
}

/* ---- Results ---------------------------------------------------------------------------- */

/* A row, found again by its name; 'axis' says what n counts, 'unit' what the values are. */
typedef struct Series Series;
Series *report_series(const char *name, const char *axis, const char *unit);
void report_add(Series *series, long n, double value);

/* The value at n; negative if there is none. */
double report_value(const char *name, long n);

/* A line "what: value (limit)" below the tables; left out if the value is negative. A limit of 0 is
 * none. */
void report_ratio(const char *what, double value, double limit);

void report_print_table(void);
void report_print_json(void);

/* ---- The machine that is measured ------------------------------------------------------- */

enum { BENCH_PAGE = 0x1000, BENCH_STRIDE = 0x2000 };

/* N pages with a hole behind each, in a context of their own: the even ones are windows onto RAM,
 * the odd ones devices. */
typedef struct Machine {
    MemoryContext *context;
    MemoryContext *before; /* current when the machine was made */
    AddressSpace space;
    MemoryRegion root;
    MemoryRegion ram;
    MemoryRegion *page;
    unsigned long pages;
    uint8_t *host;
    size_t heap_of_pages; /* bytes of heap that the pages took, before any space showed them */
    size_t heap_of_view;  /* and the view of them */
} Machine;

void machine_make(Machine *machine, unsigned long pages);
void machine_end(Machine *machine);

static inline hwaddr machine_address(unsigned long page)
{
    return (hwaddr)page * BENCH_STRIDE;
}

/* ---- The parts -------------------------------------------------------------------------- */

extern const long *bench_sizes;
extern unsigned bench_size_count;

void bench_commit(void);
void bench_context(void);
void bench_access(void);
void bench_cache(void);
void bench_bounce(void);
void bench_iommu(void);
void bench_dirty(void);
void bench_notify(void);
void bench_kvm_slots(void);
void bench_kvm_exits(void);
void bench_kvm_dirty(void);
void bench_bytes(void);
void bench_bare(void);

/* The peer runs in processes of its own: it does not survive every size. */
void bench_unicorn(void);

#endif
