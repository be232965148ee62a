/* SPDX-License-Identifier: MIT
 *
 * Prints the comparison with the peers (see comparison.h), as a table for people or as JSON for
 * programs.
 */
#include "comparison.h"

#include <stdio.h>
#include <string.h>

enum { WORK_WIDTH = 54, COLUMN_WIDTH = 10 };

static const char *const titles[COLUMNS] = {
    "plain", "liburcu", "vm-memory", "guarded", "unicorn", "physmem",
};

static const char *const verdicts[] = { "goal", "/ plain", "/ peer", "/ goal" };

/* Returns what the best peer needs; negative if there is none. The floors are not peers. */
static double best_peer(const ComparedRow *row)
{
    double best = -1;

    for (unsigned c = VM_MEMORY; c <= UNICORN; c++) {
        if (row->value[c] >= 0 && (best < 0 || row->value[c] < best)) {
            best = row->value[c];
        }
    }
    return best;
}

static bool is_met(const ComparedRow *row)
{
    return row->value[PHYSMEM] <= row->goal;
}

/* Returns the ratio of two values; negative if one of them was not measured. */
static double ratio(double value, double other)
{
    return value < 0 || other <= 0 ? -1 : value / other;
}

/* ---- For people ------------------------------------------------------------------------------ */

typedef struct Magnitude {
    double from; /* the least value that is printed in this way */
    double per;  /* how much one of 'name' is */
    const char *name;
} Magnitude;

/* The largest first; the last one is for all values. */
static const Magnitude magnitudes[][3] = {
    [NANOSECONDS] = { { 1e6, 1e6, " ms" }, { 1e5, 1e3, " us" }, { 0, 1, "" } },
    [BYTES] = { { 1 << 20, 1 << 20, " MiB" }, { 1 << 13, 1 << 10, " KiB" }, { 0, 1, " B" } },
};

static void print_value(Unit unit, double value)
{
    const Magnitude *m = magnitudes[unit];

    if (value < 0) {
        printf("%*s", COLUMN_WIDTH, "-");
        return;
    }
    while (value < m->from) {
        m++;
    }
    value /= m->per;
    printf("%*.*f%s", COLUMN_WIDTH - (int)strlen(m->name), value < 100 ? 1 : 0, value, m->name);
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
        print_value(row->unit, row->value[c]);
    }
    print_value(row->unit, row->goal);
    print_ratio(ratio(row->value[PHYSMEM], row->value[PLAIN]));
    print_ratio(ratio(row->value[PHYSMEM], best_peer(row)));
    print_ratio(ratio(row->value[PHYSMEM], row->goal));
    printf("%s\n", row->goal < 0 ? "" : is_met(row) ? "  met" : "  NO");
}

static void print_counts(const Comparison *comparison)
{
    unsigned goals = 0, met = 0, peers = 0, ahead = 0;

    for (unsigned r = 0; r < comparison->rows; r++) {
        const ComparedRow *row = &comparison->row[r];
        const double ours = row->value[PHYSMEM], best = best_peer(row);
        goals += row->goal >= 0;
        met += row->goal >= 0 && is_met(row);
        peers += best >= 0 && ours >= 0;
        ahead += best >= 0 && ours >= 0 && ours < best;
    }
    printf("\n%u of %u goals are met. On %u of %u rows physmem needs less than each peer.\n"
           "A nanosecond of the machine for which the goals were set is %.2f ns here.\n",
           met, goals, ahead, peers, comparison->pace);
}

void comparison_print_table(const Comparison *comparison)
{
    printf("%-*s", WORK_WIDTH, "beside the peers; nanoseconds, median");
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

/* ---- For programs ---------------------------------------------------------------------------- */

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

    printf("    {\"work\": \"%s\", \"unit\": \"%s\", \"values\": {", row->work,
           row->unit == BYTES ? "bytes" : "ns");
    for (unsigned c = 0; c < COLUMNS; c++) {
        print_member(separator, titles[c], row->value[c]);
        separator = row->value[c] >= 0 ? ", " : separator;
    }
    printf("}");
    print_member(", ", "goal", row->goal);
    print_member(", ", "of_plain", ratio(row->value[PHYSMEM], row->value[PLAIN]));
    print_member(", ", "of_peer", ratio(row->value[PHYSMEM], best_peer(row)));
    print_member(", ", "of_goal", ratio(row->value[PHYSMEM], row->goal));
    if (row->goal >= 0) {
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
