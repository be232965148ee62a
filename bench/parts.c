/* SPDX-License-Identifier: MIT
 *
 * Runs the parts of the benchmark (see parts.h), all of them in one order, or single ones.
 */
#include "parts.h"

#include <stdbool.h>

static struct {
    BenchPart *part;
    bool has_run;
} parts[] = {
    { bench_commit },  { bench_transaction }, { bench_iommu },     { bench_cache },
    { bench_dirty },   { bench_kvm_exits },   { bench_kvm_dirty }, { bench_unicorn },
    { bench_context }, { bench_access },      { bench_scaling },   { bench_bounce },
    { bench_notify },  { bench_kvm_slots },   { bench_first },     { bench_bytes },
    { bench_bare },    { bench_commits },
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

void bench_run(BenchPart *part)
{
    for (unsigned i = 0; i < PARTS; i++) {
        if (parts[i].part == part && !parts[i].has_run) {
            parts[i].has_run = true;
            part();
        }
    }
}

void bench_run_all(void)
{
    for (unsigned i = 0; i < PARTS; i++) {
        bench_run(parts[i].part);
    }
}
