/* SPDX-License-Identifier: MIT
 *
 * Ends of ranges and sums of addresses, which may be 2^64 or more. The rest is in
 * physmem/int128.h. Int128 is a structure on 32-bit hosts, so no operator works with it.
 */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

#include <physmem/int128.h>

#ifdef __SIZEOF_INT128__
#define WIDE_2_64 ((Int128)1 << 64) /* for initializers */
#else
#define WIDE_2_64                                                                                 \
    {                                                                                             \
        0, 1                                                                                      \
    }
#endif

static inline Int128 wide_sum(uint64_t a, uint64_t b)
{
    return int128_add(int128_make64(a), int128_make64(b));
}

/* The exclusive end of a range. */
static inline Int128 wide_end(uint64_t start, Int128 size)
{
    return int128_add(int128_make64(start), size);
}

/* The size of a range that ends with 'last'. */
static inline Int128 wide_length(uint64_t start, uint64_t last)
{
    return int128_add(int128_make64(last - start), int128_one());
}

#endif
