/* SPDX-License-Identifier: MIT
 *
 * A connection to a machine that answers questions: a unix socket or TCP. The other end may be
 * slow, silent, gone or hostile, so every call obeys three limits: the time limit, which
 * channel_restart() sets for all calls that follow it; MTREE_MAX_BYTES for one answer; and the stop
 * descriptor, by which a user ends the command.
 *
 * Messages begin with the name that the user gave.
 */
#ifndef TOOL_SOURCE_CHANNEL_H
#define TOOL_SOURCE_CHANNEL_H

#include <stdbool.h>

#include <glib.h>

/* A user waits no longer than 5 seconds for a machine that does not answer. */
enum { CHANNEL_MILLISECONDS = 4500 };

typedef struct Channel {
    const char *name; /* as the user gave it, for messages */
    int fd;
    int stop;      /* readable: give up; -1: none */
    gint64 until;  /* in the time of g_get_monotonic_time() */
    GString *data; /* received, and not taken yet */
} Channel;

/* CHANNEL_STOPPED: the stop descriptor became readable. CHANNEL_SILENT: the time limit.
 * CHANNEL_UNSETTLED: the map changed while it was fetched. */
typedef enum ChannelError {
    CHANNEL_FAILED,
    CHANNEL_STOPPED,
    CHANNEL_SILENT,
    CHANNEL_UNSETTLED,
} ChannelError;
#define CHANNEL_ERROR (g_quark_from_static_string("channel"))

/* Connects to 'where': HOST:PORT or the path of a unix socket. 'name' must outlive the channel.
 * NULL with an error. */
Channel *channel_open(const char *name, const char *where, int stop, GError **error);
void channel_close(Channel *c);
/* From now on the calls have the whole time again. */
void channel_restart(Channel *c);

bool channel_send(Channel *c, const char *text, gssize length, GError **error);
/* Receives at least one byte. 'expected' is for the message: what the other end should send. */
bool channel_receive(Channel *c, const char *expected, GError **error);
/* Takes a line, without the newline. NULL with an error; the caller frees it. */
char *channel_take_line(Channel *c, const char *expected, GError **error);
/* Takes 'length' bytes; a NUL follows them. NULL with an error; the caller frees them. */
char *channel_take_bytes(Channel *c, gsize length, const char *expected, GError **error);
/* Waits until the other end closes the connection, the stop descriptor is readable (both are
 * errors) or so many milliseconds are over. Then it sets the time limit anew. */
bool channel_pause(Channel *c, unsigned milliseconds, GError **error);

/* Sets an error of CHANNEL_FAILED that begins with the name. Returns false. */
bool channel_fail(const Channel *c, GError **error, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
/* Returns the beginning of what the other end said, printable. The caller frees it. */
char *channel_excerpt(const char *bytes, gsize length);

/* ---- channel-connect.c, for channel.c ---------------------------------------------------- */

/* Waits for an event of poll(2) on 'fd'; -1: for none, which always fails. */
bool channel_wait(Channel *c, int fd, short events, const char *expected, GError **error);
/* Returns a connected socket; -1 with an error. */
int channel_connect(Channel *c, const char *where, GError **error);

#endif
