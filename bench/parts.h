/* SPDX-License-Identifier: MIT
 *
 * The parts of the benchmark. Each one measures one topic and adds its rows to the report. A part
 * runs once at most.
 */
#ifndef BENCH_PARTS_H
#define BENCH_PARTS_H

typedef void BenchPart(void);

BenchPart bench_commit, bench_transaction, bench_context, bench_access, bench_scaling, bench_cache;
BenchPart bench_commits;
BenchPart bench_bounce, bench_iommu, bench_dirty, bench_notify, bench_kvm_slots, bench_kvm_exits;
BenchPart bench_kvm_dirty, bench_first, bench_bytes, bench_bare;

/* Measures the peer in processes of its own, because the peer does not survive every size. */
BenchPart bench_unicorn;

/* What a process does that bench_first() starts. 'column' is one of contest.h. */
void bench_first_child(int column);

/* Runs a part, unless it has run already. */
void bench_run(BenchPart *part);
void bench_run_all(void);

/* Adds the conclusions: ratios, differences and values that the rows are measured for. Called
 * after all other parts. */
void bench_conclude(void);

#endif
