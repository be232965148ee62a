/* SPDX-License-Identifier: MIT
 *
 * The beginning and the end of every subcommand after its options (options.c): reads the files,
 * builds the machine, prints messages on standard error.
 */
#include <stdio.h>

#include "terminal/progress.h"
#include "input/tool.h"

/* ---- Reading ---------------------------------------------------------------------------- */

static void print_note(const char *file, const char *note)
{
    if (note) {
        progress_end();
        fprintf(stderr, "physmem: %s: %s\n", file, note);
    }
}

static void begin_reading(const char *file)
{
    g_autofree char *what =
        g_strdup_printf("reading %s", g_str_equal(file, "-") ? "standard input" : file);

    progress_step(what);
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

    begin_reading(in->flat);
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
    progress_step("filling in what the text leaves open");
    /* JSON has views, too, and needs no correction by them. */
    bool fits = in->map.views && (in->flat || !in->map.tree->complete);
    return fits ? load_fit(in->map.tree, in->map.views, error) : load_guesses(in->map.tree, error);
}

static void print_assumptions(const ToolInput *in)
{
    const GPtrArray *notes = in->map.tree->notes;

    for (guint i = 0; i < notes->len; i++) {
        fprintf(stderr, "physmem: %s%sassumed: %s\n", in->two ? in->rest[0] : "",
                in->two ? ": " : "", (char *)notes->pdata[i]);
    }
    if (notes->len && !in->hints && !in->map.views && !in->map.tree->complete) {
        fprintf(stderr, "physmem: %s can settle this; see physmem(1)\n",
                in->two ? "\"info mtree -f\" in the same file" : "--flat or --hints");
    }
}

static bool open_tree(ToolInput *in, GError **error)
{
    if (!fill_in(in, error)) {
        return false;
    }
    progress_step("building the machine");
    in->machine = machine_new(in->map.tree, error);
    progress_end();
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
    progress_end();
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

    begin_reading(in->rest[0]);
    return load_text(in->rest[0], &text, &length, error) &&
           tool_open_text(in, text, length, error);
}

const MtreeFlat *tool_views(ToolInput *in)
{
    if (in->machine && !in->made) {
        progress_step("making the views");
        in->made = machine_views(in->machine);
        progress_end();
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
    progress_end();
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

    if (!tool_take_options(&in, plan, &argc, &argv, &error) || !tool_open(&in, &error) ||
        !plan->answer(&in, plan->options, &error)) {
        return tool_give_up(&in, error);
    }
    tool_close(&in);
    return 0;
}
