/* SPDX-License-Identifier: MIT
 *
 * The guesses without which the answer of `physmem who` might be another (who.h). A guess about
 * something that ranks below the winner changes nothing and is not named, except that it is ranked
 * below by a guess.
 */
#include "who/who.h"

typedef struct Telling {
    const WhoQuestion *q;
    GString *out;
    GHashTable *told; /* lines whose guess is in 'out' */
} Telling;

/* A container that would answer, if it were none. */
static bool is_guessed_container(const WhoQuestion *q, const MtreeHit *hit)
{
    const MtreeLine *line = mtree_hit_line(hit);

    return q->guessed && line->container && line->parent && line->number && !line->says_container;
}

static void add_targets(Telling *t, const MtreeHit *hit)
{
    for (guint i = 0; i < hit->chain->len; i++) {
        MtreeLine *line = hit->chain->pdata[i];
        if (line->is_alias && line->guessed_target && g_hash_table_add(t->told, line)) {
            g_string_append_printf(
                t->out,
                "  a guess: line %u (%s) shows the %s of line %u, one of several of that name\n",
                line->number, line->name, line->target_name, line->target->number);
        }
    }
}

static void add_container(Telling *t, const MtreeHit *hit)
{
    MtreeLine *line = mtree_hit_line(hit);

    if (is_guessed_container(t->q, hit) && g_hash_table_add(t->told, line)) {
        g_string_append_printf(
            t->out, "  a guess: line %u (%s) is a pure container; if not, it answers here\n",
            line->number, line->name);
    }
}

/* Adds the guess that the winner is in front of a way that ranks below it. */
static void add_order(Telling *t, const MtreeHit *winner, const MtreeHit *loser)
{
    guint fork = who_fork(winner, loser);

    if (fork == winner->chain->len || fork == loser->chain->len ||
        mtree_hit_line(loser)->container) {
        return;
    }
    const MtreeLine *front = winner->chain->pdata[fork];
    MtreeLine *behind = loser->chain->pdata[fork];
    if (who_order_is_guess(t->q, front, behind) && g_hash_table_add(t->told, behind)) {
        g_string_append_printf(t->out,
                               "  a guess: line %u (%s) is in front of line %u (%s), which has "
                               "the same priority; if not, %s answers here\n",
                               front->number, front->name, behind->number, behind->name,
                               mtree_hit_line(loser)->name);
    }
}

static void add_unknown(Telling *t, const MtreeHit *winner)
{
    if (mtree_hit_line(winner)->unknown) {
        g_string_append_printf(
            t->out, "  a guess: the text does not have %s, so what is here is not known\n",
            mtree_hit_line(winner)->name);
    }
}

/* 'hits' are in the order of their ranks. */
static void add_guesses(Telling *t, const GPtrArray *hits, const MtreeHit *winner)
{
    const MtreeHit *found = NULL;

    for (guint i = 0; i < hits->len; i++) {
        const MtreeHit *hit = hits->pdata[i];
        if (hit->disabled || hit->clipper) {
            continue;
        }
        if (found) {
            add_order(t, found, hit);
            continue;
        }
        add_targets(t, hit);
        add_container(t, hit);
        if (winner && mtree_hit_line(hit) == mtree_hit_line(winner) &&
            hit->offset == winner->offset) {
            found = hit;
        }
    }
}

char *who_guesses(const WhoQuestion *q, MtreeLine *root, const MtreeHit *winner)
{
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) hits = mtree_hits(root, q->address, false);
    Telling t = { q, g_string_new(NULL), told };

    add_guesses(&t, hits, winner);
    if (winner) {
        add_unknown(&t, winner);
    }
    return g_string_free(t.out, FALSE);
}
