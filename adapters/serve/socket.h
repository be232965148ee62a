/* SPDX-License-Identifier: MIT
 *
 * The socket file on which a server listens.
 */
#ifndef SERVE_SOCKET_H
#define SERVE_SOCKET_H

#include <physmem/error.h>

#include <stdbool.h>
#include <sys/stat.h>

/* Makes the file, and returns the socket that listens there; 'file' says how to know it again. If
 * a socket is there on which nobody listens, it is replaced. Returns -1 and an error if not. */
int socket_listen(const char *path, struct stat *file, Error **errp);

/* Removes the file, if it is still the same. */
void socket_remove(const char *path, const struct stat *file);

#endif
