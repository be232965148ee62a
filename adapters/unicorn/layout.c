/* SPDX-License-Identifier: MIT
 *
 * Computing layouts (layout.h). Called by update.c whenever the map has changed.
 */
#include "layout.h"

/* Whether the host memory begins at a page, as engines require. */
static bool mappable(const Piece *piece, hwaddr mask)
{
    return ((uintptr_t)piece->host & mask) == 0;
}

/* The part of a range of ROM that lies in a block. */
static Piece in_block(const Piece *range, const Piece *block)
{
    Piece piece = *range;

    if (block->first > piece.first) {
        piece.host += block->first - piece.first;
        piece.first = block->first;
    }
    piece.last = block->last < piece.last ? block->last : piece.last;
    return piece;
}

/* Adds the pieces of one range of ROM. Room for one in each block has been reserved. */
static void lay_rom(const Piece *range, const PieceList *run, PieceList *layout)
{
    for (size_t i = piece_list_seek(run, range->first); i < run->count; i++) {
        if (run->items[i].first > range->last) {
            return;
        }
        piece_list_push(layout, in_block(range, &run->items[i]));
    }
}

bool layout_compute(const PieceList *ranges, const PieceList *run, hwaddr page_mask,
                    PieceList *layout)
{
    layout->count = 0;
    if (!piece_list_reserve(layout, 2 * ranges->count + run->count)) {
        return false;
    }
    for (size_t i = 0; i < ranges->count; i++) {
        Piece piece = ranges->items[i];

        if (piece.kind == MEMORY_SECTION_ROM) {
            lay_rom(&piece, run, layout);
        } else if (mappable(&piece, page_mask)) {
            piece_list_push(layout, piece);
        }
    }
    return true;
}
