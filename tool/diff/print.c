/* SPDX-License-Identifier: MIT
 *
 * Writes as text what diff.h finds between two maps. The commands diff and watch print it.
 */
#include "diff/diff.h"

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

static char *text_of(const DiffReport *report, const DiffPair *pair, const DiffCauses *causes)
{
    GString *out = g_string_new(NULL);

    if (pair->before && pair->after) {
        g_string_append(out, ":\n");
        add_changes(out, pair, causes);
    } else {
        g_string_append_printf(out, ": %s\n",
                               pair->before ? report->only_before : report->only_after);
    }
    return g_string_free(out, FALSE);
}

static void add_names(GString *out, const GQueue *pairs)
{
    const char *separator = "";

    for (const GList *link = pairs->head; link; link = link->next) {
        const DiffPair *pair = link->data;
        for (guint i = 0; i < pair->names->len; i++) {
            g_string_append_printf(out, "%s%s", separator, (char *)pair->names->pdata[i]);
            separator = ", ";
        }
    }
}

/* ---- The report ------------------------------------------------------------------------- */

static bool is_different(const DiffPair *pair)
{
    return !pair->before || !pair->after ||
           !g_str_equal(pair->before->content, pair->after->content);
}

/* Adds the pairs that have the same changes together. */
static void add_pairs(GString *out, const DiffReport *report, const GPtrArray *pairs,
                      const DiffCauses *causes)
{
    g_autoptr(GHashTable) by_text = diff_table();
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < pairs->len; i++) {
        DiffPair *pair = pairs->pdata[i];
        if (is_different(pair)) {
            char *text = text_of(report, pair, causes);
            diff_push(by_text, text, pair);
            g_ptr_array_add(texts, text);
        }
    }
    for (guint i = 0; i < texts->len; i++) {
        GQueue *same = g_hash_table_lookup(by_text, texts->pdata[i]);
        if (same->length) {
            add_names(out, same);
            g_string_append(out, texts->pdata[i]);
            g_queue_clear(same);
        }
    }
}

char *diff_report(const DiffReport *report, bool *gave_up)
{
    DiffCauses *causes =
        report->tree_a && report->tree_b ? diff_causes_new(report->tree_a, report->tree_b) : NULL;
    g_autoptr(GPtrArray) before = diff_views(report->views_a);
    g_autoptr(GPtrArray) after = diff_views(report->views_b);
    g_autoptr(GPtrArray) pairs = diff_pairs(before, after, report->space);
    GString *out = g_string_new(NULL);

    add_pairs(out, report, pairs, causes);
    *gave_up = causes && (diff_ways_gave_up(causes->ways_a) || diff_ways_gave_up(causes->ways_b));
    if (causes) {
        diff_causes_free(causes);
    }
    return g_string_free(out, FALSE);
}
