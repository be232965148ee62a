/* SPDX-License-Identifier: MIT
 *
 * `physmem get SOURCE`: saves a map with everything that a later analysis needs. What a machine's
 * monitor says becomes one text with its tree, its owners and its views.
 */
#include <stdio.h>

#include "terminal/progress.h"
#include "terminal/save.h"
#include "input/tool.h"

static bool print(const char *text, gsize length, GError **error)
{
    if (fwrite(text, 1, length, stdout) != length || fflush(stdout) != 0) {
        g_set_error(error, MTREE_ERROR, 0, "standard output: the text cannot be written");
        return false;
    }
    return true;
}

/* A source without a map is refused. */
static bool save(const char *source, const char *output, GError **error)
{
    LoadedMap map = { 0 };
    g_autofree char *text = NULL, *note = NULL;
    gsize length;
    g_autofree char *what = g_strdup_printf("reading %s", source);

    progress_step(what);
    bool ok = load_text(source, &text, &length, error) &&
              load_as_text(source, &text, &length, &note, error) &&
              load_map(source, text, length, &map, error);

    progress_end();
    load_clear(&map);
    if (!ok) {
        return false;
    }
    if (note) {
        fprintf(stderr, "physmem: %s: %s\n", source, note);
    }
    return output ? tool_save(output, text, length, error) : print(text, length, error);
}

static const char summary[] =
    "Saves a map with everything that a later analysis needs. SOURCE is a file or a\n"
    "machine that runs; see physmem(1).\n"
    "\n"
    "Examples:\n"
    "  physmem get qmp:/run/vm.qmp -o before.txt\n"
    "  physmem get hmp:localhost:4444 | ssh desk 'physmem flat -'";

int tool_get(int argc, char **argv)
{
    ToolInput in = { .two = true };
    g_autofree char *output = NULL;
    GError *error = NULL;
    const GOptionEntry more[] = {
        { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Write FILE, not standard output",
          "FILE" },
        G_OPTION_ENTRY_NULL,
    };

    if (!tool_options(&in, &argc, &argv, more, "SOURCE", summary, 1, &error) ||
        !save(in.rest[0], output, &error)) {
        return tool_give_up(&in, error);
    }
    tool_close(&in);
    return 0;
}
