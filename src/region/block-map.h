/* SPDX-License-Identifier: MIT
 *
 * A map of equal blocks with one bit each, which says whether the block is populated. Searches go
 * by words, so a million blocks in a few stretches cost little. Only discard-bitmap.c knows what
 * the blocks stand for.
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

/* Returns the first block of the range that is set (on) or clear (!on); range.end if there is
 * none. */
uint64_t block_map_find(const BlockMap *map, BlockRange range, bool on);

/* Finds the next stretch of set blocks in *rest, and cuts *rest to what follows it. Returns false
 * if there is none. */
bool block_map_next(const BlockMap *map, BlockRange *rest, BlockRange *stretch);

#endif
