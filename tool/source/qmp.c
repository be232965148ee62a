/* SPDX-License-Identifier: MIT
 *
 * qmp:SOCKET: a running QEMU, by its machine protocol: one JSON object a line. The human monitor's
 * commands are inside it.
 */
#include <string.h>

#include "json/parse.h"
#include "source/monitor.h"

static const char greeting[] = "the greeting of QMP";

/* Takes the next message, which is an object. NULL with an error. */
static JsonItem *take_message(Source *s, const char *expected, GError **error)
{
    g_autofree char *line = channel_take_line(s->channel, expected, error);

    if (!line) {
        return NULL;
    }
    g_autoptr(JsonItem) message = json_parse(s->name, line, strlen(line), NULL);
    if (message && message->type == JSON_OBJECT) {
        return g_steal_pointer(&message);
    }
    g_autofree char *excerpt = channel_excerpt(line, strlen(line));
    channel_fail(s->channel, error, "expected %s, not \"%s\"%s", expected, excerpt,
                 g_str_has_prefix(line, "QEMU ")
                     ? ": this is a human monitor, so write hmp: instead of qmp:"
                     : "");
    return NULL;
}

static const char *member_string(const JsonItem *object, const char *name)
{
    const JsonItem *member = json_member(object, name);

    return member && member->type == JSON_STRING ? member->string : NULL;
}

static bool fail_refused(Source *s, const char *command, const JsonItem *why, GError **error)
{
    const char *text = why->type == JSON_OBJECT ? member_string(why, "desc") : NULL;
    g_autofree char *excerpt = text ? channel_excerpt(text, strlen(text)) : NULL;

    return channel_fail(s->channel, error, "the machine refuses %s: %s", command,
                        excerpt ? excerpt : "it does not say why");
}

/* Takes the reply to a command; events may come before it. NULL with an error. */
static JsonItem *take_reply(Source *s, const char *command, GError **error)
{
    g_autofree char *expected = g_strdup_printf("the reply to %s", command);

    for (;;) {
        g_autoptr(JsonItem) message = take_message(s, expected, error);
        const JsonItem *why = message ? json_member(message, "error") : NULL;
        if (why) {
            fail_refused(s, command, why, error);
        }
        if (!message || why) {
            return NULL;
        }
        if (json_member(message, "return")) {
            return g_steal_pointer(&message);
        }
    }
}

static bool start(Source *s, GError **error)
{
    static const char command[] = "qmp_capabilities";
    g_autoptr(JsonItem) hello = take_message(s, greeting, error);

    if (!hello) {
        return false;
    }
    if (!json_member(hello, "QMP")) {
        return channel_fail(s->channel, error, "expected %s, not other JSON", greeting);
    }
    if (!channel_send(s->channel, "{\"execute\": \"qmp_capabilities\"}\n", -1, error)) {
        return false;
    }
    g_autoptr(JsonItem) reply = take_reply(s, command, error);
    return reply != NULL;
}

static char *ask(Source *s, const char *command, GError **error)
{
    g_autofree char *line = g_strdup_printf("{\"execute\": \"human-monitor-command\", "
                                            "\"arguments\": {\"command-line\": \"%s\"}}\n",
                                            command);

    if (!channel_send(s->channel, line, -1, error)) {
        return NULL;
    }
    g_autoptr(JsonItem) reply = take_reply(s, command, error);
    const char *text = reply ? member_string(reply, "return") : NULL;
    if (reply && !text) {
        channel_fail(s->channel, error, "expected text as the reply to %s", command);
    }
    return text ? monitor_text(text, strlen(text)) : NULL;
}

static char *fetch(Source *s, gsize *length, GError **error)
{
    return monitor_fetch(s, ask, length, error);
}

static bool wait(Source *s, unsigned milliseconds, bool *changed, GError **error)
{
    return monitor_wait(s, ask, milliseconds, changed, error);
}

const SourceKind source_qmp = { "qmp:", start, fetch, wait };
