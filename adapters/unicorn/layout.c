/* SPDX-License-Identifier: MIT
 *
 * Computing layouts, and arrays of pieces. Called by the engine's side of the adapter whenever the
 * map has changed.
 */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

bool piece_list_reserve(PieceList *list, size_t count)
{
    size_t room = list->room ? list->room : 16;
    Piece *items;

    if (count <= list->room) {
        return true;
    }
    while (room < count) {
        room *= 2;
    }
    items = realloc(list->items, room * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    list->items = items;
    list->room = room;
    return true;
}

void piece_list_push(PieceList *list, Piece piece)
{
    list->items[list->count++] = piece;
}

size_t piece_list_seek(const PieceList *list, hwaddr addr)
{
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (list->items[middle].last < addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool piece_list_insert(PieceList *list, Piece piece)
{
    size_t place = piece_list_seek(list, piece.first);

    if (!piece_list_reserve(list, list->count + 1)) {
        return false;
    }
    memmove(&list->items[place + 1], &list->items[place],
            (list->count - place) * sizeof(*list->items));
    list->items[place] = piece;
    list->count++;
    return true;
}

void piece_list_remove(PieceList *list, hwaddr first)
{
    size_t place = piece_list_seek(list, first);

    if (place < list->count && list->items[place].first == first) {
        list->count--;
        memmove(&list->items[place], &list->items[place + 1],
                (list->count - place) * sizeof(*list->items));
    }
}

Piece *piece_list_find(const PieceList *list, hwaddr addr)
{
    size_t place = piece_list_seek(list, addr);

    if (place == list->count || list->items[place].first > addr) {
        return NULL;
    }
    return &list->items[place];
}

void piece_list_free(PieceList *list)
{
    free(list->items);
    *list = (PieceList){ .count = 0 };
}

/* Engines want the host's pages where the guest's are. */
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

/* The pieces of one range of ROM; room for one per block has been reserved. */
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
