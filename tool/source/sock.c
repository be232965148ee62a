/* SPDX-License-Identifier: MIT
 *
 * sock:SOCKET: a program of this library, which serves its machine with physmem_serve()
 * (docs/serve.md). The map comes as JSON, and nothing of it has to be guessed. The program says
 * when the map may have changed, so watching costs it nothing.
 */
#include <stdio.h>
#include <string.h>

#include "source/source.h"

static bool fail_answer(Source *s, const char *expected, const char *line, GError **error)
{
    g_autofree char *excerpt = channel_excerpt(line, strlen(line));
    const char *hint = "";

    if (g_str_has_prefix(line, "{\"QMP\"")) {
        hint = ": this is QMP, so write qmp: instead of sock:";
    } else if (g_str_has_prefix(line, "QEMU ")) {
        hint = ": this is a human monitor, so write hmp: instead of sock:";
    } else if (g_str_has_prefix(line, "FAIL Unknown command")) {
        hint = ": this is a qtest server without a map";
    }
    return channel_fail(s->channel, error, "expected %s, not \"%s\"%s", expected, excerpt, hint);
}

/* Sends a line and returns the answer, which begins with "OK ". NULL with an error. */
static char *ask(Source *s, const char *command, const char *expected, GError **error)
{
    g_autofree char *line = g_strconcat(command, "\n", NULL);

    if (!channel_send(s->channel, line, -1, error)) {
        return NULL;
    }
    g_autofree char *answer = channel_take_line(s->channel, expected, error);
    if (answer && !g_str_has_prefix(answer, "OK ")) {
        fail_answer(s, expected, answer, error);
        return NULL;
    }
    return g_steal_pointer(&answer);
}

static bool start(Source *s, GError **error)
{
    g_autofree char *answer = ask(s, "physmem_version", "the version of a served machine", error);

    return answer && (g_str_equal(answer, "OK 1") ||
                      fail_answer(s, "version 1 of a served machine", answer, error));
}

/* The answer has the number of bytes that follow, and the generation. */
static char *fetch(Source *s, gsize *length, GError **error)
{
    g_autofree char *answer = ask(s, "physmem_map", "the map", error);
    guint64 bytes, generation;

    if (!answer) {
        return NULL;
    }
    if (sscanf(answer, "OK %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &bytes, &generation) != 2) {
        fail_answer(s, "the map", answer, error);
        return NULL;
    }
    g_free(s->seen);
    s->seen = g_strdup_printf("%" G_GUINT64_FORMAT, generation);
    *length = bytes;
    return channel_take_bytes(s->channel, bytes, "the map", error);
}

/* The time limit begins when the answer is due. */
static bool wait(Source *s, unsigned milliseconds, bool *changed, GError **error)
{
    g_autofree char *line = g_strdup_printf("physmem_wait %s %u", s->seen, milliseconds);

    channel_restart(s->channel);
    s->channel->until += (gint64)milliseconds * 1000;
    g_autofree char *answer = ask(s, line, "to be told of changes", error);
    if (!answer) {
        return false;
    }
    *changed = !g_str_equal(answer + strlen("OK "), s->seen);
    channel_restart(s->channel);
    return true;
}

const SourceKind source_sock = { "sock:", start, fetch, wait };
