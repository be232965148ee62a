/* SPDX-License-Identifier: MIT
 *
 * The parts of the benchmark. Each one measures one topic and adds its rows to the report; main.c
 * calls them in turn.
 */
#ifndef BENCH_PARTS_H
#define BENCH_PARTS_H

void bench_commit(void);
void bench_transaction(void);
void bench_context(void);
void bench_access(void);
void bench_scaling(void);
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

/* Measures the peer in processes of its own, because the peer does not survive every size. */
void bench_unicorn(void);

/* Adds the conclusions: ratios, differences and values that the rows are measured for. Called
 * after all other parts. */
void bench_conclude(void);

#endif
