/* SPDX-License-Identifier: MIT
 *
 * Arrays of pieces (pieces.h). Called by all of the adapter.
 */
#include "pieces.h"

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
    if (!items) {
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
