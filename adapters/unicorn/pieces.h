/* SPDX-License-Identifier: MIT
 *
 * Pieces of guest memory, in arrays by address. Plain data: knows neither spaces nor engines.
 */
#ifndef PHYSMEM_UNICORN_PIECES_H
#define PHYSMEM_UNICORN_PIECES_H

#include <physmem/physmem.h>

/* A stretch [first, last] of guest memory: a range of the space, or pages of the engine. ROM in an
 * engine is a copy, and writes to it are trapped. */
typedef struct Piece {
    hwaddr first;
    hwaddr last;
    MemorySectionKind kind;
    uint8_t *host;         /* NULL for calls */
    MemoryRegion *mr;      /* of a range: what keeps 'host' alive */
    struct CallSite *site; /* of calls in an engine; see engine.h */
    uint8_t *copy;         /* of ROM in an engine */
} Piece;

/* An array of pieces, ascending and disjoint. */
typedef struct PieceList {
    Piece *items;
    size_t count;
    size_t room;
} PieceList;

/* Makes room for 'count' pieces in all; false if memory is exhausted. */
bool piece_list_reserve(PieceList *list, size_t count);

/* Appends without a check: room must have been reserved. */
void piece_list_push(PieceList *list, Piece piece);

/* Puts a piece in its place, takes one out. Insertion fails if memory is exhausted. */
bool piece_list_insert(PieceList *list, Piece piece);
void piece_list_remove(PieceList *list, hwaddr first);

/* Index of the first piece that ends at addr or later. */
size_t piece_list_seek(const PieceList *list, hwaddr addr);

/* The piece that holds addr, or NULL. */
Piece *piece_list_find(const PieceList *list, hwaddr addr);

void piece_list_free(PieceList *list);

#endif
