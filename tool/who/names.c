/* SPDX-License-Identifier: MIT
 *
 * `physmem who` for the name of a region of a tree (who.h): where the region is seen, and by what
 * it is hidden elsewhere. A container or an alias answers nothing itself; what answers inside it is
 * told in its place.
 */
#include <stdio.h>

#include "terminal/progress.h"
#include "who/who.h"

/* ---- One piece of a window -------------------------------------------------------------- */

static bool leads_through(const MtreeHit *hit, const MtreeLine *line)
{
    return g_ptr_array_find(hit->chain, line, NULL);
}

/* Returns the way that ranks highest of those through the region; NULL if there is none. */
static const MtreeHit *way_through(const GPtrArray *hits, const MtreeLine *line)
{
    for (guint i = 0; i < hits->len; i++) {
        if (leads_through(hits->pdata[i], line)) {
            return hits->pdata[i];
        }
    }
    return NULL;
}

static void add_seen(GString *out, const MtreeLine *line, const WhoPiece *piece)
{
    if (piece->line == line) {
        g_string_append_printf(out, "seen, from @" TARGET_FMT_plx " on\n", piece->offset);
    } else {
        g_string_append(out, "shows ");
        who_add_winner(out, piece);
    }
}

static void add_hidden(GString *out, const WhoQuestion *q, const WhoPiece *piece,
                       const MtreeHit *loser, const MtreeHit *winner)
{
    g_string_append_printf(out, "hidden by %s (line %u)", piece->name, piece->number);
    if (loser && winner) {
        g_string_append(out, ", ");
        who_add_rank(out, q, loser, winner);
    } else {
        g_string_append_c(out, '\n');
    }
}

static void add_piece(GString *out, const WhoQuestion *q, MtreeLine *root, const MtreeLine *line,
                      const WhoPiece *piece)
{
    g_autoptr(GPtrArray) hits = mtree_hits(root, piece->first, false);
    const MtreeHit *winner = who_winner(hits, piece);

    g_string_append_printf(out, "  " TARGET_FMT_plx "-" TARGET_FMT_plx ": ", piece->first,
                           piece->last);
    if (!piece->line) {
        g_string_append(out, "nothing answers\n");
    } else if (piece->line == line || (winner && leads_through(winner, line))) {
        add_seen(out, line, piece);
    } else {
        add_hidden(out, q, piece, way_through(hits, line), winner);
    }
    who_add_guesses(out, piece);
}

/* ---- One region ------------------------------------------------------------------------- */

/* Returns where the region is in the space. */
static char *text_of(const WhoQuestion *q, const MachineSpace *space, gpointer data)
{
    const MtreeLine *line = data;
    MtreeLine *root = mtree_real(space->block->root);
    g_autoptr(GArray) windows = mtree_windows(root, line);
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < windows->len; i++) {
        const MtreeWindow *window = &g_array_index(windows, MtreeWindow, i);
        g_autoptr(GArray) pieces = who_parts(q, space, window->first, window->last);
        for (guint j = 0; j < pieces->len; j++) {
            add_piece(out, q, root, line, &g_array_index(pieces, WhoPiece, j));
        }
    }
    return g_string_free(out, FALSE);
}

static GPtrArray *spaces_with(const GPtrArray *spaces, const MtreeLine *line)
{
    GPtrArray *with = g_ptr_array_new();
    g_autoptr(GHashTable) roots =
        g_hash_table_new(NULL, NULL); /* line -> whether it has windows */

    for (guint i = 0; i < spaces->len; i++) {
        MtreeLine *root = mtree_real(((MachineSpace *)spaces->pdata[i])->block->root);
        gpointer known;
        if (!g_hash_table_lookup_extended(roots, root, NULL, &known)) {
            g_autoptr(GArray) windows = mtree_windows(root, line);
            known = GINT_TO_POINTER(windows->len > 0);
            g_hash_table_insert(roots, root, known);
        }
        if (known) {
            g_ptr_array_add(with, spaces->pdata[i]);
        }
    }
    return with;
}

/* ---- Why not ---------------------------------------------------------------------------- */

/* Returns the innermost line, from the region up, without which it could be seen. */
static void tell_obstacle(const MtreeLine *line)
{
    for (const MtreeLine *up = line; up; up = up->parent) {
        if (up->disabled || up->empty) {
            printf("  nowhere: %s (line %u) is %s\n", up->name, up->number,
                   up->disabled ? "disabled" : "empty");
            return;
        }
        if (up->parent && up->offset >= up->parent->size) {
            printf("  nowhere: it lies beyond the end of %s (line %u)\n", up->parent->name,
                   up->parent->number);
            return;
        }
    }
    printf("  nowhere: no alias shows this part of %s (line %u)\n", line->block->root->name,
           line->block->root->number);
}

static void tell_region(const WhoQuestion *q, MtreeLine *line, const GPtrArray *spaces,
                        const GPtrArray *others)
{
    g_autoptr(GPtrArray) with = spaces_with(spaces, line);

    if (!with->len) {
        g_ptr_array_unref(with);
        with = spaces_with(others, line);
    }
    progress_end();
    printf("%s (%s%s, line %u)\n", line->name, line->is_alias ? "alias of " : "",
           line->is_alias ? line->target_name : who_kind_word(line), line->number);
    if (with->len) {
        who_tell_texts(q, with, text_of, line);
    } else {
        tell_obstacle(line);
    }
}

void who_tell_name(const WhoQuestion *q, const Mtree *t, const GPtrArray *spaces,
                   const GPtrArray *others)
{
    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (!line->twin && g_str_equal(line->name, q->name)) {
            tell_region(q, line, spaces, others);
        }
    }
}
