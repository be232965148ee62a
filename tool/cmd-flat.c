/* SPDX-License-Identifier: MIT
 *
 * `physmem flat FILE`: prints, for every address space of FILE, the ranges and the region that
 * answers in each, in the form of `info mtree -f`.
 */
#include "tool.h"

int tool_flat(int argc, char **argv)
{
    ToolInput in = { 0 };
    gboolean nodes = FALSE;
    GError *error = NULL;
    const GOptionEntry more[] = {
        { "nodes", 'd', 0, G_OPTION_ARG_NONE, &nodes, "Print the lookup structure too", NULL },
        G_OPTION_ENTRY_NULL,
    };

    if (!tool_options(&in, &argc, &argv, more, "FILE",
                      "Prints which region answers where, for every address space.", 1, &error) ||
        !tool_open(&in, &error)) {
        return tool_give_up(&in, error);
    }
    machine_print_views(in.machine, stdout, nodes);
    tool_close(&in);
    return 0;
}
