/* SPDX-License-Identifier: MIT
 *
 * Connects to HOST:PORT or to a unix socket, within the time limit of the channel (channel.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "source/channel.h"

static const char connected[] = "a connection";

/* Connects a socket that does not block, and closes it after an error. Returns the socket; else -1
 * with the error. */
static int connect_to(Channel *c, int fd, const struct sockaddr *to, socklen_t length,
                      GError **error)
{
    int why = errno;
    socklen_t size = sizeof(why);

    if (fd >= 0) {
        why = connect(fd, to, length) < 0 ? errno : 0;
        if (why == EINPROGRESS && channel_wait(c, fd, POLLOUT, connected, error)) {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size);
        }
    }
    if (why == 0) {
        return fd;
    }
    if (why != EINPROGRESS) { /* else the wait has set the error */
        channel_fail(c, error, "cannot connect: %s%s", g_strerror(why),
                     why == EAGAIN ? ": other clients are waiting already" : "");
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

/* ---- Unix sockets ----------------------------------------------------------------------- */

static int connect_unix(Channel *c, const char *path, GError **error)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(to.sun_path)) {
        channel_fail(c, error, "expected a socket whose path has less than %zu bytes",
                     sizeof(to.sun_path));
        return -1;
    }
    strcpy(to.sun_path, path);
    return connect_to(c, socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                      (const struct sockaddr *)&to, sizeof(to), error);
}

/* ---- TCP -------------------------------------------------------------------------------- */

/* A question for the name service, which has time limits of its own. A thread asks. If it is too
 * slow, the thread goes on alone and cleans up. */
typedef struct Lookup {
    gint references; /* of the two threads */
    char *host, *port;
    int done; /* an event descriptor */
    int result;
    struct addrinfo *list;
} Lookup;

static void lookup_unref(Lookup *lookup)
{
    if (!g_atomic_int_dec_and_test(&lookup->references)) {
        return;
    }
    if (lookup->list) {
        freeaddrinfo(lookup->list);
    }
    close(lookup->done);
    g_free(lookup->host);
    g_free(lookup->port);
    g_free(lookup);
}

static gpointer run_lookup(gpointer data)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    Lookup *lookup = data;

    lookup->result = getaddrinfo(lookup->host, lookup->port, &hints, &lookup->list);
    eventfd_write(lookup->done, 1);
    lookup_unref(lookup);
    return NULL;
}

static Lookup *lookup_new(const char *where)
{
    const char *colon = strrchr(where, ':');
    bool brackets = where[0] == '[' && colon[-1] == ']';
    Lookup *lookup = g_new0(Lookup, 1);

    *lookup = (Lookup){
        .references = 2,
        .host = brackets ? g_strndup(where + 1, (gsize)(colon - where - 2))
                         : g_strndup(where, (gsize)(colon - where)),
        .port = g_strdup(colon + 1),
        .done = eventfd(0, EFD_CLOEXEC),
    };
    return lookup;
}

/* Tries the addresses of a host, one after the other. */
static int connect_any(Channel *c, const struct addrinfo *list, GError **error)
{
    int fd = -1;

    for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        g_clear_error(error);
        fd = connect_to(c, socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                        a->ai_addr, a->ai_addrlen, error);
    }
    return fd;
}

static int connect_tcp(Channel *c, const char *where, GError **error)
{
    Lookup *lookup = lookup_new(where);
    int fd = -1;

    g_thread_unref(g_thread_new("lookup", run_lookup, lookup));
    if (channel_wait(c, lookup->done, POLLIN, "the address of the host", error)) {
        if (lookup->result) {
            channel_fail(c, error, "expected a host that is known and a port, not \"%s\": %s",
                         where, gai_strerror(lookup->result));
        } else {
            fd = connect_any(c, lookup->list, error);
        }
    }
    lookup_unref(lookup);
    return fd;
}

/* Whether it is HOST:PORT. A path with a colon can be written with a slash. */
static bool is_tcp(const char *where)
{
    const char *colon = strrchr(where, ':');

    return colon && colon > where && !strchr(where, '/') && colon[1] &&
           strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

/* getaddrinfo() takes larger numbers, too, and cuts bits off. */
static bool is_port(const char *where)
{
    return g_ascii_string_to_unsigned(strrchr(where, ':') + 1, 10, 1, 65535, NULL, NULL);
}

int channel_connect(Channel *c, const char *where, GError **error)
{
    if (!*where) {
        channel_fail(c, error, "expected the path of a socket, or HOST:PORT, behind the colon");
        return -1;
    }
    if (is_tcp(where) && !is_port(where)) {
        channel_fail(c, error, "expected a port from 1 to 65535 behind the colon");
        return -1;
    }
    return is_tcp(where) ? connect_tcp(c, where, error) : connect_unix(c, where, error);
}
