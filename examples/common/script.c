/* SPDX-License-Identifier: MIT
 *
 * Comparing answers with a script, and printing them.
 */
#include "script.h"

#include <string.h>

#define ANSWER_LINES 8

static bool says(const char *answer, const char *text)
{
    return strstr(answer, text) != NULL;
}

static bool is_right(const Step *step, const char *answer)
{
    for (size_t i = 0; i < SCRIPT_EXPECTATIONS && step->expect[i]; i++) {
        if (!says(answer, step->expect[i])) {
            return false;
        }
    }
    return step->never == NULL || !says(answer, step->never);
}

static void print_what_is_wrong(const Step *step, const char *answer, FILE *out)
{
    for (size_t i = 0; i < SCRIPT_EXPECTATIONS && step->expect[i]; i++) {
        if (!says(answer, step->expect[i])) {
            fprintf(out, "      expected \"%s\"\n", step->expect[i]);
        }
    }
    if (step->never && says(answer, step->never)) {
        fprintf(out, "      did not expect \"%s\"\n", step->never);
    }
}

bool script_judge(const Step *step, const char *answer, FILE *out)
{
    bool right = is_right(step, answer);

    if (step->what || !right) {
        fprintf(out, "%s  %s\n", right ? "PASS" : "FAIL", step->what ? step->what : step->command);
    }
    if (!right) {
        print_what_is_wrong(step, answer, out);
    }
    return right;
}

void script_print_answer(const char *first, const char *answer, FILE *out)
{
    unsigned lines = 0;

    for (answer += strspn(answer, "\n"); *answer != '\0'; answer += strspn(answer, "\n")) {
        size_t length = strcspn(answer, "\n");

        if (lines++ == ANSWER_LINES) {
            fprintf(out, "    ...\n");
            return;
        }
        fprintf(out, "    %s%.*s\n", lines == 1 ? first : "", (int)length, answer);
        answer += length;
    }
}
