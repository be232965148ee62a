/* SPDX-License-Identifier: MIT
 *
 * The options of every subcommand: those that it shares with others, and its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "terminal/color.h"
#include "terminal/output.h"
#include "input/tool.h"

/* What the user asked for that is no part of ToolInput. */
typedef struct Wishes {
    gboolean help;
    char *color;
} Wishes;

/* GLib writes an ellipsis, which not every terminal shows. */
static void print_help(GOptionContext *context)
{
    g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
    g_auto(GStrv) parts = g_strsplit(help, "\xe2\x80\xa6", -1);
    g_autofree char *plain = g_strjoinv("...", parts);
    g_autofree char *text = g_strchomp(g_strdup(plain));

    puts(text);
}

/* -h is the help of commands that have no other use for it. */
static char help_letter(const ToolPlan *plan)
{
    for (const GOptionEntry *entry = plan->more; entry && entry->long_name; entry++) {
        if (entry->short_name == 'h') {
            return '?';
        }
    }
    return 'h';
}

static void add_entries(GOptionContext *context, ToolInput *in, const ToolPlan *plan,
                        Wishes *wishes)
{
    const GOptionEntry space[] = {
        { "space", 's', 0, G_OPTION_ARG_STRING, &in->space, plan->space, "NAME" },
        G_OPTION_ENTRY_NULL,
    };
    const GOptionEntry guesses[] = {
        { "hints", 0, 0, G_OPTION_ARG_FILENAME, &in->hints, "Read facts that the text leaves open",
          "FILE" },
        { "flat", 0, 0, G_OPTION_ARG_FILENAME, &in->flat,
          "Correct guesses by the output of \"info mtree -f\"", "FILE" },
        G_OPTION_ENTRY_NULL,
    };
    const GOptionEntry common[] = {
        { "color", 0, 0, G_OPTION_ARG_STRING, &wishes->color, "auto, always or never", "WHEN" },
        { "help", help_letter(plan), 0, G_OPTION_ARG_NONE, &wishes->help,
          "Print this; see also physmem(1)", NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &in->rest, NULL, NULL },
        G_OPTION_ENTRY_NULL,
    };

    if (plan->more) {
        g_option_context_add_main_entries(context, plan->more, NULL);
    }
    if (plan->space) {
        g_option_context_add_main_entries(context, space, NULL);
    }
    if (!in->two) {
        g_option_context_add_main_entries(context, guesses, NULL);
    }
    g_option_context_add_main_entries(context, common, NULL);
}

static bool parse(ToolInput *in, const ToolPlan *plan, int *argc, char ***argv, Wishes *wishes,
                  GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(plan->usage);
    const char *command = (*argv)[0];
    g_autofree char *program = g_strdup_printf("physmem %s", command);

    g_set_prgname(program); /* the help begins with it */
    g_option_context_set_summary(context, plan->summary);
    g_option_context_set_help_enabled(context, FALSE);
    add_entries(context, in, plan, wishes);
    if (!g_option_context_parse(context, argc, argv, error)) {
        g_autofree char *hint =
            g_strdup_printf("; \"physmem %s --help\" lists the options", command);
        g_autofree char *message = g_strconcat((*error)->message, hint, NULL);
        g_clear_error(error);
        g_set_error_literal(error, MTREE_ERROR, 0, message);
        return false;
    }
    if (wishes->help) {
        print_help(context);
        exit(output_end(command, 0));
    }
    return true;
}

static bool check(const ToolInput *in, const ToolPlan *plan, const char *command, GError **error)
{
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

bool tool_take_options(ToolInput *in, const ToolPlan *plan, int *argc, char ***argv,
                       GError **error)
{
    const char *command = (*argv)[0];
    Wishes wishes = { 0 };
    bool ok = parse(in, plan, argc, argv, &wishes, error) && color_start(wishes.color, error) &&
              check(in, plan, command, error);

    g_free(wishes.color);
    return ok;
}

bool tool_options(ToolInput *in, int *argc, char ***argv, const GOptionEntry *more,
                  const char *usage, const char *summary, guint count, GError **error)
{
    const ToolPlan plan = {
        .usage = usage, .summary = summary, .least = count, .most = count, .more = more
    };

    return tool_take_options(in, &plan, argc, argv, error);
}
