/* SPDX-License-Identifier: MIT
 *
 * What is compared with the peers: the rows of the table (comparison.h) before they are measured.
 */
#ifndef BENCH_COMPARISON_ROWS_H
#define BENCH_COMPARISON_ROWS_H

#include "comparison.h"
#include "parts.h"

/* What the number of a goal is multiplied with. */
typedef enum Scale {
    THERE,    /* the pace: nanoseconds of the machine where 'floor' was measured, too */
    HERE,     /* nothing: it is in the row's unit */
    OF_PLAIN, /* this run's PLAIN */
    OF_BASE,  /* this run's 'base' */
} Scale;

typedef struct Row {
    const char *work;

    /* The work to measure, unless 'part' is set. */
    GuestShape shape;
    unsigned long ranges;
    Operation operation;
    How how;

    /* Rows of the report, the point to take from them, and the part that measures them. */
    const char *series[COLUMNS];
    long n;
    BenchPart *part;

    Unit unit;
    double goal; /* 0: none */
    Scale scale;
    double floor;     /* the time of PLAIN on the machine of the goals; 0: nothing comparable */
    const char *base; /* a row of the report, which the part measures */
    long base_n;
} Row;

extern const Row comparison_rows[];
extern const unsigned comparison_row_count; /* at most COMPARISON_ROWS */

#endif
