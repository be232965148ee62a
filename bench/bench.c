/* SPDX-License-Identifier: MIT
 *
 * physmem-bench: what commits, look-ups and accesses cost, beside a peer and the bare machine, in
 * one run. Prints a table, or JSON with --json. --quick measures small machines for a short time:
 * enough to see that the benchmark works, not to believe its numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

enum { REPETITIONS = 9, QUICK_SIZES = 3 };
enum { QUICK_ROUNDS = 3, SHORTER = 4 }; /* of bench_time_in_turn() */

static const long all_sizes[] = { 10, 64, 100, 1000, 10000, 100000 };
static double repetition_ns = 5e6;

unsigned bench_rounds = BENCH_ROUNDS;
const long *bench_sizes = all_sizes;
unsigned bench_size_count = sizeof(all_sizes) / sizeof(all_sizes[0]);

double bench_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static double time_batch(BenchBatch *batch, void *opaque, unsigned long count)
{
    double start = bench_now();

    batch(opaque, count);
    return bench_now() - start;
}

/* How often the thing has to be done to fill a repetition; finding out is the warm-up. */
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

static double median(double *sample)
{
    return bench_median(sample, REPETITIONS);
}

double bench_time_between(BenchBatch *batch, void *opaque, void (*between)(void))
{
    unsigned long count = find_count(batch, opaque);
    double sample[REPETITIONS];

    for (int i = 0; i < REPETITIONS; i++) {
        if (between != NULL) {
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
        if (prepare != NULL) {
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

/* Negative if one of the two was not measured. */
static double ratio(const char *name, long n, const char *to, long to_n)
{
    double value = report_value(name, n);
    double to_value = report_value(to, to_n);

    return value < 0 || to_value < 0 ? -1 : value / to_value;
}

/* What is lost in the noise is nothing. */
static double difference(const char *name, const char *less)
{
    double value = report_value(name, 1);
    double less_value = report_value(less, 1);

    if (value < 0 || less_value < 0) {
        return -1;
    }
    return value > less_value ? value - less_value : 0;
}

/* What the numbers are to be read for. */
static void draw_conclusions(void)
{
    const char *commit = "commit: one of N regions switched";
    const char *unseen = "commit: M more spaces do not show it";
    const char *load = "load of 4 bytes, any of N ranges";
    const char *runs = "load of 4 bytes, 16 in each of N ranges";
    const char *usual = "load of 4 bytes, the same range";
    const char *device = "device read of 4 bytes";
    const char *through = "load of 4 bytes through I IOMMUs";
    const char *bitmap = "bare: copy of a bitmap of the pages";
    const char *unlogged = "store over 64 pages, not logged";
    const char *by_address = "page marked by RAM address, among N blocks";
    const char *ram_bar = "KVM: a BAR of RAM moves among N slots";
    const char *peer_map = "unicorn: uc_mem_map, uc_mem_unmap";

    report_ratio("commit among 100,000 regions / among 1,000", ratio(commit, 100000, commit, 1000),
                 3);
    report_ratio("commit among 10,000 regions, ns", report_value(commit, 10000), 5000);
    report_ratio("commit, 256 more spaces that do not show it / 1", ratio(unseen, 256, unseen, 1),
                 1.5);
    report_ratio("commit among 10,000, 32 ioeventfds listened to / none",
                 ratio("commit: heard by a listener, 32 ioeventfds", 10000,
                       "commit: heard by a listener, no ioeventfds", 10000),
                 1.5);
    report_ratio("context made and destroyed, ns", report_value("context made and destroyed", 1),
                 200000);
    report_ratio("device write beside 32 ioeventfds / without",
                 ratio("device write beside 32 ioeventfds", 1, "device write of 4 bytes", 1), 0);
    report_ratio("store that signals an ioeventfd / signal alone",
                 ratio("store that signals an ioeventfd", 1, "bare: event_notifier_set()", 1), 0);
    report_ratio("load over 64 ranges, any of them, ns", report_value(load, 64), 10);
    report_ratio("load over 64 ranges, 16 in each, ns", report_value(runs, 64), 10);
    report_ratio("load of the same range / bare load", ratio(usual, 64, "bare: volatile load", 1),
                 0);
    report_ratio("device read / bare call", ratio(device, 64, "bare: call through a pointer", 1),
                 0);
    report_ratio("cached load / plain load",
                 ratio("cached load of 4 bytes", 1, "plain load of 4 bytes", 1), 1.2);
    report_ratio("cached store / plain store",
                 ratio("cached store of 4 bytes", 1, "plain store of 4 bytes", 1), 1.2);
    report_ratio("cached / plain, a buffer through a ring",
                 ratio("cached: a buffer through a ring", 1, "plain: a buffer through a ring", 1),
                 0);
    report_ratio("load of 4 bytes through an IOMMU / without", ratio(through, 1, through, 0), 0);
    report_ratio("read of 64 bytes through an IOMMU / without",
                 ratio("read of 64 bytes through I IOMMUs", 1,
                       "read of 64 bytes through I IOMMUs", 0),
                 0);
    report_ratio("read of 4 KiB through an IOMMU / without",
                 ratio("read of 4 KiB through I IOMMUs", 1, "read of 4 KiB through I IOMMUs", 0),
                 0);
    report_ratio("logged store / not logged",
                 ratio("store over 64 pages, logged", 1, unlogged, 1), 0);
    report_ratio("logged beside a thread on the same pages / on others",
                 ratio("logged, a thread on the same pages", 1,
                       "logged, a thread on other pages", 1),
                 0);
    report_ratio("page marked by RAM address, among 1,000 blocks / 10",
                 ratio(by_address, 1000, by_address, 10), 5);
    report_ratio("harvest of 1 TiB, nothing dirty / copy of a bitmap",
                 ratio("harvest: nothing dirty", 1024, bitmap, 1024), 0.02);
    report_ratio("harvest of 1 TiB, 1 in 10,000 dirty / copy",
                 ratio("harvest: 1 page in 10,000 dirty", 1024, bitmap, 1024), 1);
    report_ratio("harvest of 1 TiB, 1 in 100 dirty / copy",
                 ratio("harvest: 1 page in 100 dirty", 1024, bitmap, 1024), 0);
    report_ratio("harvest of 1 TiB, everything dirty / copy",
                 ratio("harvest: everything dirty", 1024, bitmap, 1024), 0);
    report_ratio("KVM: a BAR of RAM moves among 500 slots / among 10",
                 ratio(ram_bar, 500, ram_bar, 10), 1.5);
    report_ratio("KVM: a BAR of RAM moves / its two ioctls, among 500",
                 ratio(ram_bar, 500, "bare KVM: a slot made and removed among N", 500), 1.15);
    report_ratio("KVM: memory exit, handled / bare",
                 ratio("KVM: memory exit, handled", 1, "bare KVM: memory exit", 1), 1.03);
    report_ratio("KVM: memory exit, kvm_memory_run() / bare",
                 ratio("KVM: memory exit, kvm_memory_run()", 1, "bare KVM: memory exit", 1), 1.03);
    report_ratio("KVM: port exit, handled / bare",
                 ratio("KVM: port exit, handled", 1, "bare KVM: port exit", 1), 1.03);
    report_ratio("KVM: port exit, kvm_memory_run() / bare",
                 ratio("KVM: port exit, kvm_memory_run()", 1, "bare KVM: port exit", 1), 1.03);
    report_ratio("KVM: what handling adds to a memory exit, ns",
                 difference("KVM: memory exit, handled", "bare KVM: memory exit"), 0);
    report_ratio("KVM: what kvm_memory_run() adds to a memory exit, ns",
                 difference("KVM: memory exit, kvm_memory_run()", "bare KVM: memory exit"), 0);
    report_ratio("KVM: what handling adds to a port exit, ns",
                 difference("KVM: port exit, handled", "bare KVM: port exit"), 0);
    report_ratio("KVM: what kvm_memory_run() adds to a port exit, ns",
                 difference("KVM: port exit, kvm_memory_run()", "bare KVM: port exit"), 0);
    report_ratio("KVM: kvm_memory_handle_exit() of a memory exit, ns",
                 report_value("KVM: kvm_memory_handle_exit() of a memory exit", 1), 60);
    report_ratio("KVM harvest of 4 GiB, nothing dirty / bare get and clear",
                 ratio("KVM harvest: nothing dirty", 4096, "bare KVM get and clear: nothing dirty",
                       4096),
                 0);
    report_ratio("KVM harvest of 4 GiB, 1 page in 1,000 dirty / bare",
                 ratio("KVM harvest: 1 page in 1,000 dirty", 4096,
                       "bare KVM get and clear: 1 page in 1,000 dirty", 4096),
                 0);
    report_ratio("KVM harvest of 128 MiB, everything dirty / bare",
                 ratio("KVM harvest: everything dirty", 128,
                       "bare KVM get and clear: everything dirty", 128),
                 1.25);
    report_ratio("KVM harvest of 128 MiB from rings, everything dirty / bitmap",
                 ratio("KVM harvest from rings: everything dirty", 128,
                       "KVM harvest: everything dirty", 128),
                 0);
    report_ratio("KVM: memory exit / write to an ioeventfd",
                 ratio("KVM: memory exit, handled", 1, "KVM: write to an ioeventfd", 1), 0);
    report_ratio("uc_mem_read / load, 64 ranges",
                 ratio("unicorn: uc_mem_read of 4 bytes", 64, load, 64), 0);
    report_ratio("uc_mem_map and unmap / one commit, among 1,000",
                 ratio(peer_map, 1000, commit, 1000), 0);
}

int main(int argc, char **argv)
{
    bool json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--quick") == 0) {
            bench_size_count = QUICK_SIZES;
            repetition_ns = 1e4;
            bench_rounds = QUICK_ROUNDS;
        } else {
            fprintf(stderr, "usage: %s [--json] [--quick]\n", argv[0]);
            return 2;
        }
    }
    bench_commit();
    bench_context();
    bench_access();
    bench_cache();
    bench_bounce();
    bench_iommu();
    bench_dirty();
    bench_notify();
    bench_kvm_slots();
    bench_kvm_exits();
    bench_kvm_dirty();
    bench_bytes();
    bench_bare();
    bench_unicorn();
    draw_conclusions();
    if (json) {
        report_print_json();
    } else {
        report_print_table();
    }
    return 0;
}
