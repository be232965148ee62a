/* SPDX-License-Identifier: MIT
 *
 * Costs as functions of the number of ranges, of libphysmem and its peers. curves.c measures them,
 * plot.c draws them.
 */
#ifndef BENCH_CURVES_H
#define BENCH_CURVES_H

#include <stdio.h>

#include "contest.h"
#include "host.h"

enum { CURVE_PANELS = 3, CURVE_SIZES = 11 };

/* One kind of work: the nanoseconds of each contender at each size; negative: not measured. */
typedef struct Panel {
    const char *title;
    double ns[COLUMNS][CURVE_SIZES];
} Panel;

typedef struct Curves {
    const unsigned long *size; /* the numbers of ranges, in ascending order */
    unsigned sizes;
    Panel panel[CURVE_PANELS];
} Curves;

void curves_measure(Curves *curves);

/* Writes a drawing of the curves as SVG. */
void plot_write(FILE *file, const Curves *curves, const Host *host);

#endif
