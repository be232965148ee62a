/* SPDX-License-Identifier: MIT
 *
 * What is typed at the boot loader's prompt, and what it has to answer.
 */
#ifndef RISCV_VIRT_SCRIPT_H
#define RISCV_VIRT_SCRIPT_H

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

extern const Step script[];
extern const size_t script_length;

/* Prints how the guest answered a step and what was expected where it is missing; returns whether
 * the answer was right. */
bool script_judge(const Step *step, const char *answer, FILE *out);

#endif
