/* SPDX-License-Identifier: MIT
 *
 * Steps of a script: what is typed at a boot loader's prompt, and what it has to answer. Each
 * machine has its own script, and its own way to send a command to the guest.
 */
#ifndef COMMON_SCRIPT_H
#define COMMON_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SCRIPT_EXPECTATIONS 4

typedef struct Step {
    const char *what; /* for the report; NULL: the step only prepares the next one */
    const char *command;
    const char *expect[SCRIPT_EXPECTATIONS]; /* texts that must all be in the answer */
    const char *never;                       /* a text that must not be in it; NULL: none */
} Step;

/* Prints whether the guest's answer to a step is right, and if not, what was expected. Returns
 * whether it is right. */
bool script_judge(const Step *step, const char *answer, FILE *out);

/* Prints the first lines of an answer, indented, with 'first' before the first one. */
void script_print_answer(const char *first, const char *answer, FILE *out);

#endif
