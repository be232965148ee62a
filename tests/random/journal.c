/* SPDX-License-Identifier: MIT
 *
 * The journal of a round: the edits since its start, kept in one static buffer so that a signal
 * handler can print it when the library aborts or crashes.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "random.h"

static char text[1 << 20];
static size_t used;
static unsigned steps;
static uint64_t round_seed;

static void out(const char *s, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, s, len);
        if (n <= 0) {
            return;
        }
        s += n;
        len -= (size_t)n;
    }
}

static void print_journal(void)
{
    char line[128];
    int len = snprintf(line, sizeof(line),
                       "step %u; again with: --edits 1 --seed %" PRIu64 "; all edits:\n", steps,
                       round_seed);
    out(text, used);
    out(line, (size_t)len);
}

static void crashed(int sig)
{
    signal(sig, SIG_DFL);
    print_journal();
    raise(sig);
}

void journal_start(uint64_t seed)
{
    used = 0;
    steps = 0;
    round_seed = seed;
    signal(SIGABRT, crashed);
    signal(SIGSEGV, crashed);
    signal(SIGBUS, crashed);
}

void journal_add(const char *fmt, ...)
{
    va_list ap;
    int n;

    steps++;
    va_start(ap, fmt);
    n = vsnprintf(text + used, sizeof(text) - used, fmt, ap);
    va_end(ap);
    if (n > 0 && (size_t)n + 1 < sizeof(text) - used) {
        used += (size_t)n;
        text[used++] = '\n';
    }
}

void journal_fail(const char *fmt, ...)
{
    char line[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    print_journal();
    out("wrong: ", 7);
    out(line, strlen(line));
    out("\n", 1);
    signal(SIGABRT, SIG_DFL);
    abort();
}
