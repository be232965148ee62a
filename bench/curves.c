/* SPDX-License-Identifier: MIT
 *
 * Measures costs as functions of the number of ranges (see curves.h).
 */
#include "curves.h"

#include "machine.h"

static const unsigned long sizes[CURVE_SIZES] = { 1,    3,    10,    30,    100,   300,
                                                  1000, 3000, 10000, 30000, 100000 };

enum { FEW_SIZES = 5 };

static const struct Work {
    const char *title;
    GuestShape shape;
    Operation operation;
} works[CURVE_PANELS] = {
    { "a load of 4 bytes, any of N ranges", GUEST_RAM, LOAD },
    { "a read of any of N devices", GUEST_DEVICES, LOAD },
    { "one change of a map of N ranges", GUEST_RAM, CHANGE },
};

static void measure_point(Panel *panel, const struct Work *work, unsigned point)
{
    Contest *contest = contest_open(work->shape, sizes[point]);
    double ns[COLUMNS];

    contest_run(contest, work->operation, ALONE, ns);
    contest_close(contest);
    for (unsigned c = 0; c < COLUMNS; c++) {
        panel->ns[c][point] = ns[c];
    }
}

void curves_measure(Curves *curves)
{
    *curves = (Curves){ .size = sizes, .sizes = bench_sizes_are_few() ? FEW_SIZES : CURVE_SIZES };
    for (unsigned p = 0; p < CURVE_PANELS; p++) {
        curves->panel[p].title = works[p].title;
        for (unsigned i = 0; i < curves->sizes; i++) {
            measure_point(&curves->panel[p], &works[p], i);
        }
    }
}
