/* SPDX-License-Identifier: MIT
 *
 * Prints the comparison with the peers (see comparison.h), as a table for people or as JSON for
 * programs.
 */
#include "comparison.h"

#include <stdio.h>

enum { WORK_WIDTH = 40, COLUMN_WIDTH = 10 };

static const char *const titles[COLUMNS] = {
    "plain", "liburcu", "vm-memory", "guarded", "unicorn", "physmem",
};

static const char *const verdicts[] = { "reach", "/ plain", "/ peer", "/ reach" };

/* Returns the time of the fastest peer; negative if there is none. The floors are not peers. */
static double best_peer(const ComparedRow *row)
{
    double best = -1;

    for (unsigned c = VM_MEMORY; c <= UNICORN; c++) {
        if (row->ns[c] >= 0 && (best < 0 || row->ns[c] < best)) {
            best = row->ns[c];
        }
    }
    return best;
}

static bool is_met(const ComparedRow *row)
{
    return row->ns[PHYSMEM] <= row->reach;
}

/* Returns the ratio of two times; negative if one of them was not measured. */
static double ratio(double ns, double other)
{
    return ns < 0 || other <= 0 ? -1 : ns / other;
}

/* ---- For people ------------------------------------------------------------------------------ */

static void print_time(double ns)
{
    if (ns < 0) {
        printf("%*s", COLUMN_WIDTH, "-");
    } else if (ns < 1e5) {
        printf("%*.*f", COLUMN_WIDTH, ns < 100 ? 1 : 0, ns);
    } else {
        printf("%*.*f %s", COLUMN_WIDTH - 3, 1, ns < 1e6 ? ns / 1e3 : ns / 1e6,
               ns < 1e6 ? "us" : "ms");
    }
}

static void print_ratio(double value)
{
    if (value < 0) {
        printf("%*s", COLUMN_WIDTH, "-");
    } else {
        printf("%*.3g", COLUMN_WIDTH, value);
    }
}

static void print_row(const ComparedRow *row)
{
    printf("%-*s", WORK_WIDTH, row->work);
    for (unsigned c = 0; c < COLUMNS; c++) {
        print_time(row->ns[c]);
    }
    print_time(row->reach);
    print_ratio(ratio(row->ns[PHYSMEM], row->ns[PLAIN]));
    print_ratio(ratio(row->ns[PHYSMEM], best_peer(row)));
    print_ratio(ratio(row->ns[PHYSMEM], row->reach));
    printf("%s\n", row->reach < 0 ? "" : is_met(row) ? "  met" : "  NO");
}

static void print_counts(const Comparison *comparison)
{
    unsigned reaches = 0, met = 0, peers = 0, ahead = 0;

    for (unsigned r = 0; r < comparison->rows; r++) {
        const ComparedRow *row = &comparison->row[r];
        const double ours = row->ns[PHYSMEM], best = best_peer(row);
        reaches += row->reach >= 0;
        met += row->reach >= 0 && is_met(row);
        peers += best >= 0 && ours >= 0;
        ahead += best >= 0 && ours >= 0 && ours < best;
    }
    printf("\n%u of %u reaches are met. On %u of %u rows physmem is faster than each peer.\n"
           "A nanosecond of the machine where the reaches were stated is %.2f here.\n",
           met, reaches, ahead, peers, comparison->pace);
}

void comparison_print_table(const Comparison *comparison)
{
    printf("%-*s", WORK_WIDTH, "beside the peers: nanoseconds, median");
    for (unsigned c = 0; c < COLUMNS; c++) {
        printf("%*s", COLUMN_WIDTH, titles[c]);
    }
    for (unsigned i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        printf("%*s", COLUMN_WIDTH, verdicts[i]);
    }
    printf("\n");
    for (unsigned r = 0; r < comparison->rows; r++) {
        print_row(&comparison->row[r]);
    }
    print_counts(comparison);
    if (!contest_has_vm_memory()) {
        printf("vm-memory was not measured: install the Debian packages cargo, rustc and "
               "librust-vm-memory-dev, then run make bench again.\n");
    }
}

/* ---- For programs ----------------------------------------------------------------------------- */

/* Prints a member of an object, unless the value is negative. */
static void print_member(const char *separator, const char *name, double value)
{
    if (value >= 0) {
        printf("%s\"%s\": %.6g", separator, name, value);
    }
}

static void print_json_row(const ComparedRow *row)
{
    const char *separator = "";

    printf("    {\"work\": \"%s\", \"ns\": {", row->work);
    for (unsigned c = 0; c < COLUMNS; c++) {
        print_member(separator, titles[c], row->ns[c]);
        separator = row->ns[c] >= 0 ? ", " : separator;
    }
    printf("}");
    print_member(", ", "reach", row->reach);
    print_member(", ", "of_plain", ratio(row->ns[PHYSMEM], row->ns[PLAIN]));
    print_member(", ", "of_peer", ratio(row->ns[PHYSMEM], best_peer(row)));
    print_member(", ", "of_reach", ratio(row->ns[PHYSMEM], row->reach));
    if (row->reach >= 0) {
        printf(", \"met\": %s", is_met(row) ? "true" : "false");
    }
    printf("}");
}

void comparison_print_json(const Comparison *comparison)
{
    printf("  \"pace\": %.3f,\n  \"comparison\": [", comparison->pace);
    for (unsigned r = 0; r < comparison->rows; r++) {
        printf(r > 0 ? ",\n" : "\n");
        print_json_row(&comparison->row[r]);
    }
    printf("\n  ]");
}
