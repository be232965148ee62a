/* SPDX-License-Identifier: MIT
 *
 * What the chapters of the demonstration share (demo.h).
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
    if (error) {
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

/* Counts a failure. If the processor has failed, prints why. */
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

    return answer ? answer : no_answer(demo, command);
}

void demo_play(Demo *demo, const Step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *answer = demo_ask(demo, steps[i].command);

        demo->checks++;
        demo->failures += !script_judge(&steps[i], answer, stdout);
        if (!demo->quiet && steps[i].what) {
            printf("    grub> %s\n", steps[i].command);
            script_print_answer("", answer, stdout);
        }
        fflush(stdout);
    }
}

/* Takes the ranges of one space out of the text of all views: the lines after the head of its
 * view, up to an empty line. */
static void cut_out(char *views, const char *space, char ranges[DEMO_MAP])
{
    const char *head = strstr(views, space);
    const char *root = head ? strstr(head, "Root memory region") : NULL;
    const char *begin = root ? strchr(root, '\n') + 1 : "";
    const char *end = strstr(begin, "\n\n");
    size_t length = end ? (size_t)(end - begin) : strlen(begin);

    snprintf(ranges, DEMO_MAP, "%.*s", (int)length, begin);
}

static void describe_memory(Pc *pc, char ranges[DEMO_MAP])
{
    static char views[64 * 1024];
    FILE *file = fmemopen(views, sizeof(views) - 1, "w");

    ranges[0] = '\0';
    if (file) {
        memory_context_print_views(pc->context, file, false, false);
        fclose(file);
        cut_out(views, "AS \"memory\"", ranges);
    }
}

void demo_print_map(Demo *demo, const char *when)
{
    char ranges[DEMO_MAP];

    if (!demo->quiet) {
        describe_memory(demo->pc, ranges);
        printf("\n== What the processor finds in memory %s\n\n", when);
        printf("%s\n", strcmp(ranges, demo->map) != 0 ? ranges : "  the same as before");
        memcpy(demo->map, ranges, sizeof(demo->map));
    }
}
