/* SPDX-License-Identifier: MIT
 *
 * What the chapters use.
 */
#include "demo.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void demo_heading(const char *text)
{
    printf("\n== %s\n\n", text);
}

bool demo_check(Demo *demo, bool right, const char *format, ...)
{
    va_list arguments;

    printf("%s  ", right ? "PASS" : "FAIL");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    demo->checks++;
    demo->failures += !right;
    return right;
}

bool demo_check_call(Demo *demo, bool right, Error *error, const char *what)
{
    demo_check(demo, right, "%s", what);
    if (error != NULL) {
        printf("      %s\n", error_get_pretty(error));
        error_free(error);
    }
    return right;
}

void demo_note(const Demo *demo, const char *format, ...)
{
    va_list arguments;

    if (!demo->quiet) {
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
    }
}

/* If the processor has failed it can tell why. */
static const char *no_answer(Demo *demo, const char *command)
{
    demo_check(demo, false, "%s: the guest does not answer", command);
    if (vcpu_wait(&demo->pc->vcpu, 0) == VCPU_FAILED) {
        printf("      %s\n", demo->pc->vcpu.failure);
    }
    return "";
}

const char *demo_ask(Demo *demo, const char *command)
{
    const char *answer = console_ask(&demo->console, command, DEMO_ANSWER_SECONDS);

    return answer != NULL ? answer : no_answer(demo, command);
}

void demo_play(Demo *demo, const Step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *answer = demo_ask(demo, steps[i].command);

        demo->checks++;
        demo->failures += !script_judge(&steps[i], answer, stdout);
        if (!demo->quiet && steps[i].what != NULL) {
            printf("    grub> %s\n", steps[i].command);
            script_print_answer("", answer, stdout);
        }
        fflush(stdout);
    }
}

void demo_print_map(Demo *demo, const char *when)
{
    if (!demo->quiet) {
        printf("\n== The memory map %s\n\n", when);
        pc_print_map(demo->pc, stdout);
    }
}
