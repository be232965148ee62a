/* SPDX-License-Identifier: MIT
 *
 * `physmem json FILE`: prints all that is known of a map, in the form of docs/map.schema.json. All
 * commands read it.
 */
#include <stdio.h>

#include "json/map.h"
#include "input/tool.h"

static bool answer(ToolInput *in, gpointer options, GError **error)
{
    (void)options, (void)error;
    if (in->machine) {
        json_map_write(stdout, in->map.tree, in->machine, tool_views(in));
    } else {
        json_map_write_views(stdout, in->map.views, in->rest[0]);
    }
    return true;
}

int tool_json(int argc, char **argv)
{
    const ToolPlan plan = {
        .usage = "FILE",
        .summary =
            "Prints all that is known of a map as JSON, for programs. Commands read it, too.\n\n"
            "Examples:\n"
            "  physmem json --flat views.txt map.txt > map.json\n"
            "  physmem json map.txt | jq '.regions[] | select(.kind == \"ram\")'",
        .least = 1,
        .most = 1,
        .answer = answer,
    };

    return tool_run(&plan, argc, argv);
}
