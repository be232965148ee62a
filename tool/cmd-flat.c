/* SPDX-License-Identifier: MIT
 *
 * `physmem flat FILE`: prints, for every address space of FILE, the ranges and the region that
 * answers in each, in the form of `info mtree -f`.
 */
#include <stdio.h>

#include "tool.h"

/* FILE has views only: they are printed as they were. */
static void print_range(const FlatLine *range)
{
    printf("  " TARGET_FMT_plx "-" TARGET_FMT_plx " (prio %d, %s%s): %s", range->start,
           range->last, range->priority, range->nonvolatile ? "nv-" : "",
           mtree_kind_word(range->kind), range->name);
    if (range->offset) {
        printf(" @" TARGET_FMT_plx, range->offset);
    }
    putchar('\n');
}

static void print_view(const FlatBlock *view, guint number)
{
    printf("FlatView #%u\n", number);
    for (guint i = 0; i < view->spaces->len; i++) {
        printf(" AS %s\n", (char *)view->spaces->pdata[i]);
    }
    printf(" Root memory region: %s\n", view->root ? view->root : "(not said)");
    for (guint i = 0; i < view->ranges->len; i++) {
        print_range(&g_array_index(view->ranges, FlatLine, i));
    }
    puts(view->ranges->len ? "" : "  No rendered FlatView\n");
}

static void print_views(const MtreeFlat *views)
{
    for (guint i = 0; i < views->blocks->len; i++) {
        print_view(views->blocks->pdata[i], i);
    }
}

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
    if (!in.machine && nodes) {
        return tool_give_up(&in, load_no_tree(in.rest[0]));
    }
    if (in.machine) {
        machine_print_views(in.machine, stdout, nodes);
    } else {
        print_views(in.map.views);
    }
    tool_close(&in);
    return 0;
}
