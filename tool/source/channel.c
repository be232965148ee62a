/* SPDX-License-Identifier: MIT
 *
 * Sends to a machine and receives from it, within the limits of channel.h.
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "source/channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mtree/mtree.h"

bool channel_fail(const Channel *c, GError **error, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    g_set_error(error, CHANNEL_ERROR, CHANNEL_FAILED, "%s: %s", c->name, what);
    return false;
}

char *channel_excerpt(const char *bytes, gsize length)
{
    enum { MOST = 100 };
    GString *out = g_string_new_len(bytes, (gssize)MIN(length, MOST));

    for (gsize i = 0; i < out->len; i++) {
        if (!g_ascii_isprint(out->str[i])) {
            out->str[i] = g_ascii_isspace(out->str[i]) ? ' ' : '.';
        }
    }
    return g_strchomp(g_string_free(out, FALSE));
}

/* ---- Waiting ---------------------------------------------------------------------------- */

static bool fail_silent(const Channel *c, const char *expected, GError **error)
{
    g_autofree char *excerpt = channel_excerpt(c->data->str, c->data->len);
    bool some = c->data->len > 0;

    g_set_error(error, CHANNEL_ERROR, CHANNEL_SILENT,
                "%s: expected %s within %.1f s, but there was %s%s%s", c->name, expected,
                CHANNEL_MILLISECONDS / 1000.0, some ? "only \"" : "no answer", excerpt,
                some ? "\""
                     : ". A monitor serves one client at a time: is another one connected? Does "
                       "the machine hang?");
    return false;
}

static bool fail_stopped(const Channel *c, GError **error)
{
    g_set_error(error, CHANNEL_ERROR, CHANNEL_STOPPED, "%s: interrupted", c->name);
    return false;
}

/* Returns how many milliseconds poll() may wait. */
static int time_left(gint64 until)
{
    gint64 left = (until - g_get_monotonic_time() + 999) / 1000;

    return (int)CLAMP(left, 0, 1 << 30);
}

bool channel_wait(Channel *c, int fd, short events, const char *expected, GError **error)
{
    struct pollfd fds[2] = { { .fd = fd, .events = events }, { .fd = c->stop, .events = POLLIN } };
    int n;

    do {
        n = poll(fds, 2, time_left(c->until));
    } while (n < 0 && errno == EINTR);
    if (fds[1].revents) {
        return fail_stopped(c, error);
    }
    /* A machine that sends without end must not outlast the time limit. */
    return (n > 0 && g_get_monotonic_time() < c->until) || fail_silent(c, expected, error);
}

bool channel_pause(Channel *c, unsigned milliseconds, GError **error)
{
    struct pollfd fds[2] = { { .fd = c->fd, .events = POLLRDHUP },
                             { .fd = c->stop, .events = POLLIN } };
    gint64 until = g_get_monotonic_time() + (gint64)milliseconds * 1000;
    int n;

    do {
        n = poll(fds, 2, time_left(until));
    } while (n < 0 && errno == EINTR);
    if (fds[1].revents) {
        return fail_stopped(c, error);
    }
    if (fds[0].revents) {
        return channel_fail(c, error, "the machine has closed the connection");
    }
    channel_restart(c);
    return true;
}

void channel_restart(Channel *c)
{
    c->until = g_get_monotonic_time() + CHANNEL_MILLISECONDS * 1000;
}

/* ---- Opening and closing ---------------------------------------------------------------- */

Channel *channel_open(const char *name, const char *where, int stop, GError **error)
{
    Channel *c = g_new0(Channel, 1);

    *c = (Channel){ .name = name, .stop = stop, .data = g_string_new(NULL) };
    channel_restart(c);
    c->fd = channel_connect(c, where, error);
    if (c->fd < 0) {
        channel_close(c);
        return NULL;
    }
    return c;
}

void channel_close(Channel *c)
{
    if (c->fd >= 0) {
        close(c->fd);
    }
    g_string_free(c->data, TRUE);
    g_free(c);
}

/* ---- Transfers -------------------------------------------------------------------------- */

bool channel_send(Channel *c, const char *text, gssize length, GError **error)
{
    gsize left = length < 0 ? strlen(text) : (gsize)length;

    while (left) {
        ssize_t n = send(c->fd, text, left, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!channel_wait(c, c->fd, POLLOUT, "to be listened to", error)) {
                return false;
            }
        } else if (n < 0) {
            return channel_fail(c, error, "the machine has closed the connection (%s)",
                                g_strerror(errno));
        } else {
            text += n;
            left -= (gsize)n;
        }
    }
    return true;
}

static bool fail_closed(const Channel *c, const char *expected, const char *why, GError **error)
{
    g_autofree char *excerpt = channel_excerpt(c->data->str, c->data->len);

    return channel_fail(c, error, "expected %s, but the machine closed the connection%s%s%s%s%s%s",
                        expected, *why ? " (" : "", why, *why ? ")" : "",
                        *excerpt ? " after \"" : "", excerpt, *excerpt ? "\"" : "");
}

bool channel_receive(Channel *c, const char *expected, GError **error)
{
    char piece[65536];

    if (c->data->len > MTREE_MAX_BYTES) {
        return channel_fail(c, error, "expected %s of at most %d bytes", expected,
                            MTREE_MAX_BYTES);
    }
    for (;;) {
        if (!channel_wait(c, c->fd, POLLIN, expected, error)) {
            return false;
        }
        ssize_t n = recv(c->fd, piece, sizeof(piece), MSG_DONTWAIT);
        if (n > 0) {
            g_string_append_len(c->data, piece, n);
            return true;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return fail_closed(c, expected, n ? g_strerror(errno) : "", error);
        }
    }
}

static char *take(Channel *c, gsize length, gsize drop)
{
    char *bytes = g_malloc(length + 1);

    memcpy(bytes, c->data->str, length);
    bytes[length] = '\0';
    g_string_erase(c->data, 0, (gssize)(length + drop));
    return bytes;
}

char *channel_take_line(Channel *c, const char *expected, GError **error)
{
    gsize looked_at = 0;
    const char *newline;

    while (!(newline = memchr(c->data->str + looked_at, '\n', c->data->len - looked_at))) {
        looked_at = c->data->len;
        if (!channel_receive(c, expected, error)) {
            return NULL;
        }
    }
    return take(c, (gsize)(newline - c->data->str), 1);
}

char *channel_take_bytes(Channel *c, gsize length, const char *expected, GError **error)
{
    if (length > MTREE_MAX_BYTES) {
        channel_fail(c, error, "expected %s of at most %d bytes", expected, MTREE_MAX_BYTES);
        return NULL;
    }
    while (c->data->len < length) {
        if (!channel_receive(c, expected, error)) {
            return NULL;
        }
    }
    return take(c, length, 0);
}
