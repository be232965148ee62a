/* SPDX-License-Identifier: MIT
 *
 * A bitmap with one bit for each block of a region: set if the block is populated. It deals in
 * numbers of blocks; discard-bitmap.c, its only user, turns them into offsets. Searches skip 64
 * equal bits at a time, so a million blocks in a few stretches cost little.
 */
#ifndef REGION_BLOCK_MAP_H
#define REGION_BLOCK_MAP_H

#include <physmem/types.h>

typedef struct BlockMap {
    uint64_t *word; /* the bits beyond the last block are 0 */
    uint64_t blocks;
} BlockMap;

/* The blocks [first, end). */
typedef struct BlockRange {
    uint64_t first;
    uint64_t end;
} BlockRange;

/* Makes a map with all blocks clear. */
BlockMap block_map_new(uint64_t blocks);
void block_map_free(BlockMap *map);

/* Sets (on) or clears (!on) all blocks of the range. */
void block_map_set(BlockMap *map, BlockRange range, bool on);

/* Returns the first block of the range that is set (on) or clear (!on), or range.end if there is
 * none. */
uint64_t block_map_find(const BlockMap *map, BlockRange range, bool on);

/* Stores the first run of set blocks in *rest to *stretch, and cuts *rest to what follows the run.
 * Returns false if *rest has no set block. */
bool block_map_next(const BlockMap *map, BlockRange *rest, BlockRange *stretch);

#endif
