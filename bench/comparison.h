/* SPDX-License-Identifier: MIT
 *
 * The table that libphysmem is judged by: one kind of work a row, one contender a column, all
 * measured in one run.
 */
#ifndef BENCH_COMPARISON_H
#define BENCH_COMPARISON_H

/* Measures the contenders, and takes the other numbers from the report: call it after the parts
 * that measure them (parts.h). */
void comparison_measure(void);

void comparison_print_table(void);

/* Prints a member of a JSON object. */
void comparison_print_json(void);

#endif
