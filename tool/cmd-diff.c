/* SPDX-License-Identifier: MIT
 *
 * `physmem diff A B`: prints what a guest would notice if its map changed from A to B, and which
 * regions caused it (diff.h).
 */
#include <stdio.h>

#include "diff.h"
#include "tool.h"

enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 };

/* ---- Changes ---------------------------------------------------------------------------- */

static const char *const words[] = {
    [DIFF_CAME] = "came",   [DIFF_WENT] = "went",       [DIFF_MOVED] = "moved",
    [DIFF_TAKEN] = "taken", [DIFF_SHIFTED] = "shifted", [DIFF_CHANGED] = "changed",
};

static void add_range(GString *out, const DiffRange *range, hwaddr address)
{
    const FlatLine *line = range->line;

    g_string_append_printf(out, "%s @" TARGET_FMT_plx " (%s%s)", line->name,
                           diff_offset(range, address), line->nonvolatile ? "nv-" : "",
                           mtree_kind_word(line->kind));
}

static void add_change(GString *out, const DiffChange *change)
{
    const DiffRange *a = change->before, *b = change->after;

    g_string_append_printf(out, "  " TARGET_FMT_plx "-" TARGET_FMT_plx " %s: ", change->start,
                           change->last, words[change->what]);
    add_range(out, a ? a : b, change->start);
    if (change->what == DIFF_MOVED) {
        g_string_append_printf(out, " -> " TARGET_FMT_plx "-" TARGET_FMT_plx, b->start, b->last);
    } else if (a && b) {
        g_string_append(out, " -> ");
        add_range(out, b, change->start);
    }
    g_string_append_c(out, '\n');
}

static void add_changes(GString *out, const DiffPair *pair, const DiffCauses *causes)
{
    g_autoptr(GArray) changes = diff_changes(pair);

    for (guint i = 0; i < changes->len; i++) {
        const DiffChange *change = &g_array_index(changes, DiffChange, i);
        g_autofree char *because = causes ? diff_causes_tell(causes, pair, change) : NULL;
        add_change(out, change);
        g_string_append(out, because ? because : "");
    }
}

static char *text_of(const DiffPair *pair, const DiffCauses *causes)
{
    GString *out = g_string_new(NULL);

    if (pair->before && pair->after) {
        g_string_append(out, ":\n");
        add_changes(out, pair, causes);
    } else {
        g_string_append_printf(out, ": only in %c\n", pair->before ? 'A' : 'B');
    }
    return g_string_free(out, FALSE);
}

static void print_names(const GQueue *pairs)
{
    const char *separator = "";

    for (const GList *link = pairs->head; link; link = link->next) {
        const DiffPair *pair = link->data;
        for (guint i = 0; i < pair->names->len; i++) {
            printf("%s%s", separator, (char *)pair->names->pdata[i]);
            separator = ", ";
        }
    }
}

/* ---- The command ------------------------------------------------------------------------ */

static bool is_different(const DiffPair *pair)
{
    return !pair->before || !pair->after ||
           !g_str_equal(pair->before->content, pair->after->content);
}

/* Prints the pairs that have the same changes together. Returns whether there is a difference. */
static bool print_pairs(const GPtrArray *pairs, const DiffCauses *causes)
{
    g_autoptr(GHashTable) by_text = diff_table();
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < pairs->len; i++) {
        DiffPair *pair = pairs->pdata[i];
        if (is_different(pair)) {
            char *text = text_of(pair, causes);
            diff_push(by_text, text, pair);
            g_ptr_array_add(texts, text);
        }
    }
    for (guint i = 0; i < texts->len; i++) {
        GQueue *same = g_hash_table_lookup(by_text, texts->pdata[i]);
        if (same->length) {
            print_names(same);
            fputs(texts->pdata[i], stdout);
            g_queue_clear(same);
        }
    }
    return texts->len;
}

static bool print_difference(const GPtrArray *pairs, const ToolInput *a, const ToolInput *b)
{
    bool trees = a->machine && b->machine;
    DiffCauses *causes = trees ? diff_causes_new(a->map.tree, b->map.tree) : NULL;
    bool any = print_pairs(pairs, causes);

    if (causes) {
        if (diff_ways_gave_up(causes->ways_a) || diff_ways_gave_up(causes->ways_b)) {
            fputs("physmem: not all causes are known: there are too many ways\n", stderr);
        }
        diff_causes_free(causes);
    }
    if (any && !trees) {
        fprintf(stderr, "physmem: %s: causes are not known: there are views only\n",
                (a->machine ? b : a)->rest[0]);
    }
    return any;
}

static bool has_space(const MtreeFlat *views, const char *space)
{
    g_autoptr(GPtrArray) names = mtree_flat_all_names(views);

    return g_ptr_array_find_with_equal_func(names, space, g_str_equal, NULL);
}

static int compare(ToolInput *a, ToolInput *b, const char *space, GError **error)
{
    const MtreeFlat *flat_a = tool_views(a), *flat_b = tool_views(b);

    if (space && !has_space(flat_a, space) && !has_space(flat_b, space)) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected the name of an address space of %s or %s, not \"%s\"", a->rest[0],
                    b->rest[0], space);
        return TROUBLE;
    }
    g_autoptr(GPtrArray) views_a = diff_views(flat_a), views_b = diff_views(flat_b);
    g_autoptr(GPtrArray) pairs = diff_pairs(views_a, views_b, space);

    return print_difference(pairs, a, b) ? DIFFERENT : SAME;
}

static const char summary[] =
    "Prints what a guest would notice if its memory map changed from A to B, and why.\n"
    "A and B have the output of \"info mtree\" or \"info mtree -f\", or both.\n"
    "\n"
    "Examples:\n"
    "  physmem diff before.txt after.txt\n"
    "  physmem diff -s memory old.txt new.txt >/dev/null || echo \"the guest would notice\"\n"
    "\n"
    "The exit status is 0 if a guest would notice nothing, 1 if it would, 2 after an error.";

int tool_diff(int argc, char **argv)
{
    ToolInput a = { .two = true }, b = { 0 };
    g_autofree char *space = NULL;
    GError *error = NULL;
    const GOptionEntry more[] = {
        { "space", 's', 0, G_OPTION_ARG_STRING, &space, "Compare this address space only",
          "NAME" },
        G_OPTION_ENTRY_NULL,
    };
    int status = TROUBLE;

    if (tool_options(&a, &argc, &argv, more, "A B", summary, 2, &error) && tool_open(&a, &error) &&
        tool_open_second(&a, &b, &error)) {
        status = compare(&a, &b, space, &error);
    }
    tool_close(&b);
    if (error) {
        tool_give_up(&a, error);
    } else {
        tool_close(&a);
    }
    return status;
}
