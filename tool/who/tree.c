/* SPDX-License-Identifier: MIT
 *
 * `physmem who` for one address of a tree (who.h). The library says which region answers. The way
 * and the reasons come from the printed tree, so that they name lines of the user's file.
 */
#include <stdio.h>

#include "who/who.h"

/* The library's answer for one address of one space, and what the tree says of it. */
typedef struct Answer {
    WhoPiece piece;
    MtreeLine *root;
    MtreeLine *key;         /* where the view begins; NULL: it is empty */
    GPtrArray *hits;        /* all ways to the address */
    const MtreeHit *winner; /* the way to what answers; NULL: nothing does */
} Answer;

const MtreeHit *who_winner(const GPtrArray *hits, const WhoPiece *piece)
{
    for (guint i = 0; i < hits->len; i++) {
        const MtreeHit *hit = hits->pdata[i];
        if (!hit->disabled && !hit->clipper && mtree_hit_line(hit) == piece->line &&
            hit->offset == piece->offset) {
            return hit;
        }
    }
    return NULL;
}

static Answer ask(const WhoQuestion *q, const MachineSpace *space)
{
    g_autoptr(GArray) pieces = who_pieces_of_space(q->machine, space, q->address, q->address);
    Answer answer = { .piece = g_array_index(pieces, WhoPiece, 0),
                      .root = mtree_real(space->block->root),
                      .key = mtree_key(space->block->root) };

    answer.hits = mtree_hits(answer.key ? answer.key : answer.root, q->address, true);
    answer.winner = who_winner(answer.hits, &answer.piece);
    return answer;
}

/* ---- The way ---------------------------------------------------------------------------- */

static void add_step(GString *out, const MtreeLine *line)
{
    if (line->number) {
        g_string_append_printf(out, "    line %-5u ", line->number);
    } else {
        g_string_append(out, "    no line    ");
    }
    g_string_append_printf(out, TARGET_FMT_plx "-" TARGET_FMT_plx " (prio %d, %s): %s",
                           line->start, (hwaddr)(line->start + (hwaddr)(line->size - 1)),
                           line->priority, who_kind_word(line), line->name);
    if (line->is_alias) {
        g_string_append_printf(out, ", an alias of %s from " TARGET_FMT_plx " on",
                               line->target_name, line->from);
    }
    g_string_append_printf(out, "%s%s\n", line->readonly ? ", read-only" : "",
                           line->nonvolatile ? ", nv" : "");
}

/* Adds the first part of the way, from a space's root to the region where its view begins. Each
 * region on it only shows all of the next one. */
static void add_passed_over(GString *out, MtreeLine *root, const MtreeLine *key)
{
    g_autoptr(GPtrArray) way = g_ptr_array_new();
    MtreeLine *line = root;

    while (line != key) {
        g_ptr_array_add(way, line);
        line = line->is_alias ? mtree_target(line) : mtree_only_child(line);
    }
    for (guint i = way->len; i-- > 0;) {
        add_step(out, way->pdata[i]);
    }
}

static void add_way(GString *out, const Answer *answer)
{
    const GPtrArray *chain = answer->winner->chain;

    g_string_append(out, "  by this way, innermost first:\n");
    for (guint i = chain->len; i-- > 0;) {
        add_step(out, chain->pdata[i]);
    }
    add_passed_over(out, answer->root, answer->key);
}

/* ---- The others ------------------------------------------------------------------------- */

static bool is_loser(const Answer *answer, const MtreeHit *hit)
{
    return hit != answer->winner && !mtree_hit_line(hit)->container &&
           (answer->winner || hit->disabled || hit->clipper);
}

static void add_losers(GString *out, const WhoQuestion *q, const Answer *answer)
{
    const char *title = "  also there:\n";

    for (guint i = 0; i < answer->hits->len; i++) {
        const MtreeHit *hit = answer->hits->pdata[i];
        const MtreeLine *line = mtree_hit_line(hit);
        if (is_loser(answer, hit)) {
            g_string_append_printf(out,
                                   "%s    line %-5u %s @" TARGET_FMT_plx " (prio %d, %s): ", title,
                                   line->number, line->name, hit->offset, line->priority,
                                   who_kind_word(line));
            who_add_reason(out, q, hit, answer->winner);
            title = "";
        }
    }
}

/* ---- Telling ---------------------------------------------------------------------------- */

static char *explain(const WhoQuestion *q, const Answer *answer)
{
    GString *out = g_string_new(NULL);
    g_autofree char *guesses = who_guesses(q, answer->root, answer->winner);

    g_string_append_printf(out, "  " TARGET_FMT_plx ": ", q->address);
    who_add_winner(out, &answer->piece);
    if (answer->winner) {
        add_way(out, answer);
    }
    add_losers(out, q, answer);
    g_string_append(out, guesses);
    return g_string_free(out, FALSE);
}

/* Returns what makes answers of two spaces the same: the region, the offset, the guesses. */
static char *sameness(const WhoQuestion *q, const Answer *answer)
{
    g_autofree char *guesses = who_guesses(q, answer->root, answer->winner);

    return g_strdup_printf("%p %" G_GINT64_MODIFIER "x %s", (void *)answer->piece.line,
                           answer->piece.offset, guesses);
}

/* Returns the text of the first space whose answer is the same. */
static char *text_of(const WhoQuestion *q, const MachineSpace *space, gpointer data)
{
    GHashTable *texts = data;
    Answer answer = ask(q, space);
    char *key = sameness(q, &answer);
    char *text = g_hash_table_lookup(texts, key);

    if (text) {
        g_free(key);
    } else {
        text = explain(q, &answer);
        g_hash_table_insert(texts, key, text);
    }
    g_ptr_array_unref(answer.hits);
    return g_strdup(text);
}

void who_tell_address(const WhoQuestion *q, const GPtrArray *spaces)
{
    g_autoptr(GHashTable) texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    who_tell_texts(q, spaces, text_of, texts);
}
