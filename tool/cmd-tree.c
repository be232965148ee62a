/* SPDX-License-Identifier: MIT
 *
 * `physmem tree FILE`: prints the regions that the library has after FILE was read, in the form of
 * `info mtree`.
 */
#include "tool.h"

int tool_tree(int argc, char **argv)
{
    ToolInput in = { 0 };
    gboolean disabled = FALSE;
    GError *error = NULL;
    const GOptionEntry more[] = {
        { "disabled", 'D', 0, G_OPTION_ARG_NONE, &disabled, "Print disabled regions too", NULL },
        G_OPTION_ENTRY_NULL,
    };

    if (!tool_options(&in, &argc, &argv, more, "FILE",
                      "Prints the regions of a map that \"info mtree\" printed.", 1, &error) ||
        !tool_open(&in, &error)) {
        return tool_give_up(&in, error);
    }
    if (!in.machine) {
        return tool_give_up(&in, load_no_tree(in.rest[0]));
    }
    machine_print_tree(in.machine, stdout, disabled);
    tool_close(&in);
    return 0;
}
