/* SPDX-License-Identifier: MIT
 *
 * `physmem who FILE ADDRESS`: says which region answers at an address, through which containers
 * and aliases it is visible there, and why other regions at the address do not answer.
 *
 * Spaces where the same region answers at the same offset are printed together. Without --space all
 * spaces are asked, "memory" first. This file finds the address and the spaces; who.h answers.
 */
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "tool.h"
#include "who.h"

typedef struct Question {
    ToolInput *in;
    const char *space; /* NULL: all */
    hwaddr address;
} Question;

/* ---- The question ----------------------------------------------------------------------- */

/* Returns the spaces that are asked, "memory" first. */
static GPtrArray *chosen_spaces(const Question *q)
{
    GPtrArray *chosen = g_ptr_array_new();

    for (guint i = 0; i < q->in->machine->spaces->len; i++) {
        MachineSpace *space = q->in->machine->spaces->pdata[i];
        if (!q->space || g_str_equal(space->name, q->space)) {
            bool first = g_str_equal(space->name, "memory");
            g_ptr_array_insert(chosen, first ? 0 : -1, space);
        }
    }
    return chosen;
}

static bool ask_tree(const Question *q, GError **error)
{
    g_autoptr(GPtrArray) spaces = chosen_spaces(q);

    if (!spaces->len) {
        return mtree_flat_fail_space(tool_views(q->in), q->in->rest[0], q->space, error);
    }
    who_tell_tree(&(WhoQuestion){ q->in->machine, q->in->map.tree->guessed, q->address }, spaces);
    return true;
}

static bool answer_question(Question *q, GError **error)
{
    g_autofree char *note = NULL;

    if (!address_parse(q->in->rest[1], &q->address, &note, error)) {
        return false;
    }
    if (note) {
        fprintf(stderr, "physmem: %s\n", note);
    }
    if (q->in->machine) {
        return ask_tree(q, error);
    }
    return who_tell_views(q->in->map.views, q->space, q->address) ||
           mtree_flat_fail_space(q->in->map.views, q->in->rest[0], q->space, error);
}

int tool_who(int argc, char **argv)
{
    ToolInput in = { 0 };
    g_autofree char *space = NULL;
    GError *error = NULL;
    const GOptionEntry more[] = {
        { "space", 's', 0, G_OPTION_ARG_STRING, &space, "Ask this address space only", "NAME" },
        G_OPTION_ENTRY_NULL,
    };

    if (!tool_options(&in, &argc, &argv, more, "FILE ADDRESS",
                      "Says which region answers at an address, and why.", 2, &error) ||
        !tool_open(&in, &error)) {
        return tool_give_up(&in, error);
    }
    Question q = { .in = &in, .space = space };
    if (!answer_question(&q, &error)) {
        return tool_give_up(&in, error);
    }
    tool_close(&in);
    return 0;
}
