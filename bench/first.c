/* SPDX-License-Identifier: MIT
 *
 * Measures the first access of a process: how long libphysmem and its peers take to show a small
 * guest and to load a word of it. Each run is a process of its own, because what a library does
 * once has been done in this one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contest.h"
#include "parts.h"
#include "report.h"

enum { RUNS = 11 };

void bench_first_child(int column)
{
    printf("%f\n", contest_first((Column)column));
}

/* Runs this program again with the option that calls bench_first_child(). */
static void become_child(Column column, int output)
{
    char option[32];

    snprintf(option, sizeof(option), "--first=%d", (int)column);
    dup2(output, STDOUT_FILENO);
    execl("/proc/self/exe", "physmem-bench", option, (char *)NULL);
    _exit(1);
}

/* Returns what the child prints; negative if it fails. */
static double run_child(Column column)
{
    int fd[2];
    double ns = -1;

    if (pipe(fd) != 0) {
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        become_child(column, fd[1]);
    }
    close(fd[1]);
    FILE *output = fdopen(fd[0], "r");
    if (fscanf(output, "%lf", &ns) != 1) {
        ns = -1;
    }
    fclose(output);
    waitpid(pid, NULL, 0);
    return ns;
}

static void measure(const char *name, Column column)
{
    double sample[RUNS];

    for (unsigned i = 0; i < RUNS; i++) {
        sample[i] = run_child(column);
    }
    report_add(report_series(name, "", "ns"), 1, bench_median(sample, RUNS));
}

void bench_first(void)
{
    measure("first access of a process", PHYSMEM);
    measure("vm-memory: first access of a process", VM_MEMORY);
    measure("unicorn: first access of a process", UNICORN);
}
