/* SPDX-License-Identifier: MIT
 *
 * From ranges of an address space to pieces of an engine. An engine maps whole pages only. A page
 * that lies in one range of RAM is mapped by pointer, as part of a piece of memory, and so is a
 * block of ROM that code has run from; all else (devices, holes, other ROM, pages that ranges
 * share) is called, in blocks that appear when the guest first touches them:
 *
 *   ranges   |   RAM            |dev|dev|       hole       |  ROM      |
 *   pages    |      |      |      |      |      |      |      |      |
 *   layout   |     RAM     |                             run: |ROM|
 *
 * Pure computation: nothing here knows the engine.
 */
#ifndef PHYSMEM_UNICORN_LAYOUT_H
#define PHYSMEM_UNICORN_LAYOUT_H

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

/* Blocks of ROM are run from in this size, aligned to it. */
#define ROM_BLOCK ((hwaddr)0x10000)

/* Computes the layout of the given ranges of memory, which are whole pages. Of ROM it takes only
 * the parts in the blocks of 'run', which are whole pages, too. page_mask is the page size - 1.
 * False if memory is exhausted. */
bool layout_compute(const PieceList *ranges, const PieceList *run, hwaddr page_mask,
                    PieceList *layout);

#endif
