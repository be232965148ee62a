/* SPDX-License-Identifier: MIT
 *
 * `physmem flat FILE`: prints, for every address space of FILE, the ranges and the region that
 * answers in each, in the form of `info mtree -f`; on request with sizes, holes and owners, which
 * that form does not have. The lookup structure is the library's, and so is the text with it.
 */
#include <stdio.h>

#include "terminal/address.h"
#include "input/tool.h"

typedef struct FlatOptions {
    const char *space; /* NULL: all */
    gboolean sizes;
    gboolean holes;
    gboolean owners;
    gboolean nodes;
} FlatOptions;

/* ---- Printing --------------------------------------------------------------------------- */

static void print_extent(const FlatOptions *o, hwaddr start, hwaddr last)
{
    printf("  " TARGET_FMT_plx "-" TARGET_FMT_plx " ", start, last);
    if (o->sizes) {
        g_autofree char *size = address_size_text((Int128)last - start + 1);
        printf("%8s ", size);
    }
}

static void print_range(const FlatOptions *o, const FlatLine *range)
{
    print_extent(o, range->start, range->last);
    printf("(prio %d, %s%s): %s", range->priority, range->nonvolatile ? "nv-" : "",
           mtree_kind_word(range->kind), range->name);
    if (range->offset) {
        printf(" @" TARGET_FMT_plx, range->offset);
    }
    puts(o->owners && range->owner ? range->owner : "");
}

/* Prints the hole in front of a range, or behind the last one (NULL). */
static void print_hole(const FlatOptions *o, Int128 begin, const FlatLine *range)
{
    Int128 end = range ? range->start : int128_2_64();

    if (o->holes && begin < end) {
        print_extent(o, (hwaddr)begin, (hwaddr)(end - 1));
        puts("(hole)");
    }
}

static void print_ranges(const FlatOptions *o, const GArray *ranges)
{
    Int128 begin = 0;

    for (guint i = 0; i < ranges->len; i++) {
        const FlatLine *range = &g_array_index(ranges, FlatLine, i);
        print_hole(o, begin, range);
        print_range(o, range);
        begin = (Int128)range->last + 1;
    }
    print_hole(o, begin, NULL);
}

static void print_view(const FlatOptions *o, const FlatBlock *view, guint number)
{
    printf("FlatView #%u\n", number);
    for (guint i = 0; i < view->spaces->len; i++) {
        printf(" AS %s\n", (char *)view->spaces->pdata[i]);
    }
    printf(" Root memory region: %s\n", view->root ? view->root : "(not said)");
    if (!view->ranges->len) {
        puts("  No rendered FlatView");
    }
    print_ranges(o, view->ranges);
    putchar('\n');
}

static bool print_views(const FlatOptions *o, const MtreeFlat *views)
{
    bool any = false;

    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        if (!o->space || mtree_flat_has_name(view, o->space)) {
            print_view(o, view, i);
            any = true;
        }
    }
    return any || !o->space;
}

/* ---- The command ------------------------------------------------------------------------ */

static bool print_nodes(const FlatOptions *o, const ToolInput *in, GError **error)
{
    if (!in->machine) {
        g_propagate_error(error, load_no_tree(in->rest[0]));
        return false;
    }
    if (o->space || o->sizes || o->holes || o->owners) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected --nodes without --space, --human, --holes and --owner: the lookup "
                    "structure is printed for all spaces, in one form");
        return false;
    }
    machine_print_views(in->machine, stdout, true);
    return true;
}

static bool answer(ToolInput *in, gpointer options, GError **error)
{
    FlatOptions *o = options;

    o->space = in->space;
    if (o->nodes) {
        return print_nodes(o, in, error);
    }
    const MtreeFlat *views = tool_views(in);
    return print_views(o, views) || mtree_flat_fail_space(views, in->rest[0], o->space, error);
}

int tool_flat(int argc, char **argv)
{
    FlatOptions o = { 0 };
    const GOptionEntry more[] = {
        { "human", 'h', 0, G_OPTION_ARG_NONE, &o.sizes, "Print the size of each range", NULL },
        { "holes", 0, 0, G_OPTION_ARG_NONE, &o.holes, "Print where nothing answers, too", NULL },
        { "owner", 'o', 0, G_OPTION_ARG_NONE, &o.owners, "Print owners, if FILE has them", NULL },
        { "nodes", 'd', 0, G_OPTION_ARG_NONE, &o.nodes, "Print the lookup structure too", NULL },
        G_OPTION_ENTRY_NULL,
    };
    const ToolPlan plan = {
        .usage = "FILE",
        .summary = "Prints which region answers where, for every address space.\n\nExamples:\n"
                   "  physmem flat -h --holes -s memory map.txt\n"
                   "  physmem flat --flat views.txt map.txt | diff views.txt -",
        .least = 1,
        .most = 1,
        .space = "Print this address space only",
        .more = more,
        .answer = answer,
        .options = &o,
    };

    return tool_run(&plan, argc, argv);
}
