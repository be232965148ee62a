/* SPDX-License-Identifier: MIT
 *
 * Signed 128-bit integers: the type of region and section sizes, because a region may span all
 * 2^64 bytes of an address space (specification 22.11).
 *
 * Unless its comment says otherwise, every function here may be called from any thread. Most return
 * what their comment names.
 *
 *   a, b    the operands; for the last two functions, 'a' points to one, which is changed
 *   lo, hi  the lower and the upper 64 bits
 *   n       a number of bits
 */
#ifndef PHYSMEM_INT128_H
#define PHYSMEM_INT128_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 PhysmemUInt128; /* for shifts without sign */

/* From an unsigned 64-bit value. */
static inline Int128 int128_make64(uint64_t a)
{
    return (Int128)a;
}

/* From a signed 64-bit value; the sign is kept. */
static inline Int128 int128_makes64(int64_t a)
{
    return (Int128)a;
}

/* From two halves: hi * 2^64 + lo, read as two's complement. */
static inline Int128 int128_make128(uint64_t lo, uint64_t hi)
{
    return (Int128)(((PhysmemUInt128)hi << 64) | lo);
}

/* Returns the lower 64 bits. */
static inline uint64_t int128_getlo(Int128 a)
{
    return (uint64_t)a;
}

/* Returns the upper 64 bits, with the sign. */
static inline int64_t int128_gethi(Int128 a)
{
    return (int64_t)(a >> 64);
}

/* Returns the value as 64 unsigned bits; asserts that it fits. */
static inline uint64_t int128_get64(Int128 a)
{
    uint64_t lo = int128_getlo(a);
    assert((Int128)lo == a);
    return lo;
}

/* The number 0. */
static inline Int128 int128_zero(void)
{
    return 0;
}

/* The number 1. */
static inline Int128 int128_one(void)
{
    return 1;
}

/* 2^64, the size of a whole address space. */
static inline Int128 int128_2_64(void)
{
    return (Int128)1 << 64;
}

/* The same as int128_makes64(). */
static inline Int128 int128_exts64(int64_t a)
{
    return (Int128)a;
}

/* ---- Bit by bit ------------------------------------------------------------------------- *
 *
 * 'not' inverts each bit, 'and', 'or' and 'xor' combine two. */

static inline Int128 int128_not(Int128 a)
{
    return ~a;
}

static inline Int128 int128_and(Int128 a, Int128 b)
{
    return a & b;
}

static inline Int128 int128_or(Int128 a, Int128 b)
{
    return a | b;
}

static inline Int128 int128_xor(Int128 a, Int128 b)
{
    return a ^ b;
}

/* Arithmetic shift to the right, 0 <= n < 128. */
static inline Int128 int128_rshift(Int128 a, int n)
{
    return a >> n;
}

/* Shift to the left, 0 <= n < 128; bits shifted out are lost. */
static inline Int128 int128_lshift(Int128 a, int n)
{
    return (Int128)((PhysmemUInt128)a << n);
}

/* ---- Arithmetic ------------------------------------------------------------------------- *
 *
 * Sum, difference and negative wrap modulo 2^128. */

static inline Int128 int128_add(Int128 a, Int128 b)
{
    return (Int128)((PhysmemUInt128)a + (PhysmemUInt128)b);
}

static inline Int128 int128_sub(Int128 a, Int128 b)
{
    return (Int128)((PhysmemUInt128)a - (PhysmemUInt128)b);
}

static inline Int128 int128_neg(Int128 a)
{
    return (Int128)(0 - (PhysmemUInt128)a);
}

/* ---- Comparisons ------------------------------------------------------------------------ *
 *
 * Each returns whether it is so: a >= 0, a == b, a != b, a >= b, a < b, a <= b, a > b, a != 0. */

static inline bool int128_nonneg(Int128 a)
{
    return a >= 0;
}

static inline bool int128_eq(Int128 a, Int128 b)
{
    return a == b;
}

static inline bool int128_ne(Int128 a, Int128 b)
{
    return a != b;
}

static inline bool int128_ge(Int128 a, Int128 b)
{
    return a >= b;
}

static inline bool int128_lt(Int128 a, Int128 b)
{
    return a < b;
}

static inline bool int128_le(Int128 a, Int128 b)
{
    return a <= b;
}

static inline bool int128_gt(Int128 a, Int128 b)
{
    return a > b;
}

static inline bool int128_nz(Int128 a)
{
    return a != 0;
}

/* The smaller one. */
static inline Int128 int128_min(Int128 a, Int128 b)
{
    return a < b ? a : b;
}

/* The larger one. */
static inline Int128 int128_max(Int128 a, Int128 b)
{
    return a > b ? a : b;
}

/* Adds b to the number *a. */
static inline void int128_addto(Int128 *a, Int128 b)
{
    *a = int128_add(*a, b);
}

/* Subtracts b from the number *a. */
static inline void int128_subfrom(Int128 *a, Int128 b)
{
    *a = int128_sub(*a, b);
}

#endif
