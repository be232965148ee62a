/* SPDX-License-Identifier: MIT
 *
 * The guesses without which the answer of `physmem who` might be another (who.h). A guess about
 * something that ranks below the winner changes nothing and is not named.
 */
#include "who.h"

/* A container that would answer, if it were none. */
static bool is_guessed_container(const WhoQuestion *q, const MtreeHit *hit)
{
    const MtreeLine *line = mtree_hit_line(hit);

    return q->guessed && line->container && line->parent && line->number && !line->says_container;
}

static void add_targets(GString *out, const MtreeHit *hit, GHashTable *told)
{
    for (guint i = 0; i < hit->chain->len; i++) {
        MtreeLine *line = hit->chain->pdata[i];
        if (line->is_alias && line->guessed_target && g_hash_table_add(told, line)) {
            g_string_append_printf(
                out,
                "  a guess: line %u (%s) shows the %s of line %u, one of several of that name\n",
                line->number, line->name, line->target_name, line->target->number);
        }
    }
}

char *who_guesses(const WhoQuestion *q, MtreeLine *root, const MtreeHit *winner)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) hits = mtree_hits(root, q->address, false);
    bool last = false;

    for (guint i = 0; i < hits->len && !last; i++) {
        const MtreeHit *hit = hits->pdata[i];
        last = winner && mtree_hit_line(hit) == mtree_hit_line(winner) &&
               hit->offset == winner->offset;
        if (hit->disabled || hit->clipper) {
            continue;
        }
        add_targets(out, hit, told);
        if (is_guessed_container(q, hit) && g_hash_table_add(told, mtree_hit_line(hit))) {
            g_string_append_printf(
                out, "  a guess: line %u (%s) is a pure container; if not, it answers here\n",
                mtree_hit_line(hit)->number, mtree_hit_line(hit)->name);
        }
    }
    if (winner && mtree_hit_line(winner)->unknown) {
        g_string_append_printf(
            out, "  a guess: the text does not have %s, so what is here is not known\n",
            mtree_hit_line(winner)->name);
    }
    return g_string_free(out, FALSE);
}
