/* SPDX-License-Identifier: MIT
 *
 * The comparison with the peers (see comparison.h). comparison-rows.c says what its rows are.
 *
 * A row's goal is the time that libphysmem may need at most. Most goals are in nanoseconds of one
 * machine, on which the same work was measured without a library: the floors. This run measures the
 * floors again. The median of their ratios is the pace: so many nanoseconds here are one nanosecond
 * there. It is a median because single floors, which are fractions of a nanosecond, are too coarse.
 */
#include "comparison.h"

#include <string.h>

#include "comparison-rows.h"
#include "report.h"

enum { FLOORS = 3 };

static double cell[COMPARISON_ROWS][COLUMNS]; /* negative: the contender takes no part */
static bool is_wanted[COMPARISON_ROWS], is_measured[COMPARISON_ROWS];

/* ---- Measuring ------------------------------------------------------------------------------ */

static bool is_reported(const Row *row)
{
    return row->part != NULL;
}

static void take_from_report(const Row *row, double value[COLUMNS])
{
    bench_run(row->part);
    for (unsigned c = 0; c < COLUMNS; c++) {
        value[c] = row->series[c] ? report_value(row->series[c], row->n) : -1;
    }
}

/* Measures a row and all later ones on the same guest. */
static void measure_guest(unsigned first)
{
    Contest *contest = contest_open(comparison_rows[first].shape, comparison_rows[first].ranges);

    for (unsigned r = first; r < comparison_row_count; r++) {
        const Row *row = &comparison_rows[r];
        if (is_wanted[r] && !is_measured[r] && !is_reported(row) &&
            row->shape == comparison_rows[first].shape &&
            row->ranges == comparison_rows[first].ranges) {
            contest_run(contest, row->operation, row->how, cell[r]);
            is_measured[r] = true;
        }
    }
    contest_close(contest);
}

static void measure_rows(void)
{
    for (unsigned r = 0; r < comparison_row_count; r++) {
        if (is_wanted[r] && is_reported(&comparison_rows[r])) {
            take_from_report(&comparison_rows[r], cell[r]);
        } else if (is_wanted[r] && !is_measured[r]) {
            measure_guest(r);
        }
    }
}

/* The pace needs some floors. If the wanted rows have none, the first rows that have one are
 * measured, too. */
static void want_floors(void)
{
    unsigned floors = 0;

    for (unsigned r = 0; r < comparison_row_count; r++) {
        floors += is_wanted[r] && comparison_rows[r].floor > 0;
    }
    for (unsigned r = 0; r < comparison_row_count && floors < FLOORS; r++) {
        if (comparison_rows[r].floor > 0 && !is_wanted[r]) {
            is_wanted[r] = true;
            floors++;
        }
    }
}

/* Returns the pace: the median over the measured rows that have a floor. */
static double find_pace(void)
{
    double ratio[COMPARISON_ROWS];
    unsigned count = 0;

    for (unsigned r = 0; r < comparison_row_count; r++) {
        if (is_measured[r] && comparison_rows[r].floor > 0) {
            ratio[count++] = cell[r][PLAIN] / comparison_rows[r].floor;
        }
    }
    return bench_median(ratio, count);
}

/* Returns what the row's goal is multiplied with; not above 0 if that was not measured. */
static double scale_of(const Row *row, const double value[COLUMNS], double pace)
{
    switch (row->scale) {
    case THERE:
        return pace;
    case OF_PLAIN:
        return value[PLAIN];
    case OF_BASE:
        return report_value(row->base, row->base_n);
    case HERE:
    default:
        return 1;
    }
}

/* Returns the row's goal for this run; a negative number if it has none. */
static double goal_here(const Row *row, const double value[COLUMNS], double pace)
{
    const double scale = scale_of(row, value, pace);

    return row->goal > 0 && scale > 0 && value[PHYSMEM] >= 0 ? row->goal * scale : -1;
}

/* Returns whether the row's name contains 'word'; with NULL, every one does. */
static bool is_named(const Row *row, const char *word)
{
    return !word || strstr(row->work, word);
}

bool comparison_has(const char *word)
{
    for (unsigned r = 0; r < comparison_row_count; r++) {
        if (is_named(&comparison_rows[r], word)) {
            return true;
        }
    }
    return false;
}

void comparison_measure(Comparison *comparison, const char *word)
{
    for (unsigned r = 0; r < comparison_row_count; r++) {
        is_wanted[r] = is_named(&comparison_rows[r], word);
    }
    want_floors();
    measure_rows();
    *comparison = (Comparison){ .pace = find_pace() };
    for (unsigned r = 0; r < comparison_row_count; r++) {
        if (is_named(&comparison_rows[r], word)) {
            ComparedRow *row = &comparison->row[comparison->rows++];
            row->work = comparison_rows[r].work;
            row->unit = comparison_rows[r].unit;
            memcpy(row->value, cell[r], sizeof(row->value));
            row->goal = goal_here(&comparison_rows[r], cell[r], comparison->pace);
        }
    }
}
