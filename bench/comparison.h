/* SPDX-License-Identifier: MIT
 *
 * The table that libphysmem is judged by: one kind of work a row, one contender a column, all
 * measured in one run. comparison.c measures it, comparison-print.c prints it.
 */
#ifndef BENCH_COMPARISON_H
#define BENCH_COMPARISON_H

#include "contest.h"

enum { COMPARISON_ROWS = 64 };

typedef enum Unit { NANOSECONDS, BYTES } Unit;

typedef struct ComparedRow {
    const char *work;
    Unit unit;
    double value[COLUMNS]; /* negative: not measured */
    double goal;           /* what libphysmem shall need at most; negative: not stated */
} ComparedRow;

typedef struct Comparison {
    double pace; /* how many nanoseconds here are one on the machine of the goals */
    unsigned rows;
    ComparedRow row[COMPARISON_ROWS];
} Comparison;

/* Returns whether the name of any row contains 'word'. */
bool comparison_has(const char *word);

/* Measures the rows whose name contains 'word', all if it is NULL. Numbers that are not those of
 * contenders come from the report. The parts that measure them run if they have not (parts.h). */
void comparison_measure(Comparison *comparison, const char *word);

void comparison_print_table(const Comparison *comparison);

/* Prints the members "pace" and "comparison" of a JSON object, without its braces. */
void comparison_print_json(const Comparison *comparison);

#endif
