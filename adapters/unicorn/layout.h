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

#include "pieces.h"

/* Blocks of ROM are run from in this size, aligned to it. */
#define ROM_BLOCK ((hwaddr)0x10000)

/* Computes the layout of the given ranges of memory, which are whole pages. Of ROM it takes only
 * the parts in the blocks of 'run', which are whole pages, too. page_mask is the page size - 1.
 * False if memory is exhausted. */
bool layout_compute(const PieceList *ranges, const PieceList *run, hwaddr page_mask,
                    PieceList *layout);

#endif
