/* SPDX-License-Identifier: MIT
 *
 * The begin and the end of standard output (output.h).
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Opened the wrong way round, a descriptor still fails when it is used. */
void output_begin(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

/* For these two commands 1 is an answer. */
static int status_of_error(const char *command)
{
    return !strcmp(command, "diff") || !strcmp(command, "check") ? 2 : 1;
}

int output_end(const char *command, int status)
{
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "physmem: standard output: %s\n", strerror(errno));
        return status_of_error(command);
    }
    return status;
}
