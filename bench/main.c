/* SPDX-License-Identifier: MIT
 *
 * physmem-bench: measures the costs of commits, look-ups and accesses, beside peers and the bare
 * machine, in one run. Prints tables, or JSON with --json. With --compare it leaves out whatever
 * the comparison with the peers does not need. With --quick it measures small machines for a short
 * time. That shows that the benchmark works; the numbers mean nothing.
 */
#include <stdio.h>
#include <string.h>

#include "comparison.h"
#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

/* Parts whose rows the comparison takes. */
static void measure_compared_parts(void)
{
    bench_commit();
    bench_transaction();
    bench_iommu();
    bench_dirty();
    bench_kvm_exits();
    bench_kvm_dirty();
    bench_unicorn();
}

static void measure_other_parts(void)
{
    bench_context();
    bench_access();
    bench_cache();
    bench_bounce();
    bench_notify();
    bench_kvm_slots();
    bench_bytes();
    bench_bare();
}

static void print_json(void)
{
    printf("{\n");
    report_print_json();
    printf(",\n");
    comparison_print_json();
    printf("\n}\n");
}

static void print_tables(bool compare)
{
    if (!compare) {
        report_print_table();
        printf("\n");
    }
    comparison_print_table();
}

int main(int argc, char **argv)
{
    bool json = false, compare = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--compare") == 0) {
            compare = true;
        } else if (strcmp(argv[i], "--quick") == 0) {
            bench_time_quickly();
            bench_sizes_be_few();
        } else {
            fprintf(stderr,
                    "physmem-bench: expected --json, --compare or --quick, not \"%s\"\n"
                    "Usage: physmem-bench [--json] [--compare] [--quick]\n",
                    argv[i]);
            return 2;
        }
    }
    measure_compared_parts();
    if (!compare) {
        measure_other_parts();
        bench_conclude();
    }
    comparison_measure();
    if (json) {
        print_json();
    } else {
        print_tables(compare);
    }
    return 0;
}
