/* SPDX-License-Identifier: MIT
 *
 * `physmem tree FILE`: prints the regions that the library has after FILE was read, in the form of
 * `info mtree`.
 */
#include "input/tool.h"

static bool answer(ToolInput *in, gpointer options, GError **error)
{
    const gboolean *disabled = options;

    if (!in->machine) {
        g_propagate_error(error, load_no_tree(in->rest[0]));
        return false;
    }
    machine_print_tree(in->machine, stdout, *disabled);
    return true;
}

int tool_tree(int argc, char **argv)
{
    gboolean disabled = FALSE;
    const GOptionEntry more[] = {
        { "disabled", 'D', 0, G_OPTION_ARG_NONE, &disabled, "Print disabled regions too", NULL },
        G_OPTION_ENTRY_NULL,
    };
    const ToolPlan plan = {
        .usage = "FILE",
        .summary = "Prints the regions of a map that \"info mtree\" printed.\n\nExamples:\n"
                   "  physmem tree map.txt\n  physmem tree -D session.log | less",
        .least = 1,
        .most = 1,
        .more = more,
        .answer = answer,
        .options = &disabled,
    };

    return tool_run(&plan, argc, argv);
}
