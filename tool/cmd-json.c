/* SPDX-License-Identifier: MIT
 *
 * `physmem json FILE`: prints all that is known of a map, in the form of docs/map.schema.json. All
 * commands read it.
 */
#include <stdio.h>

#include "json-map.h"
#include "tool.h"

int tool_json(int argc, char **argv)
{
    ToolInput in = { 0 };
    GError *error = NULL;

    if (!tool_options(&in, &argc, &argv, NULL, "FILE",
                      "Prints all that is known of a map as JSON, for programs. Commands read "
                      "it, too.\n\nExamples:\n"
                      "  physmem json --flat views.txt map.txt > map.json\n"
                      "  physmem json map.txt | jq '.regions[] | select(.kind == \"ram\")'",
                      1, &error) ||
        !tool_open(&in, &error)) {
        return tool_give_up(&in, error);
    }
    if (in.machine) {
        json_map_write(stdout, in.map.tree, in.machine, tool_views(&in));
    } else {
        json_map_write_views(stdout, in.map.views, in.rest[0]);
    }
    tool_close(&in);
    return 0;
}
