/* SPDX-License-Identifier: MIT
 *
 * A range of addresses, cut into pieces with one answer each (who.h): from the library's view of a
 * space, or from a view that was printed. Holes are pieces, too.
 */
#include "who/who.h"

typedef struct Cutting {
    const MtreeMachine *machine;
    hwaddr first, last;
    Int128 done; /* up to here, exclusive, all is in pieces */
    GArray *pieces;
} Cutting;

static void piece_clear(gpointer data)
{
    g_free(((WhoPiece *)data)->guesses);
}

GArray *who_pieces_new(void)
{
    GArray *pieces = g_array_new(FALSE, FALSE, sizeof(WhoPiece));

    g_array_set_clear_func(pieces, piece_clear);
    return pieces;
}

static Cutting begin(const MtreeMachine *machine, hwaddr first, hwaddr last)
{
    return (Cutting){ machine, first, last, first, who_pieces_new() };
}

static void add_hole(Cutting *c, Int128 end)
{
    WhoPiece hole = { .first = (hwaddr)c->done, .last = (hwaddr)(end - 1) };

    if (c->done < end) {
        g_array_append_val(c->pieces, hole);
        c->done = end;
    }
}

/* Adds the part of a range that was asked for. */
static void add_part(Cutting *c, WhoPiece whole)
{
    WhoPiece part = whole;

    part.first = MAX(whole.first, c->first);
    part.last = MIN(whole.last, c->last);
    if (part.first > part.last) {
        return;
    }
    part.offset += part.first - whole.first;
    add_hole(c, part.first);
    g_array_append_val(c->pieces, part);
    c->done = (Int128)part.last + 1;
}

static GArray *end(Cutting *c)
{
    add_hole(c, (Int128)c->last + 1);
    return c->pieces;
}

/* ---- Trees ------------------------------------------------------------------------------ */

const char *who_kind_word(const MtreeLine *line)
{
    while (line->is_alias) {
        line = mtree_target(line);
    }
    return line->container ? "container" : line->iommu ? "iommu" : mtree_kind_word(line->kind);
}

static bool cut_range(Int128 start, Int128 length, const MemoryRegion *mr, hwaddr offset,
                      void *opaque)
{
    Cutting *c = opaque;
    MtreeLine *line = machine_line(c->machine, mr);

    if (line) {
        add_part(c, (WhoPiece){ .first = (hwaddr)start,
                                .last = (hwaddr)(start + length - 1),
                                .name = line->name,
                                .offset = offset,
                                .priority = line->priority,
                                .kind = who_kind_word(line),
                                .number = line->number,
                                .line = line });
    }
    return start + length > c->last;
}

GArray *who_pieces_of_space(const MtreeMachine *machine, const MachineSpace *space, hwaddr first,
                            hwaddr last)
{
    Cutting c = begin(machine, first, last);
    FlatView *view = address_space_get_flatview(space->as);

    flatview_for_each_range(view, cut_range, &c);
    flatview_unref(view);
    return end(&c);
}

/* ---- Views ------------------------------------------------------------------------------ */

GArray *who_pieces_of_view(const FlatBlock *view, hwaddr first, hwaddr last)
{
    Cutting c = begin(NULL, first, last);

    for (guint i = 0; i < view->ranges->len; i++) {
        const FlatLine *range = &g_array_index(view->ranges, FlatLine, i);
        add_part(&c, (WhoPiece){ .first = range->start,
                                 .last = range->last,
                                 .name = range->name,
                                 .offset = range->offset,
                                 .priority = range->priority,
                                 .kind = mtree_kind_word(range->kind),
                                 .nonvolatile = range->nonvolatile,
                                 .number = range->number });
    }
    return end(&c);
}

/* ---- Text ------------------------------------------------------------------------------- */

void who_add_winner(GString *out, const WhoPiece *piece)
{
    if (!piece->name) {
        g_string_append(out, "nothing answers\n");
        return;
    }
    g_string_append_printf(out, "%s @" TARGET_FMT_plx " (prio %d, %s%s)", piece->name,
                           piece->offset, piece->priority, piece->nonvolatile ? "nv-" : "",
                           piece->kind);
    if (piece->number) {
        g_string_append_printf(out, ", line %u\n", piece->number);
    } else {
        g_string_append(out, ", not in the text\n");
    }
}

void who_add_piece(GString *out, const WhoPiece *piece)
{
    g_string_append_printf(out, "  " TARGET_FMT_plx "-" TARGET_FMT_plx ": ", piece->first,
                           piece->last);
    who_add_winner(out, piece);
    who_add_guesses(out, piece);
}

void who_add_guesses(GString *out, const WhoPiece *piece)
{
    g_auto(GStrv) lines = g_strsplit(piece->guesses ? piece->guesses : "", "\n", -1);

    for (char **line = lines; *line && **line; line++) {
        g_string_append_printf(out, "  %s\n", *line);
    }
}
