/* SPDX-License-Identifier: MIT
 *
 * Says which regions caused a change (diff.h): on the two ways to what answers, before and after,
 * those that are in one tree only, or that differ. If there is none, the ways part at two regions
 * of one container whose order is another.
 */
#include <string.h>

#include "diff/diff.h"

DiffCauses *diff_causes_new(const Mtree *a, const Mtree *b)
{
    DiffCauses *causes = g_new0(DiffCauses, 1);

    *causes = (DiffCauses){ a, b, diff_lines_new(a, b), diff_ways_new(a), diff_ways_new(b) };
    return causes;
}

void diff_causes_free(DiffCauses *causes)
{
    diff_lines_free(causes->lines);
    diff_ways_free(causes->ways_a);
    diff_ways_free(causes->ways_b);
    g_free(causes);
}

/* ---- Regions that differ ---------------------------------------------------------------- */

static void add_difference(GString *out, const MtreeLine *a, const MtreeLine *b, bool answers)
{
    g_autofree char *changes = diff_line_changes(a, b, answers);
    g_autofree char *text = changes ? g_strdup_printf("    because of %s (A:%u, B:%u): %s\n",
                                                      a->name, a->number, b->number, changes)
                                    : NULL;

    if (text && !strstr(out->str, text)) { /* both ways may have it */
        g_string_append(out, text);
    }
}

/* Tells of the regions on a way, from the outermost in, up to one that the other tree lacks: all
 * that is inside came or went with it. */
static void tell_way(GString *out, const GPtrArray *way, GHashTable *partners, bool before)
{
    for (guint i = way ? way->len : 0; i-- > 0;) {
        const MtreeLine *line = way->pdata[i];
        const MtreeLine *partner = g_hash_table_lookup(partners, line);
        if (!partner) {
            g_string_append_printf(out, "    because of %s (%c:%u): not in %c\n", line->name,
                                   before ? 'A' : 'B', line->number, before ? 'B' : 'A');
            return;
        }
        add_difference(out, before ? line : partner, before ? partner : line, i == 0);
    }
}

/* ---- Order ------------------------------------------------------------------------------ */

static void tell_order(GString *out, const DiffCauses *causes, const GPtrArray *before,
                       const GPtrArray *after)
{
    guint n = MIN(before->len, after->len), i = 1;
    bool guess = causes->a->guessed || causes->b->guessed;

    while (i <= n && g_hash_table_lookup(causes->lines->after, before->pdata[before->len - i]) ==
                         after->pdata[after->len - i]) {
        i++;
    }
    if (i > n) {
        return;
    }
    const MtreeLine *a = before->pdata[before->len - i], *b = after->pdata[after->len - i];
    if (a->priority == b->priority) {
        g_string_append_printf(out,
                               "    because of the order of %s (A:%u) and %s (B:%u), which have "
                               "one priority%s\n",
                               a->name, a->number, b->name, b->number, guess ? " (a guess)" : "");
    }
}

char *diff_causes_tell(const DiffCauses *causes, const DiffPair *pair, const DiffChange *change)
{
    bool moved = change->what == DIFF_MOVED;
    GString *out = g_string_new(NULL);
    g_autoptr(GPtrArray) before = NULL;
    g_autoptr(GPtrArray) after = NULL;

    if (change->before) {
        before = diff_way(causes->ways_a, pair->names->pdata[0], change->before, change->start);
    }
    if (change->after) {
        after = diff_way(causes->ways_b, pair->name_after, change->after,
                         moved ? change->after->start : change->start);
    }
    tell_way(out, before, causes->lines->after, true);
    tell_way(out, after, causes->lines->before, false);
    if (!out->len && before && after && !moved) {
        tell_order(out, causes, before, after);
    }
    return g_string_free(out, FALSE);
}
