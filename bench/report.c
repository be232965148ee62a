/* SPDX-License-Identifier: MIT
 *
 * Collects the results as series and prints them, as tables for people or as JSON for programs
 * (see report.h).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { MAX_SERIES = 128, MAX_POINTS = 8, MAX_COLUMNS = 8, MAX_RATIOS = 64 };
enum { NAME_WIDTH = 50, COLUMN_WIDTH = 10 };

struct Series {
    const char *name;
    const char *axis; /* "" if there is a single value */
    const char *unit;
    unsigned points;
    long n[MAX_POINTS];
    double value[MAX_POINTS];
};

static Series all[MAX_SERIES];
static unsigned series_count;

static struct {
    const char *what;
    double value;
    double limit;
} ratios[MAX_RATIOS];
static unsigned ratio_count;

static Series *find(const char *name)
{
    for (unsigned i = 0; i < series_count; i++) {
        if (strcmp(all[i].name, name) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

Series *report_series(const char *name, const char *axis, const char *unit)
{
    Series *series = find(name);

    if (!series) {
        if (series_count == MAX_SERIES) {
            abort();
        }
        series = &all[series_count++];
        *series = (Series){ .name = name, .axis = axis, .unit = unit };
    }
    return series;
}

void report_add(Series *series, long n, double value)
{
    if (series->points == MAX_POINTS) {
        abort();
    }
    series->n[series->points] = n;
    series->value[series->points++] = value;
}

static double value_at(const Series *series, long n)
{
    for (unsigned i = 0; i < series->points; i++) {
        if (series->n[i] == n) {
            return series->value[i];
        }
    }
    return -1;
}

double report_value(const char *name, long n)
{
    const Series *series = find(name);

    return series ? value_at(series, n) : -1;
}

void report_ratio(const char *what, double value, double limit)
{
    if (ratio_count == MAX_RATIOS) {
        abort();
    }
    ratios[ratio_count].what = what;
    ratios[ratio_count].value = value;
    ratios[ratio_count++].limit = limit;
}

/* ---- For people ------------------------------------------------------------------------- */

static void print_value(double value)
{
    if (value < 0) {
        printf("%*s", COLUMN_WIDTH, "-");
    } else {
        printf("%*.*f", COLUMN_WIDTH, value < 100 ? 1 : 0, value);
    }
}

/* Every n for which some series of an axis has a value, in ascending order. */
typedef struct Columns {
    unsigned count;
    long n[MAX_COLUMNS];
} Columns;

static void add_column(Columns *columns, long n)
{
    unsigned at = columns->count;

    while (at > 0 && columns->n[at - 1] > n) {
        at--;
    }
    if (at > 0 && columns->n[at - 1] == n) {
        return;
    }
    if (columns->count == MAX_COLUMNS) {
        abort();
    }
    memmove(&columns->n[at + 1], &columns->n[at], (columns->count - at) * sizeof(columns->n[0]));
    columns->n[at] = n;
    columns->count++;
}

static Columns columns_of(const char *axis)
{
    Columns columns = { 0 };

    for (unsigned i = 0; i < series_count; i++) {
        for (unsigned p = 0; strcmp(all[i].axis, axis) == 0 && p < all[i].points; p++) {
            add_column(&columns, all[i].n[p]);
        }
    }
    return columns;
}

static void print_row(const Series *series, const Columns *columns)
{
    printf("%-*s", NAME_WIDTH, series->name);
    for (unsigned i = 0; i < columns->count; i++) {
        print_value(value_at(series, columns->n[i]));
    }
    printf("%s%s\n", *series->axis ? "" : " ", *series->axis ? "" : series->unit);
}

/* Prints the series of one axis as a table; 'title' stands before the numbers of its columns. */
static void print_axis(const char *axis, const char *title)
{
    const Columns columns = columns_of(axis);

    if (columns.count == 0) {
        return;
    }
    printf("%-*s%*s", NAME_WIDTH - COLUMN_WIDTH, *axis ? "nanoseconds, median" : "single values",
           *axis ? COLUMN_WIDTH : 0, title);
    for (unsigned i = 0; *axis && i < columns.count; i++) {
        printf("%*ld", COLUMN_WIDTH, columns.n[i]);
    }
    printf("\n");
    for (unsigned i = 0; i < series_count; i++) {
        if (strcmp(all[i].axis, axis) == 0) {
            print_row(&all[i], &columns);
        }
    }
    printf("\n");
}

void report_print_table(void)
{
    print_axis("N", "N =");
    print_axis("M", "M =");
    print_axis("I", "I =");
    print_axis("GiB", "GiB =");
    print_axis("slots", "N =");
    print_axis("MiB", "MiB =");
    print_axis("", "");
    for (unsigned i = 0; i < ratio_count; i++) {
        if (ratios[i].value < 0) {
            continue;
        }
        printf("%-*s%*.2f", NAME_WIDTH + COLUMN_WIDTH, ratios[i].what, COLUMN_WIDTH,
               ratios[i].value);
        if (ratios[i].limit > 0) {
            printf("   at most %g: %s", ratios[i].limit,
                   ratios[i].value <= ratios[i].limit ? "yes" : "NO");
        }
        printf("\n");
    }
}

/* ---- For programs ----------------------------------------------------------------------- */

static void print_json_series(const Series *series, bool last)
{
    printf("    {\"name\": \"%s\", \"axis\": \"%s\", \"unit\": \"%s\", \"points\": [",
           series->name, series->axis, series->unit);
    for (unsigned i = 0; i < series->points; i++) {
        printf("%s{\"n\": %ld, \"value\": %.3f}", i ? ", " : "", series->n[i], series->value[i]);
    }
    printf("]}%s\n", last ? "" : ",");
}

void report_print_json(void)
{
    const char *separator = "";

    printf("  \"series\": [\n");
    for (unsigned i = 0; i < series_count; i++) {
        print_json_series(&all[i], i + 1 == series_count);
    }
    printf("  ],\n  \"ratios\": [");
    for (unsigned i = 0; i < ratio_count; i++) {
        if (ratios[i].value >= 0) {
            printf("%s\n    {\"name\": \"%s\", \"value\": %.3f, \"limit\": %g}", separator,
                   ratios[i].what, ratios[i].value, ratios[i].limit);
            separator = ",";
        }
    }
    printf("\n  ]");
}
