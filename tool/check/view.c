/* SPDX-License-Identifier: MIT
 *
 * Checks of what a view shows of RAM (check.h): pages, holes, what is read-only. They need no tree.
 */
#include "check/check.h"

enum { PAGE = 4096, LARGEST_HOLE = 1 << 20 };

typedef void RangeFunc(CheckRun *run, const FlatBlock *view, guint i, gpointer data);

/* Calls func for each range of memory, which is in all views but that of ports. */
static void each_range(CheckRun *run, RangeFunc *func, gpointer data)
{
    for (guint i = 0; i < run->views->blocks->len; i++) {
        const FlatBlock *view = run->views->blocks->pdata[i];
        bool ports = mtree_flat_has_name(view, "I/O");
        for (guint j = 0; !ports && j < view->ranges->len; j++) {
            func(run, view, j, data);
        }
    }
}

static const FlatLine *range_at(const FlatBlock *view, guint i)
{
    return i < view->ranges->len ? &g_array_index(view->ranges, FlatLine, i) : NULL;
}

static Int128 size_of(const FlatLine *range)
{
    return (Int128)range->last - range->start + 1;
}

/* ---- Pages ------------------------------------------------------------------------------ */

/* The pieces of one block that are no whole pages. */
typedef struct Pieces {
    const FlatLine *first;
    GHashTable *starts; /* of all; several views may show the same piece */
} Pieces;

typedef struct Unaligned {
    GPtrArray *all;     /* Pieces */
    GHashTable *blocks; /* "line name" -> Pieces */
} Unaligned;

/* Whether a hypervisor can map all of the range. */
static bool is_aligned(const FlatLine *range)
{
    return range->start % PAGE == 0 && (range->last + 1) % PAGE == 0 && range->offset % PAGE == 0;
}

/* Returns how many bytes of the range a hypervisor can map. */
static Int128 mapped_bytes(const FlatLine *range)
{
    Int128 first = ((Int128)range->start + PAGE - 1) / PAGE * PAGE;
    Int128 end = ((Int128)range->last + 1) / PAGE * PAGE;

    return range->offset % PAGE != range->start % PAGE || first > end ? 0 : end - first;
}

static void pieces_free(gpointer data)
{
    Pieces *pieces = data;

    g_hash_table_unref(pieces->starts);
    g_free(pieces);
}

/* Of views alone, only the name says which block it is. */
static Pieces *pieces_of(const CheckRun *run, Unaligned *u, const FlatLine *range)
{
    g_autofree char *key = g_strdup_printf("%u %s", run->tree ? range->number : 0, range->name);
    Pieces *pieces = g_hash_table_lookup(u->blocks, key);

    if (!pieces) {
        pieces = g_new0(Pieces, 1);
        pieces->first = range;
        pieces->starts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        g_ptr_array_add(u->all, pieces);
        g_hash_table_insert(u->blocks, g_steal_pointer(&key), pieces);
    }
    return pieces;
}

static void note_unaligned(CheckRun *run, const FlatBlock *view, guint i, gpointer data)
{
    const FlatLine *range = range_at(view, i);

    if (range->own_kind != MTREE_IO && !is_aligned(range)) {
        g_hash_table_add(pieces_of(run, data, range)->starts,
                         g_memdup2(&range->start, sizeof(range->start)));
    }
}

static char *part_text(Int128 bytes)
{
    return bytes ? g_strdup_printf("only 0x%" PRIx64, (hwaddr)bytes) : g_strdup("none");
}

static void tell_pieces(CheckRun *run, const Pieces *pieces)
{
    const FlatLine *range = pieces->first;
    guint more = g_hash_table_size(pieces->starts) - 1;
    g_autofree char *others =
        more ? g_strdup_printf("; %u more piece%s like this", more, more == 1 ? " is" : "s are")
             : g_strdup("");

    g_autofree char *part = part_text(mapped_bytes(range));
    check_tell_range(run, range,
                     "a hypervisor with pages of 4 KiB can map %s of the 0x%" PRIx64
                     " bytes of '%s' at " TARGET_FMT_plx "-" TARGET_FMT_plx "%s",
                     part, (hwaddr)size_of(range), range->name, range->start, range->last, others);
}

