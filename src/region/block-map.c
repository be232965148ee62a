/* SPDX-License-Identifier: MIT
 *
 * The bitmap of blocks (block-map.h), 64 bits at a time.
 */
#include "region/block-map.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { WORD_BITS = 64 };

BlockMap block_map_new(uint64_t blocks)
{
    uint64_t words = blocks / WORD_BITS + 1;

    return (BlockMap){ alloc_zero(words * sizeof(uint64_t)), blocks };
}

void block_map_free(BlockMap *map)
{
    free(map->word);
    *map = (BlockMap){ NULL, 0 };
}

/* Returns which bits of a word belong to the range. 'base' is the block of the word's bit 0. */
static uint64_t bits_in(BlockRange range, uint64_t base)
{
    uint64_t bits = UINT64_MAX;

    if (range.first > base) {
        bits <<= range.first - base;
    }
    if (range.end - base < WORD_BITS) {
        bits &= ((uint64_t)1 << (range.end - base)) - 1;
    }
    return bits;
}

/* The block of bit 0 of the word in which the range begins. */
static uint64_t first_base(BlockRange range)
{
    return range.first / WORD_BITS * WORD_BITS;
}

void block_map_set(BlockMap *map, BlockRange range, bool on)
{
    for (uint64_t base = first_base(range); base < range.end; base += WORD_BITS) {
        uint64_t *word = &map->word[base / WORD_BITS];
        uint64_t bits = bits_in(range, base);

        *word = on ? *word | bits : *word & ~bits;
    }
}

uint64_t block_map_find(const BlockMap *map, BlockRange range, bool on)
{
    for (uint64_t base = first_base(range); base < range.end; base += WORD_BITS) {
        uint64_t word = map->word[base / WORD_BITS];
        uint64_t bits = (on ? word : ~word) & bits_in(range, base);

        if (bits) {
            return base + (unsigned)__builtin_ctzll(bits);
        }
    }
    return range.end;
}

bool block_map_next(const BlockMap *map, BlockRange *rest, BlockRange *stretch)
{
    stretch->first = block_map_find(map, *rest, true);
    stretch->end = block_map_find(map, (BlockRange){ stretch->first, rest->end }, false);
    rest->first = stretch->end;
    return stretch->first < stretch->end;
}
