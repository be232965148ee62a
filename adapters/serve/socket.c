/* SPDX-License-Identifier: MIT */
#include "socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

static bool make_address(const char *path, struct sockaddr_un *address, Error **errp)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (!path || path[0] == '\0' || strlen(path) >= sizeof(address->sun_path)) {
        error_setg(errp, "a socket's path has 1 to %zu characters, not %zu: \"%s\"",
                   sizeof(address->sun_path) - 1, path ? strlen(path) : 0, path ? path : "");
        return false;
    }
    memcpy(address->sun_path, path, strlen(path));
    return true;
}

/* ---- A file that is there already ------------------------------------------------------- */

/* Tries to connect, and returns what that gives: 0 or an errno. */
static int try_to_connect(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;

    if (fd < 0) {
        return errno;
    }
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
        error = errno;
    }
    close(fd);
    return error;
}

static bool remove_stale(const struct sockaddr_un *address, Error **errp)
{
    const char *path = address->sun_path;
    int error;
    struct stat file;

    if (lstat(path, &file) == 0 && !S_ISSOCK(file.st_mode)) {
        error_setg(errp, "%s is not a socket: remove it, or name another path", path);
        return false;
    }
    error = try_to_connect(address);
    if (error == 0 || error == EAGAIN) { /* EAGAIN: the queue of a program that listens is full */
        error_setg(errp, "%s is the socket of a program that runs: name another path", path);
    } else if (error != ECONNREFUSED) { /* nobody listens if a connection is refused */
        error_setg_errno(errp, error, "it cannot be found out whether the socket %s is in use",
                         path);
    } else if (unlink(path) < 0) {
        error_setg_errno(errp, errno, "the old socket %s cannot be removed", path);
    } else {
        return true;
    }
    return false;
}

/* ---- Listening -------------------------------------------------------------------------- */

static bool bind_to(int fd, const struct sockaddr_un *address, Error **errp)
{
    const struct sockaddr *name = (const struct sockaddr *)address;

    if (bind(fd, name, sizeof(*address)) == 0) {
        return true;
    }
    if (errno == EADDRINUSE) {
        if (!remove_stale(address, errp)) {
            return false;
        }
        if (bind(fd, name, sizeof(*address)) == 0) {
            return true;
        }
    }
    error_setg_errno(errp, errno, "the socket %s cannot be made", address->sun_path);
    return false;
}

static bool listen_at(int fd, const char *path, struct stat *file, Error **errp)
{
    if (lstat(path, file) == 0 && listen(fd, BACKLOG) == 0) {
        return true;
    }
    error_setg_errno(errp, errno, "the socket %s cannot be used", path);
    unlink(path);
    return false;
}

/* The mode is set before the file has a name, so that nobody else can connect in between. */
int socket_listen(const char *path, struct stat *file, Error **errp)
{
    struct sockaddr_un address;
    int fd;

    if (!make_address(path, &address, errp)) {
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || fchmod(fd, 0600) < 0) {
        error_setg_errno(errp, errno, "the host gives no socket for %s", path);
    } else if (bind_to(fd, &address, errp) && listen_at(fd, path, file, errp)) {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

void socket_remove(const char *path, const struct stat *file)
{
    struct stat now;

    if (lstat(path, &now) == 0 && now.st_dev == file->st_dev && now.st_ino == file->st_ino) {
        unlink(path);
    }
}