void check_ram_unaligned(CheckRun *run)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(pieces_free);
    g_autoptr(GHashTable) blocks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Unaligned u = { all, blocks };

    each_range(run, note_unaligned, &u);
    for (guint i = 0; i < all->len; i++) {
        tell_pieces(run, all->pdata[i]);
    }
}

/* ---- RAM that nobody sees --------------------------------------------------------------- */

typedef struct Piece {
    Int128 start, end; /* offsets in the block */
} Piece;

static void note_piece(CheckRun *run, const FlatBlock *view, guint i, gpointer data)
{
    const FlatLine *range = range_at(view, i);
    gpointer key = GUINT_TO_POINTER(range->number);
    GArray *pieces = g_hash_table_lookup(data, key);
    Piece piece = { range->offset, range->offset + size_of(range) };

    (void)run;
    if (!range->number || range->own_kind != MTREE_RAM) {
        return;
    }
    if (!pieces) {
        pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
        g_hash_table_insert(data, key, pieces);
    }
    g_array_append_val(pieces, piece);
}

static gint by_start(gconstpointer a, gconstpointer b)
{
    const Piece *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

/* Returns how many bytes of a block no piece has, and where the first of them is. */
static Int128 count_lost(GArray *pieces, Int128 size, Int128 *first)
{
    Int128 lost = 0, seen = 0;

    g_array_sort(pieces, by_start);
    for (guint i = 0; i <= pieces->len; i++) {
        const Piece *piece = &g_array_index(pieces, Piece, i);
        Int128 next = i < pieces->len ? piece->start : size;
        if (next > seen) {
            *first = lost ? *first : seen;
            lost += next - seen;
        }
        seen = i < pieces->len ? int128_max(seen, piece->end) : seen;
    }
    return lost;
}

static void tell_lost(CheckRun *run, const MtreeLine *line, GArray *pieces)
{
    Int128 first = 0, lost = count_lost(pieces, mtree_size(line), &first);

    if (lost) {
        check_tell(run, line, NULL,
                   "no space shows 0x%" PRIx64 " of the 0x%" PRIx64 " bytes of the RAM %s, the "
                   "first at its offset 0x%" PRIx64,
                   (hwaddr)lost, (hwaddr)mtree_size(line), check_self(run, line), (hwaddr)first);
    }
}

void check_ram_lost(CheckRun *run)
{
    g_autoptr(GHashTable) blocks =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);

    each_range(run, note_piece, blocks);
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        GArray *pieces = g_hash_table_lookup(blocks, GUINT_TO_POINTER(line->number));
        if (check_is_asked(line) && pieces) {
            tell_lost(run, line, pieces);
        }
    }
}

/* ---- Holes ------------------------------------------------------------------------------ */

/* A hole looks like a slip if it is smaller than the RAM on both sides. */
static void tell_hole(CheckRun *run, const FlatBlock *view, guint i, gpointer data)
{
    const FlatLine *range = range_at(view, i), *next = range_at(view, i + 1);

    (void)data;
    if (!next || range->own_kind != MTREE_RAM || next->own_kind != MTREE_RAM) {
        return;
    }
    Int128 size = (Int128)next->start - range->last - 1;
    if (size > 0 && size <= LARGEST_HOLE && size < size_of(range) && size < size_of(next)) {
        check_tell_range(run, range,
                         "nothing answers at " TARGET_FMT_plx "-" TARGET_FMT_plx
                         ", between the RAM '%s' and the RAM '%s'",
                         range->last + 1, next->start - 1, range->name, next->name);
    }
}

void check_ram_hole(CheckRun *run)
{
    each_range(run, tell_hole, NULL);
}

/* ---- Read-only RAM ---------------------------------------------------------------------- */

static void tell_read_only(CheckRun *run, const FlatBlock *view, guint i, gpointer data)
{
    const FlatLine *range = range_at(view, i);

    (void)data;
    if (range->own_kind == MTREE_RAM && range->kind == MTREE_ROM) {
        check_tell_range(run, range,
                         "the RAM '%s' is read-only at " TARGET_FMT_plx "-" TARGET_FMT_plx "%s",
                         range->name, range->start, range->last,
                         run->tree && run->tree->guessed ? " (a guess)" : "");
    }
}

void check_ram_read_only(CheckRun *run)
{
    each_range(run, tell_read_only, NULL);
}
