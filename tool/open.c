/* SPDX-License-Identifier: MIT
 *
 * The beginning and the end of every subcommand: parses options, reads the files, builds the
 * machine, prints messages on standard error.
 */
#include <stdio.h>

#include "tool.h"

static bool parse_options(ToolInput *in, const ToolPlan *plan, int *argc, char ***argv,
                          GError **error)
{
    const GOptionEntry space[] = {
        { "space", 's', 0, G_OPTION_ARG_STRING, &in->space, plan->space, "NAME" },
        G_OPTION_ENTRY_NULL,
    };
    const GOptionEntry common[] = {
        { "hints", 0, 0, G_OPTION_ARG_FILENAME, &in->hints,
          "Read facts that the text leaves open; see physmem(1)", "FILE" },
        { "flat", 0, 0, G_OPTION_ARG_FILENAME, &in->flat,
          "Read the output of \"info mtree -f\", and correct guesses by it", "FILE" },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &in->rest, NULL, NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(plan->usage);
    g_autofree char *program = g_strdup_printf("physmem %s", (*argv)[0]);

    g_set_prgname(program); /* the help begins with it */
    g_option_context_set_summary(context, plan->summary);
    g_option_context_add_main_entries(context, in->two ? common + 2 : common, NULL);
    if (plan->space) {
        g_option_context_add_main_entries(context, space, NULL);
    }
    if (plan->more) {
        g_option_context_add_main_entries(context, plan->more, NULL);
    }
    return g_option_context_parse(context, argc, argv, error);
}

static bool take_options(ToolInput *in, const ToolPlan *plan, int *argc, char ***argv,
                         GError **error)
{
    const char *command = (*argv)[0];

    if (!parse_options(in, plan, argc, argv, error)) {
        return false;
    }
    guint count = in->rest ? g_strv_length(in->rest) : 0;
    if (count < plan->least || count > plan->most) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected %s after \"physmem %s\"; \"physmem %s --help\" lists the options",
                    plan->usage, command, command);
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

bool tool_options(ToolInput *in, int *argc, char ***argv, const GOptionEntry *more,
                  const char *usage, const char *summary, guint count, GError **error)
{
    const ToolPlan plan = {
        .usage = usage, .summary = summary, .least = count, .most = count, .more = more
    };

    return take_options(in, &plan, argc, argv, error);
}

/* ---- Reading ---------------------------------------------------------------------------- */

static void print_note(const char *file, const char *note)
{
    if (note) {
        fprintf(stderr, "physmem: %s: %s\n", file, note);
    }
}

static bool read_hints(const ToolInput *in, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    return load_text(in->hints, &text, &length, error) &&
           load_hints(in->map.tree, in->hints, text, length, error);
}

/* Takes the views of --flat instead of those of FILE. */
static bool read_views(ToolInput *in, GError **error)
{
    g_autofree char *text = NULL, *note = NULL;
    gsize length;

    if (!load_text(in->flat, &text, &length, error)) {
        return false;
    }
    g_clear_pointer(&in->map.views, mtree_flat_free);
    in->map.views = load_views(in->flat, text, length, &note, error);
    if (in->map.views) {
        print_note(in->flat, note);
    }
    return in->map.views;
}

static bool fill_in(ToolInput *in, GError **error)
{
    if (in->hints) {
        return read_hints(in, error);
    }
    if (in->flat && !read_views(in, error)) {
        return false;
    }
    return in->map.views ? load_fit(in->map.tree, in->map.views, error)
                         : load_guesses(in->map.tree, error);
}

static void print_assumptions(const ToolInput *in)
{
    const GPtrArray *notes = in->map.tree->notes;

    for (guint i = 0; i < notes->len; i++) {
        fprintf(stderr, "physmem: %s%sassumed: %s\n", in->two ? in->rest[0] : "",
                in->two ? ": " : "", (char *)notes->pdata[i]);
    }
    if (notes->len && !in->hints && !in->map.views) {
        fprintf(stderr, "physmem: %s can settle this; see physmem(1)\n",
                in->two ? "\"info mtree -f\" in the same file" : "--flat or --hints");
    }
}

static bool open_tree(ToolInput *in, GError **error)
{
    if (!fill_in(in, error)) {
        return false;
    }
    in->machine = machine_new(in->map.tree, error);
    if (in->machine && !in->quiet) {
        print_note(in->rest[0], in->map.note);
        print_assumptions(in);
    }
    return in->machine;
}

static bool open_views(ToolInput *in, GError **error)
{
    if (in->hints || in->flat) {
        g_set_error(
            error, MTREE_ERROR, 0,
            "%s: expected the tree that \"info mtree\" prints, because of --%s; this is the "
            "output of \"info mtree -f\"",
            in->rest[0], in->hints ? "hints" : "flat");
        return false;
    }
    print_note(in->rest[0], in->quiet ? NULL : in->map.note);
    return true;
}

bool tool_open_text(ToolInput *in, const char *text, gsize length, GError **error)
{
    if (!load_map(in->rest[0], text, length, &in->map, error)) {
        return false;
    }
    return in->map.tree ? open_tree(in, error) : open_views(in, error);
}

bool tool_open(ToolInput *in, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    return load_text(in->rest[0], &text, &length, error) &&
           tool_open_text(in, text, length, error);
}

const MtreeFlat *tool_views(ToolInput *in)
{
    if (in->machine && !in->made) {
        in->made = machine_views(in->machine);
    }
    return in->machine ? in->made : in->map.views;
}

bool tool_open_second(const ToolInput *first, ToolInput *in, GError **error)
{
    in->two = true;
    in->rest = g_strdupv(first->rest + 1);
    return tool_open(in, error);
}

void tool_close(ToolInput *in)
{
    g_clear_pointer(&in->made, mtree_flat_free);
    g_clear_pointer(&in->machine, machine_free);
    load_clear(&in->map);
    g_clear_pointer(&in->rest, g_strfreev);
    g_clear_pointer(&in->hints, g_free);
    g_clear_pointer(&in->flat, g_free);
    g_clear_pointer(&in->space, g_free);
}

int tool_give_up(ToolInput *in, GError *error)
{
    fprintf(stderr, "physmem: %s\n", error->message);
    g_error_free(error);
    tool_close(in);
    return 1;
}

bool tool_check_space(ToolInput *in, GError **error)
{
    const MtreeFlat *views = tool_views(in);
    g_autoptr(GPtrArray) names = mtree_flat_all_names(views);

    return !in->space || g_ptr_array_find_with_equal_func(names, in->space, g_str_equal, NULL) ||
           mtree_flat_fail_space(views, in->rest[0], in->space, error);
}

int tool_run(const ToolPlan *plan, int argc, char **argv)
{
    ToolInput in = { 0 };
    GError *error = NULL;

    if (!take_options(&in, plan, &argc, &argv, &error) || !tool_open(&in, &error) ||
        !plan->answer(&in, plan->options, &error)) {
        return tool_give_up(&in, error);
    }
    tool_close(&in);
    return 0;
}
