/* SPDX-License-Identifier: MIT
 *
 * A map of equal blocks, one bit each: which of them are populated. It is searched by words, so
 * that a million blocks in few stretches cost little. What the blocks are of is known to
 * discard-bitmap.c alone.
 */
#ifndef REGION_BLOCK_MAP_H
#define REGION_BLOCK_MAP_H

#include <physmem/types.h>

typedef struct BlockMap {
    uint64_t *word; /* bits from 'blocks' on are 0 */
    uint64_t blocks;
} BlockMap;

/* Blocks [first, end). */
typedef struct BlockRange {
    uint64_t first;
    uint64_t end;
} BlockRange;

/* All blocks are clear. */
BlockMap block_map_new(uint64_t blocks);
void block_map_free(BlockMap *map);

void block_map_set(BlockMap *map, BlockRange range, bool on);

/* The first block of the range that is set (on) or clear; range.end if there is none. */
uint64_t block_map_find(const BlockMap *map, BlockRange range, bool on);

/* The next stretch of set blocks in what is left of *rest, which then begins behind it. False:
 * there is no more. */
bool block_map_next(const BlockMap *map, BlockRange *rest, BlockRange *stretch);

#endif
