/* SPDX-License-Identifier: MIT
 *
 * Pieces of guest memory, in arrays by address. Knows neither spaces nor engines.
 */
#ifndef PHYSMEM_UNICORN_PIECES_H
#define PHYSMEM_UNICORN_PIECES_H

#include <physmem/physmem.h>

/* The addresses [first, last] of guest memory: a range of the space, or pages that are mapped in
 * an engine. If the kind is MEMORY_SECTION_CALL, the engine calls the adapter for each access
 * there. An engine maps ROM as a copy, and traps writes to it. */
typedef struct Piece {
    hwaddr first;
    hwaddr last;
    MemorySectionKind kind;
    uint8_t *host;         /* the host memory; NULL for calls */
    MemoryRegion *mr;      /* for a range: the region, whose owner keeps 'host' */
    struct CallSite *site; /* for calls in an engine (engine.h) */
    uint8_t *copy;         /* for ROM in an engine */
} Piece;

/* An array of pieces, ascending and disjoint. */
typedef struct PieceList {
    Piece *items;
    size_t count;
    size_t room;
} PieceList;

/* Makes room for 'count' pieces in all. Returns false if memory is exhausted. */
bool piece_list_reserve(PieceList *list, size_t count);

/* Appends a piece. Room must have been reserved. */
void piece_list_push(PieceList *list, Piece piece);

/* Puts a piece in its place. Returns false if memory is exhausted. */
bool piece_list_insert(PieceList *list, Piece piece);

/* Takes out the piece that begins at 'first', if there is one. */
void piece_list_remove(PieceList *list, hwaddr first);

/* The index of the first piece that ends at addr or after it; 'count' if there is none. */
size_t piece_list_seek(const PieceList *list, hwaddr addr);

/* The piece that holds addr, or NULL. */
Piece *piece_list_find(const PieceList *list, hwaddr addr);

void piece_list_free(PieceList *list);

#endif
