/* SPDX-License-Identifier: MIT
 *
 * The operations whose instructions are counted. physmem-costs does each of them a fixed number of
 * times, and scripts/check-costs runs it under callgrind and compares the counts with
 * bench/costs.txt. Times are not looked at: that is what physmem-bench is for.
 */
#ifndef BENCH_COSTS_H
#define BENCH_COSTS_H

#include "timer.h"

/* Does the work twice, 'count' times each. The second time is counted. */
void costs_count(const char *name, BenchBatch *batch, void *state, unsigned long count);

/* The same without the first time, for work that meets empty tables. */
void costs_count_cold(const char *name, BenchBatch *batch, void *state, unsigned long count);

/* The operations, by topic. */
void costs_access(void);
void costs_cache(void);
void costs_edit(void);
void costs_dirty(void);
void costs_iommu(void);
void costs_kvm(void);

#endif
