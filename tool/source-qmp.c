/* SPDX-License-Identifier: MIT
 *
 * qmp:SOCKET: a running QEMU, by its machine protocol: one JSON object a line. The human monitor's
 * commands are inside it.
 */
#include <json-glib/json-glib.h>
#include <string.h>

#include "monitor.h"

static const char greeting[] = "the greeting of QMP";

/* Whether a line has no more brackets and members than any answer of the protocol that matters
 * here. The JSON parser calls itself for each level, and allocates memory for each value. */
static bool is_modest(const char *line)
{
    enum { MOST = 2000 };
    unsigned marks = 0;
    bool quoted = false;

    for (; *line && marks <= MOST; line++) {
        if (quoted && *line == '\\' && line[1]) {
            line++;
        } else if (*line == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            marks += *line == '{' || *line == '[' || *line == ',';
        }
    }
    return marks <= MOST;
}

/* Takes the next message. NULL with an error. */
static JsonNode *take_message(Source *s, const char *expected, GError **error)
{
    g_autofree char *line = channel_take_line(s->channel, expected, error);

    if (!line) {
        return NULL;
    }
    g_autoptr(JsonNode) node = is_modest(line) ? json_from_string(line, NULL) : NULL;
    if (node && JSON_NODE_HOLDS_OBJECT(node)) {
        return g_steal_pointer(&node);
    }
    g_autofree char *excerpt = channel_excerpt(line, strlen(line));
    channel_fail(s->channel, error, "expected %s, not \"%s\"%s", expected, excerpt,
                 g_str_has_prefix(line, "QEMU ")
                     ? ": this is a human monitor, so write hmp: instead of qmp:"
                     : "");
    return NULL;
}

static const char *member_string(JsonObject *object, const char *member)
{
    JsonNode *node = json_object_get_member(object, member);

    return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

static bool fail_refused(Source *s, const char *command, JsonObject *reply, GError **error)
{
    JsonNode *why = json_object_get_member(reply, "error");
    const char *text = why && JSON_NODE_HOLDS_OBJECT(why)
                           ? member_string(json_node_get_object(why), "desc")
                           : NULL;

    g_autofree char *excerpt = text ? channel_excerpt(text, strlen(text)) : NULL;
    return channel_fail(s->channel, error, "the machine refuses %s: %s", command,
                        excerpt ? excerpt : "it does not say why");
}

/* Takes the reply to a command; events may come before it. NULL with an error. */
static JsonNode *take_reply(Source *s, const char *command, GError **error)
{
    g_autofree char *expected = g_strdup_printf("the reply to %s", command);
    JsonNode *node;

    while ((node = take_message(s, expected, error))) {
        JsonObject *object = json_node_get_object(node);
        if (json_object_has_member(object, "return")) {
            return node;
        }
        bool refused = json_object_has_member(object, "error");
        if (refused) {
            fail_refused(s, command, object, error);
        }
        json_node_unref(node);
        if (refused) {
            return NULL;
        }
    }
    return NULL;
}

static bool start(Source *s, GError **error)
{
    static const char command[] = "qmp_capabilities";
    g_autoptr(JsonNode) hello = take_message(s, greeting, error);

    if (!hello) {
        return false;
    }
    if (!json_object_has_member(json_node_get_object(hello), "QMP")) {
        return channel_fail(s->channel, error, "expected %s, not other JSON", greeting);
    }
    if (!channel_send(s->channel, "{\"execute\": \"qmp_capabilities\"}\n", -1, error)) {
        return false;
    }
    g_autoptr(JsonNode) reply = take_reply(s, command, error);
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
    g_autoptr(JsonNode) reply = take_reply(s, command, error);
    const char *text = reply ? member_string(json_node_get_object(reply), "return") : NULL;
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
