/* SPDX-License-Identifier: MIT
 *
 * Steps of a script: what is typed at a boot loader's prompt, and what it has to answer. The
 * machines have the scripts; how a command gets to the guest is theirs, too.
 */
#ifndef COMMON_SCRIPT_H
#define COMMON_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SCRIPT_EXPECTATIONS 4

typedef struct Step {
    const char *what; /* the step shows it; NULL: it only prepares the next one */
    const char *command;
    const char *expect[SCRIPT_EXPECTATIONS]; /* each has to be somewhere in the answer */
    const char *never;                       /* must not be in the answer; NULL: nothing */
} Step;

/* Prints how the guest answered a step and what was expected where it is missing; returns whether
 * the answer was right. */
bool script_judge(const Step *step, const char *answer, FILE *out);

/* Prints the first lines of what the guest said, indented; 'first' stands before the first one. */
void script_print_answer(const char *first, const char *answer, FILE *out);

#endif
