/* SPDX-License-Identifier: MIT
 *
 * The table that the benchmark prints. A series is one row of it: a cost as a function of a size.
 * All numbers come from one run, so that ratios between rows mean something on any machine.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

/* A row. report_series() makes it, or finds it if there is one of this name. 'axis' names the size
 * n; a single value has the axis "" and n = 1. 'unit' is the unit of the values. The strings are
 * not copied. */
typedef struct Series Series;
Series *report_series(const char *name, const char *axis, const char *unit);
void report_add(Series *series, long n, double value);

/* Returns the value of the named row at n; a negative number if it was not measured. */
double report_value(const char *name, long n);

/* Adds a line "what: value (at most limit)" below the tables. A limit of 0 stands for none. A
 * negative value was not measured and prints nothing. */
void report_ratio(const char *what, double value, double limit);

void report_print_table(void);

/* Prints the members "series" and "ratios" of a JSON object, without its braces. */
void report_print_json(void);

#endif
