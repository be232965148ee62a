/* SPDX-License-Identifier: MIT
 *
 * Fetches tree, owners and views from a monitor, so that nothing has to be guessed (monitor.h).
 */
#include "source/monitor.h"

#include <string.h>

#include "mtree/mtree.h"

/* The most telling command first. The monitor wants the options in this order. An old monitor
 * refuses those that it does not know. */
static const char *const tree_commands[] = { "info mtree -o -D", "info mtree -D", "info mtree -o",
                                             "info mtree", NULL };
static const char *const views_commands[] = { "info mtree -f", NULL };

char *monitor_text(const char *output, gsize length)
{
    GString *text = g_string_sized_new(length);

    for (gsize i = 0; i < length; i++) {
        if (output[i] != '\r') {
            g_string_append_c(text, output[i]);
        }
    }
    return g_string_free(text, FALSE);
}

static bool is_map(const char *output)
{
    return g_str_has_prefix(output, "address-space") || g_str_has_prefix(output, "memory\n") ||
           g_str_has_prefix(output, "FlatView #");
}

/* Returns the output of the first command that the monitor knows; "" if it knows none. *refusal is
 * what it said to the last one. */
static char *ask_first(Source *s, MonitorAsk *ask, const char *const *commands, char **refusal,
                       GError **error)
{
    for (; *commands; commands++) {
        char *output = ask(s, *commands, error);
        if (!output || is_map(output)) {
            return output;
        }
        g_free(*refusal);
        *refusal = output;
    }
    return g_strdup("");
}

static char *ask_views(Source *s, MonitorAsk *ask, GError **error)
{
    g_autofree char *refusal = NULL;

    return ask_first(s, ask, views_commands, &refusal, error);
}

static char *ask_tree(Source *s, MonitorAsk *ask, GError **error)
{
    g_autofree char *refusal = NULL;
    char *tree = ask_first(s, ask, tree_commands, &refusal, error);

    if (tree && !*tree) {
        g_clear_pointer(&tree, g_free);
        g_autofree char *excerpt = channel_excerpt(refusal, strlen(refusal));
        channel_fail(s->channel, error, "expected the output of \"info mtree\", not \"%s\"",
                     excerpt);
    }
    return tree;
}

static char *join(const char *tree, const char *views, gsize *length)
{
    char *text = g_strconcat(tree, g_str_has_suffix(tree, "\n\n") ? "" : "\n", views, NULL);

    *length = strlen(text);
    return text;
}

/* Tree and views are two answers, and the machine runs between them. They belong together if the
 * views before and after the tree are the same. */
char *monitor_fetch(Source *s, MonitorAsk *ask, gsize *length, GError **error)
{
    enum { TRIES = 20 };
    g_autofree char *views = ask_views(s, ask, error);

    for (int i = 0; views && i < TRIES; i++) {
        g_autofree char *tree = ask_tree(s, ask, error);
        g_autofree char *again = tree ? ask_views(s, ask, error) : NULL;
        bool settled = again && g_str_equal(views, again);
        g_free(views);
        views = g_steal_pointer(&again);
        if (settled) {
            g_free(s->seen);
            s->seen = g_steal_pointer(&views);
            return join(tree, s->seen, length);
        }
    }
    if (views) {
        g_set_error(error, CHANNEL_ERROR, CHANNEL_UNSETTLED,
                    "%s: the map changed each of the %d times that it was read; try again",
                    s->name, TRIES);
    }
    return NULL;
}

bool monitor_wait(Source *s, MonitorAsk *ask, unsigned milliseconds, bool *changed, GError **error)
{
    if (!channel_pause(s->channel, milliseconds, error)) {
        return false;
    }
    g_autofree char *views = ask_views(s, ask, error);
    *changed = views && (!*views || !g_str_equal(views, s->seen));
    return views != NULL;
}
