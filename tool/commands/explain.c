/* SPDX-License-Identifier: MIT
 *
 * `physmem explain [ID]`: prints the page of a check, or the list of all checks (check/check.h).
 */
#include <stdio.h>

#include <gio/gio.h>

#include "check/check.h"

/* The pages, explain/ID.txt; glib-compile-resources defines it. */
GResource *explain_get_resource(void);

static void print_list(void)
{
    for (const CheckDef *def = check_table; def->id; def++) {
        printf("%-22s %-7s  %s\n", def->id, def->on ? "warning" : "off", def->summary);
    }
}

/* Returns the page of a check; NULL with an error if there is no such check. */
static GBytes *find_page(const char *id, GError **error)
{
    g_autofree char *path = g_strdup_printf("/explain/%s.txt", id);
    GBytes *page = g_resource_lookup_data(explain_get_resource(), path, 0, NULL);

    if (!page) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected the id of a check, such as \"hidden\", not \"%s\"; \"physmem "
                    "explain\" lists the ids",
                    id);
    }
    return page;
}

static bool explain(char **ids, GError **error)
{
    if (!ids) {
        print_list();
        return true;
    }
    g_autoptr(GBytes) page = find_page(ids[0], error);
    if (page) {
        fputs(g_bytes_get_data(page, NULL), stdout); /* a byte 0 comes after a resource */
    }
    return page;
}

static const ToolPlan plan = {
    .usage = "[ID]",
    .summary = "Says what a finding of \"physmem check\" is, why it matters, and what to do.\n"
               "Without ID: lists the ids of all checks, and whether they are on by default.\n"
               "\n"
               "Examples:\n"
               "  physmem explain\n"
               "  physmem explain same-priority-overlap",
    .most = 1,
};

int tool_explain(int argc, char **argv)
{
    ToolInput in = { .two = true }; /* no map: neither --hints nor --flat */
    GError *error = NULL;

    if (!tool_take_options(&in, &plan, &argc, &argv, &error) || !explain(in.rest, &error)) {
        return tool_give_up(&in, error);
    }
    tool_close(&in);
    return 0;
}
