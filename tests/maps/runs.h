/* SPDX-License-Identifier: MIT
 *
 * The command `physmem`, run as its users run it: as a process of its own. Several can run at the
 * same time.
 */
#ifndef TESTS_MAPS_RUNS_H
#define TESTS_MAPS_RUNS_H

#include <stdbool.h>

#include <glib.h>

typedef struct Run {
    char *words; /* its arguments */
    GPid pid;
    char *out, *err; /* paths of what it prints */
} Run;

/* A directory for sockets and files of this program. */
void runs_begin(void);
void runs_end(void);
/* Returns the path of a file in it. The caller frees it. */
char *runs_path(const char *name);

/* Starts a program; the arguments are separated by blanks. "physmem" is the one that was built, and
 * %s stands for the directory. */
Run *run_start(const char *words);
/* Waits until its standard output, or its standard error, has the text. */
void run_await(const Run *run, const char *out, const char *err);
/* Waits for its end. The status is as expected, both outputs match the patterns. NULL: empty. */
void run_end(Run *run, int status, const char *out, const char *err);
/* Returns what it prints; it must succeed, without a word on standard error. */
char *run_output(const char *words);

#endif
