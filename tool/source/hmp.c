/* SPDX-License-Identifier: MIT
 *
 * hmp:SOCKET: a running QEMU, by its human monitor: text with a prompt. The monitor shows each key
 * that it receives, so an answer begins behind the end of that line.
 */
#include <string.h>

#include "source/monitor.h"

static const char prompt[] = "\n(qemu) ";

static bool ends_in_prompt(const GString *data)
{
    return data->len >= strlen(prompt) &&
           memcmp(data->str + data->len - strlen(prompt), prompt, strlen(prompt)) == 0;
}

/* Receives all up to a prompt that nothing follows. */
static bool receive_prompt(Source *s, const char *expected, GError **error)
{
    while (!ends_in_prompt(s->channel->data)) {
        if (!channel_receive(s->channel, expected, error)) {
            return false;
        }
        if (g_str_has_prefix(s->channel->data->str, "{\"QMP\"")) {
            return channel_fail(s->channel, error,
                                "expected a human monitor; this is QMP, so write qmp: instead of "
                                "hmp:");
        }
    }
    return true;
}

static bool start(Source *s, GError **error)
{
    if (!receive_prompt(s, "the prompt \"(qemu)\" of a human monitor", error)) {
        return false;
    }
    g_string_truncate(s->channel->data, 0);
    return true;
}

/* Returns what stands between the line of the command and the prompt. */
static char *take_output(GString *data)
{
    gsize echo = (gsize)((char *)memchr(data->str, '\n', data->len) - data->str);
    gsize end = data->len - strlen(prompt);
    char *output = echo < end ? monitor_text(data->str + echo + 1, end - echo) : g_strdup("");

    g_string_truncate(data, 0);
    return output;
}

static char *ask(Source *s, const char *command, GError **error)
{
    g_autofree char *line = g_strconcat(command, "\n", NULL);
    g_autofree char *expected = g_strdup_printf("the output of \"%s\"", command);

    if (!channel_send(s->channel, line, -1, error) || !receive_prompt(s, expected, error)) {
        return NULL;
    }
    return take_output(s->channel->data);
}

static char *fetch(Source *s, gsize *length, GError **error)
{
    return monitor_fetch(s, ask, length, error);
}

static bool wait(Source *s, unsigned milliseconds, bool *changed, GError **error)
{
    return monitor_wait(s, ask, milliseconds, changed, error);
}

const SourceKind source_hmp = { "hmp:", start, fetch, wait };
