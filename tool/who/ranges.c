/* SPDX-License-Identifier: MIT
 *
 * `physmem who` for a range of addresses of a tree (who.h): which region answers in each part of
 * it. Ways and reasons are told for single addresses only; guesses are told here, too.
 */
#include "who/who.h"

/* ---- Guesses ---------------------------------------------------------------------------- */

static char *guesses_at(const WhoQuestion *q, MtreeLine *root, const WhoPiece *piece)
{
    WhoQuestion at = *q;
    g_autoptr(GPtrArray) hits = mtree_hits(root, piece->first, false);

    at.address = piece->first;
    return who_guesses(&at, root, who_winner(hits, piece));
}

static bool goes_on(const WhoPiece *a, const WhoPiece *b)
{
    return a->line == b->line && g_strcmp0(a->guesses, b->guesses) == 0 &&
           (!a->line || b->offset - a->offset == b->first - a->first);
}

/* Adds a part to the last piece, if it only goes on there. */
static void add_part(GArray *pieces, WhoPiece part)
{
    WhoPiece *last = pieces->len ? &g_array_index(pieces, WhoPiece, pieces->len - 1) : NULL;

    if (last && goes_on(last, &part)) {
        last->last = part.last;
        g_free(part.guesses);
    } else {
        g_array_append_val(pieces, part);
    }
}

/* Cuts a piece where regions begin or end, because the guesses may change there. */
static void add_parts(GArray *pieces, const WhoQuestion *q, MtreeLine *root, WhoPiece piece,
                      const GArray *bounds, guint *next)
{
    while (piece.first <= piece.last) {
        WhoPiece part = piece;
        while (*next < bounds->len && g_array_index(bounds, hwaddr, *next) <= piece.first) {
            ++*next;
        }
        if (*next < bounds->len) {
            part.last = MIN(piece.last, g_array_index(bounds, hwaddr, *next) - 1);
        }
        part.guesses = guesses_at(q, root, &part);
        add_part(pieces, part);
        if (part.last == piece.last) {
            return;
        }
        piece.offset += part.last + 1 - piece.first;
        piece.first = part.last + 1;
    }
}

GHashTable *who_bounds_new(void)
{
    return g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
}

/* The same bounds are asked for again and again, if many regions have one name. */
static const GArray *bounds_of(const WhoQuestion *q, MtreeLine *root)
{
    GArray *bounds = g_hash_table_lookup(q->bounds, root);

    if (!bounds) {
        bounds = mtree_bounds(root);
        g_hash_table_insert(q->bounds, root, bounds);
    }
    return bounds;
}

/* Returns the index of the first bound above an address. */
static guint first_above(const GArray *bounds, hwaddr address)
{
    guint low = 0, high = bounds->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(bounds, hwaddr, middle) <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* ---- Telling ---------------------------------------------------------------------------- */

GArray *who_parts(const WhoQuestion *q, const MachineSpace *space, hwaddr first, hwaddr last)
{
    MtreeLine *root = mtree_real(space->block->root);
    g_autoptr(GArray) plain = who_pieces_of_space(q->machine, space, first, last);
    const GArray *bounds = bounds_of(q, root);
    GArray *pieces = who_pieces_new();
    guint next = first_above(bounds, first);

    for (guint i = 0; i < plain->len; i++) {
        add_parts(pieces, q, root, g_array_index(plain, WhoPiece, i), bounds, &next);
    }
    return pieces;
}

static char *text_of(const WhoQuestion *q, const MachineSpace *space, gpointer data)
{
    g_autoptr(GArray) pieces = who_parts(q, space, q->address, q->last);
    GString *out = g_string_new(NULL);

    (void)data;
    for (guint i = 0; i < pieces->len; i++) {
        who_add_piece(out, &g_array_index(pieces, WhoPiece, i));
    }
    return g_string_free(out, FALSE);
}

void who_tell_range(const WhoQuestion *q, const GPtrArray *spaces)
{
    who_tell_texts(q, spaces, text_of, NULL);
}
