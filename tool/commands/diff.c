/* SPDX-License-Identifier: MIT
 *
 * `physmem diff A B`: prints what a guest would notice if its map changed from A to B, and which
 * regions caused it (diff/diff.h).
 */
#include <stdio.h>

#include "diff/diff.h"
#include "terminal/progress.h"
#include "input/tool.h"

enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 };

/* Says on standard error which causes the report could not tell. */
static void print_limits(const ToolInput *a, const ToolInput *b, bool any, bool gave_up)
{
    if (gave_up) {
        fputs("physmem: not all causes are known: there are too many ways\n", stderr);
    }
    if (any && !(a->machine && b->machine)) {
        fprintf(stderr, "physmem: %s: causes are not known: there are views only\n",
                (a->machine ? b : a)->rest[0]);
    }
}

static int print_difference(ToolInput *a, ToolInput *b, const char *space)
{
    const DiffReport report = { .views_a = tool_views(a),
                                .views_b = tool_views(b),
                                .tree_a = a->map.tree,
                                .tree_b = b->map.tree,
                                .space = space,
                                .only_before = "only in A",
                                .only_after = "only in B" };
    bool gave_up;

    progress_step("comparing");
    g_autofree char *text = diff_report(&report, &gave_up);
    progress_end();
    fputs(text, stdout);
    print_limits(a, b, *text, gave_up);
    return *text ? DIFFERENT : SAME;
}

static bool has_space(const MtreeFlat *views, const char *space)
{
    g_autoptr(GPtrArray) names = mtree_flat_all_names(views);

    return g_ptr_array_find_with_equal_func(names, space, g_str_equal, NULL);
}

static int compare(ToolInput *a, ToolInput *b, const char *space, GError **error)
{
    if (space && !has_space(tool_views(a), space) && !has_space(tool_views(b), space)) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected the name of an address space of %s or %s, not \"%s\"", a->rest[0],
                    b->rest[0], space);
        return TROUBLE;
    }
    return print_difference(a, b, space);
}

static const char summary[] =
    "Prints what a guest would notice if its memory map changed from A to B, and why.\n"
    "A and B have the output of \"info mtree\" or \"info mtree -f\", or both.\n"
    "\n"
    "Examples:\n"
    "  physmem diff before.txt after.txt\n"
    "  physmem diff -s memory old.txt new.txt >/dev/null || echo \"they differ\"\n"
    "\n"
    "The exit status is 0 if a guest would notice nothing, 1 if it would, and\n"
    "2 after an error.";

int tool_diff(int argc, char **argv)
{
    ToolInput a = { .two = true }, b = { 0 };
    g_autofree char *space = NULL;
    GError *error = NULL;
    const GOptionEntry more[] = {
        { "space", 's', 0, G_OPTION_ARG_STRING, &space, "Compare this address space only",
          "NAME" },
        G_OPTION_ENTRY_NULL,
    };
    int status = TROUBLE;

    if (tool_options(&a, &argc, &argv, more, "A B", summary, 2, &error) && tool_open(&a, &error) &&
        tool_open_second(&a, &b, &error)) {
        status = compare(&a, &b, space, &error);
    }
    tool_close(&b);
    if (error) {
        tool_give_up(&a, error);
    } else {
        tool_close(&a);
    }
    return status;
}
