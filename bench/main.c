/* SPDX-License-Identifier: MIT
 *
 * physmem-bench: measures the costs of commits, look-ups and accesses, beside a peer and the bare
 * machine, in one run. Prints a table, or JSON with --json. With --quick it measures small
 * machines for a short time. That shows that the benchmark works; the numbers mean nothing.
 */
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

static void measure_everything(void)
{
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
    bench_conclude();
}

int main(int argc, char **argv)
{
    bool json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--quick") == 0) {
            bench_time_quickly();
            bench_sizes_be_few();
        } else {
            fprintf(stderr,
                    "physmem-bench: expected --json or --quick, not \"%s\"\n"
                    "Usage: physmem-bench [--json] [--quick]\n",
                    argv[i]);
            return 2;
        }
    }
    measure_everything();
    if (json) {
        report_print_json();
    } else {
        report_print_table();
    }
    return 0;
}
