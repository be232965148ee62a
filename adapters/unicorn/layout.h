/* SPDX-License-Identifier: MIT
 *
 * From ranges of an address space to pieces of an engine. An engine maps whole pages only. Pages
 * that lie in one range of RAM are mapped by pointer. Blocks of ROM that code has run from are
 * mapped as copies. All other addresses (devices, holes, other ROM, pages that ranges share) are
 * no part of the layout: accesses there are calls, which are mapped in blocks when the guest first
 * touches them:
 *
 *   ranges   |   RAM            |dev|dev|       hole       |  ROM      |
 *   pages    |      |      |      |      |      |      |      |      |
 *   layout   |     RAM     |                             run: |ROM|
 *
 * This only computes; it does not know the engine.
 */
#ifndef PHYSMEM_UNICORN_LAYOUT_H
#define PHYSMEM_UNICORN_LAYOUT_H

#include "pieces.h"

/* The size and alignment of the blocks of ROM that are mapped. */
#define ROM_BLOCK ((hwaddr)0x10000)

/* Computes the layout of the given ranges of memory. ROM is part of it only in the blocks of 'run'.
 * Ranges and blocks are whole pages. page_mask is the page size - 1. Returns false if memory is
 * exhausted. */
bool layout_compute(const PieceList *ranges, const PieceList *run, hwaddr page_mask,
                    PieceList *layout);

#endif
