/* SPDX-License-Identifier: MIT
 *
 * The beginning and the end of every subcommand: parses options, reads the files, builds the
 * machine, prints messages on standard error.
 */
#include <stdio.h>

#include "tool.h"

bool tool_options(ToolInput *in, int *argc, char ***argv, const GOptionEntry *more,
                  const char *usage, const char *summary, guint count, GError **error)
{
    const GOptionEntry common[] = {
        { "hints", 0, 0, G_OPTION_ARG_FILENAME, &in->hints,
          "Read facts that the text leaves open; see physmem(1)", "FILE" },
        { "flat", 0, 0, G_OPTION_ARG_FILENAME, &in->flat,
          "Read the output of \"info mtree -f\", and correct guesses by it", "FILE" },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &in->rest, NULL, NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(usage);
    const char *command = (*argv)[0];
    g_autofree char *program = g_strdup_printf("physmem %s", command);

    g_set_prgname(program); /* the help begins with it */
    g_option_context_set_summary(context, summary);
    g_option_context_add_main_entries(context, common, NULL);
    if (more) {
        g_option_context_add_main_entries(context, more, NULL);
    }
    if (!g_option_context_parse(context, argc, argv, error)) {
        return false;
    }
    if (!in->rest || g_strv_length(in->rest) != count) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected %s after \"physmem %s\"; \"physmem %s --help\" lists the options",
                    usage, command, command);
        return false;
    }
    if (in->hints && in->flat) {
        g_set_error(
            error, MTREE_ERROR, 0,
            "expected --hints or --flat, not both: each of them says what the text leaves open");
        return false;
    }
    return true;
}

static bool read_tree(ToolInput *in, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    if (!load_text(in->rest[0], &text, &length, error)) {
        return false;
    }
    in->tree = load_tree(in->rest[0], text, length, error);
    return in->tree;
}

static bool fill_in(ToolInput *in, GError **error)
{
    const char *file = in->hints ? in->hints : in->flat;
    g_autofree char *text = NULL;
    gsize length;

    if (!file) {
        return load_guesses(in->tree, error);
    }
    if (!load_text(file, &text, &length, error)) {
        return false;
    }
    return (in->hints ? load_hints : load_flat)(in->tree, file, text, length, error);
}

static void print_notes(const ToolInput *in)
{
    const GPtrArray *notes = in->tree->notes;

    for (guint i = 0; i < notes->len; i++) {
        fprintf(stderr, "physmem: assumed: %s\n", (char *)notes->pdata[i]);
    }
    if (notes->len && !in->hints && !in->flat) {
        fputs("physmem: --flat or --hints can settle this; see physmem(1)\n", stderr);
    }
}

bool tool_open(ToolInput *in, GError **error)
{
    if (!read_tree(in, error) || !fill_in(in, error)) {
        return false;
    }
    in->machine = machine_new(in->tree, error);
    if (in->machine) {
        print_notes(in);
    }
    return in->machine;
}

void tool_close(ToolInput *in)
{
    g_clear_pointer(&in->machine, machine_free);
    g_clear_pointer(&in->tree, mtree_free);
    g_clear_pointer(&in->rest, g_strfreev);
    g_clear_pointer(&in->hints, g_free);
    g_clear_pointer(&in->flat, g_free);
}

int tool_give_up(ToolInput *in, GError *error)
{
    fprintf(stderr, "physmem: %s\n", error->message);
    g_error_free(error);
    tool_close(in);
    return 1;
}
