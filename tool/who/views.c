/* SPDX-License-Identifier: MIT
 *
 * `physmem who` for views that were printed without a tree (who.h). They say which region answers,
 * and nothing of the way to it or of what is hidden.
 */
#include <stdio.h>

#include "who/who.h"

static void print_names(const FlatBlock *view, const char *space)
{
    g_autoptr(GPtrArray) names = mtree_flat_names(view);

    for (guint i = 0; !space && i < names->len; i++) {
        printf("%s%s", i ? ", " : "", (char *)names->pdata[i]);
    }
    printf("%s:\n", space ? space : "");
}

static void add_address(GString *out, const FlatBlock *view, hwaddr address)
{
    g_autoptr(GArray) pieces = who_pieces_of_view(view, address, address);
    const WhoPiece *piece = &g_array_index(pieces, WhoPiece, 0);

    g_string_append_printf(out, "  " TARGET_FMT_plx ": ", address);
    who_add_winner(out, piece);
    if (piece->name) {
        g_string_append(out,
                        "  the way is not known: there are views only, from \"info mtree -f\"\n");
    }
}

static void add_range(GString *out, const FlatBlock *view, hwaddr first, hwaddr last)
{
    g_autoptr(GArray) pieces = who_pieces_of_view(view, first, last);

    for (guint i = 0; i < pieces->len; i++) {
        who_add_piece(out, &g_array_index(pieces, WhoPiece, i));
    }
}

/* Adds the ranges in which a region of that name answers. */
static void add_name(GString *out, const FlatBlock *view, const char *name)
{
    for (guint i = 0; i < view->ranges->len; i++) {
        const FlatLine *range = &g_array_index(view->ranges, FlatLine, i);
        if (g_str_equal(range->name, name)) {
            add_range(out, view, range->start, range->last);
        }
    }
}

static void tell_view(const WhoQuestion *q, const FlatBlock *view, const char *space)
{
    GString *out = g_string_new(NULL);

    if (q->what == WHO_ADDRESS) {
        add_address(out, view, q->address);
    } else if (q->what == WHO_RANGE) {
        add_range(out, view, q->address, q->last);
    } else {
        add_name(out, view, q->name);
        if (out->len) {
            g_string_append(out, "  where it is hidden is not known: there are views only, from "
                                 "\"info mtree -f\"\n");
        }
    }
    if (out->len) {
        print_names(view, space);
    }
    fputs(out->str, stdout);
    g_string_free(out, TRUE);
}

void who_tell_views(const WhoQuestion *q, const MtreeFlat *views, const char *space)
{
    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        if (!space || mtree_flat_has_name(view, space)) {
            tell_view(q, view, space);
        }
    }
}
