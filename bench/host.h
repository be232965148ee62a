/* SPDX-License-Identifier: MIT
 *
 * The machine and the build that the numbers come from.
 */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <stdio.h>

typedef struct Host {
    char date[16];       /* YYYY-MM-DD, UTC */
    char processor[128]; /* the model's name */
    long processors;     /* how many the system has */
    char system[256];    /* name and release of the kernel, and the kind of processor */
    const char *compiler;
} Host;

Host host_describe(void);

/* Prints all of it in one line, without an end of line. */
void host_print_line(FILE *file, const Host *host);

/* Prints the member "machine" of a JSON object, without the braces of that object. */
void host_print_json(const Host *host);

#endif
