/* SPDX-License-Identifier: MIT
 *
 * `physmem who FILE WHAT...`: says which region answers at an address, through which containers and
 * aliases it is visible there, and why other regions at the address do not answer; which regions
 * answer in a range; where a region is seen.
 *
 * The space that is asked is "memory", what the CPU sees. Spaces with the same answer are printed
 * together. This file finds the questions and the spaces; who/who.h answers.
 */
#include <stdio.h>

#include "terminal/progress.h"
#include "input/tool.h"
#include "who/who.h"

enum { PORTS = 65536 };

typedef struct WhoOptions {
    gboolean all;
} WhoOptions;

/* ---- The spaces ------------------------------------------------------------------------- */

/* Returns the spaces of that name, or all (NULL), "memory" first. */
static GPtrArray *spaces_named(const MtreeMachine *m, const char *name)
{
    GPtrArray *spaces = g_ptr_array_new();

    for (int others = 0; others < 2; others++) {
        for (guint i = 0; i < m->spaces->len; i++) {
            MachineSpace *space = m->spaces->pdata[i];
            if ((!name || g_str_equal(space->name, name)) &&
                g_str_equal(space->name, "memory") != others) {
                g_ptr_array_add(spaces, space);
            }
        }
    }
    return spaces;
}

/* Returns the name of the space to ask: that of --space or "memory". NULL: all, also if there is no
 * "memory". */
static const char *chosen_space(const ToolInput *in, const WhoOptions *o, const MtreeFlat *views)
{
    g_autoptr(GPtrArray) names = mtree_flat_all_names(views);

    if (in->space || o->all) {
        return in->space;
    }
    return g_ptr_array_find_with_equal_func(names, "memory", g_str_equal, NULL) ? "memory" : NULL;
}

/* ---- A frequent mistake ----------------------------------------------------------------- */

static char *winner_at(const MtreeFlat *views, const char *space, hwaddr address)
{
    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        if (mtree_flat_has_name(view, space)) {
            g_autoptr(GArray) pieces = who_pieces_of_view(view, address, address);
            return g_strdup(g_array_index(pieces, WhoPiece, 0).name);
        }
    }
    return NULL;
}

/* Who asks for the address of a port gets an answer about memory. */
static void hint_at_ports(const WhoQuestion *q, const MtreeFlat *views)
{
    g_autofree char *port = winner_at(views, "I/O", q->address);

    if (q->what == WHO_ADDRESS && q->address < PORTS && port && !g_str_equal(port, "io")) {
        fprintf(
            stderr,
            "physmem: this is the answer for memory; at I/O port 0x%x, %s answers: see -s I/O\n",
            (unsigned)q->address, port);
    }
}

/* ---- The command ------------------------------------------------------------------------ */

static void tell_tree(const WhoQuestion *q, const ToolInput *in, const char *space)
{
    g_autoptr(GPtrArray) spaces = spaces_named(in->machine, space);
    g_autoptr(GPtrArray) others = spaces_named(in->machine, in->space ? in->space : NULL);

    if (q->what == WHO_ADDRESS) {
        who_tell_address(q, spaces);
    } else if (q->what == WHO_RANGE) {
        who_tell_range(q, spaces);
    } else {
        who_tell_name(q, in->map.tree, spaces, others);
    }
}

static void tell(const WhoQuestion *q, ToolInput *in, const WhoOptions *o)
{
    const MtreeFlat *views = tool_views(in);
    const char *space = chosen_space(in, o, views);

    if (in->machine) {
        tell_tree(q, in, space);
    } else {
        progress_end();
        who_tell_views(q, views, q->what == WHO_NAME && !in->space ? NULL : space);
    }
    if (!in->space && !o->all) {
        hint_at_ports(q, views);
    }
}

static bool take_questions(ToolInput *in, GHashTable *bounds, GArray *questions, GError **error)
{
    g_autoptr(GHashTable) names = who_names(in->map.tree, in->map.views);
    const WhoQuestion start = { .machine = in->machine,
                                .guessed = in->machine && in->map.tree->guessed,
                                .bounds = bounds };

    for (char **what = in->rest + 1; *what; what++) {
        WhoQuestion q = start;
        if (!who_parse(*what, names, &q, error)) {
            return false;
        }
        g_array_append_val(questions, q);
    }
    return true;
}

static bool answer(ToolInput *in, gpointer options, GError **error)
{
    const WhoOptions *o = options;
    g_autoptr(GArray) questions = g_array_new(FALSE, FALSE, sizeof(WhoQuestion));
    g_autoptr(GHashTable) bounds = who_bounds_new();

    if (in->space && o->all) {
        g_set_error(error, MTREE_ERROR, 0, "expected --space or --all, not both");
        return false;
    }
    if (!tool_check_space(in, error) || !take_questions(in, bounds, questions, error)) {
        return false;
    }
    for (guint i = 0; i < questions->len; i++) {
        if (i) {
            putchar('\n');
        }
        progress_step("looking for the answer");
        tell(&g_array_index(questions, WhoQuestion, i), in, o);
    }
    progress_end();
    return true;
}

int tool_who(int argc, char **argv)
{
    WhoOptions o = { 0 };
    const GOptionEntry more[] = {
        { "all", 'a', 0, G_OPTION_ARG_NONE, &o.all, "Ask every address space", NULL },
        G_OPTION_ENTRY_NULL,
    };
    const ToolPlan plan = {
        .usage = "FILE WHAT...",
        .summary = "Says which region answers at an address, and why; which ones answer in a\n"
                   "range (START-END, START+SIZE); or where the region of a name is seen.\n\n"
                   "Examples:\n  physmem who map.txt 0xfee00000 0xa0000-0xfffff\n"
                   "  physmem who -s I/O map.txt 0x3f8",
        .least = 2,
        .most = UINT_MAX,
        .space = "Ask this address space, not \"memory\"",
        .more = more,
        .answer = answer,
        .options = &o,
    };

    return tool_run(&plan, argc, argv);
}
