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

/* Compilers for 32-bit hosts have no such type. There it is a structure, so a program that is to
 * run on them uses the functions and no operators. */
#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 PhysmemUInt128; /* for shifts without sign */
#else
typedef struct {
    uint64_t lo;
    int64_t hi;
} Int128;
#endif

/* From two halves: hi * 2^64 + lo, read as two's complement. */
static inline Int128 int128_make128(uint64_t lo, uint64_t hi)
{
#ifdef __SIZEOF_INT128__
    return (Int128)(((PhysmemUInt128)hi << 64) | lo);
#else
    Int128 a = { lo, (int64_t)hi };
    return a;
#endif
}

/* From an unsigned 64-bit value. */
static inline Int128 int128_make64(uint64_t a)
{
    return int128_make128(a, 0);
}

/* From a signed 64-bit value; the sign is kept. */
static inline Int128 int128_makes64(int64_t a)
{
    return int128_make128((uint64_t)a, a < 0 ? UINT64_MAX : 0);
}

/* Returns the lower 64 bits. */
static inline uint64_t int128_getlo(Int128 a)
{
#ifdef __SIZEOF_INT128__
    return (uint64_t)a;
#else
    return a.lo;
#endif
}

/* Returns the upper 64 bits, with the sign. */
static inline int64_t int128_gethi(Int128 a)
{
#ifdef __SIZEOF_INT128__
    return (int64_t)(a >> 64);
#else
    return a.hi;
#endif
}

/* Returns the value as 64 unsigned bits; asserts that it fits. */
static inline uint64_t int128_get64(Int128 a)
{
    assert(int128_gethi(a) == 0);
    return int128_getlo(a);
}

/* The number 0. */
static inline Int128 int128_zero(void)
{
    return int128_make64(0);
}

/* The number 1. */
static inline Int128 int128_one(void)
{
    return int128_make64(1);
}

/* 2^64, the size of a whole address space. */
static inline Int128 int128_2_64(void)
{
    return int128_make128(0, 1);
}

/* The same as int128_makes64(). */
static inline Int128 int128_exts64(int64_t a)
{
    return int128_makes64(a);
}

/* ---- Bit by bit ------------------------------------------------------------------------- *
 *
 * 'not' inverts each bit, 'and', 'or' and 'xor' combine two. */

static inline Int128 int128_not(Int128 a)
{
    return int128_make128(~int128_getlo(a), ~(uint64_t)int128_gethi(a));
}

static inline Int128 int128_and(Int128 a, Int128 b)
{
    return int128_make128(int128_getlo(a) & int128_getlo(b),
                          (uint64_t)int128_gethi(a) & (uint64_t)int128_gethi(b));
}

static inline Int128 int128_or(Int128 a, Int128 b)
{
    return int128_make128(int128_getlo(a) | int128_getlo(b),
                          (uint64_t)int128_gethi(a) | (uint64_t)int128_gethi(b));
}

static inline Int128 int128_xor(Int128 a, Int128 b)
{
    return int128_make128(int128_getlo(a) ^ int128_getlo(b),
                          (uint64_t)int128_gethi(a) ^ (uint64_t)int128_gethi(b));
}

/* Arithmetic shift to the right, 0 <= n < 128. */
static inline Int128 int128_rshift(Int128 a, int n)
{
#ifdef __SIZEOF_INT128__
    return a >> n;
#else
    return n >= 64 ? int128_makes64(a.hi >> (n - 64))
                   : int128_make128(a.lo >> n | (uint64_t)a.hi << 1 << (63 - n),
                                    (uint64_t)(a.hi >> n));
#endif
}

/* Shift to the left, 0 <= n < 128; bits shifted out are lost. */
static inline Int128 int128_lshift(Int128 a, int n)
{
#ifdef __SIZEOF_INT128__
    return (Int128)((PhysmemUInt128)a << n);
#else
    return n >= 64 ? int128_make128(0, a.lo << (n - 64))
                   : int128_make128(a.lo << n, (uint64_t)a.hi << n | a.lo >> 1 >> (63 - n));
#endif
}

/* ---- Arithmetic ------------------------------------------------------------------------- *
 *
 * Sum, difference and negative wrap modulo 2^128. */

static inline Int128 int128_add(Int128 a, Int128 b)
{
#ifdef __SIZEOF_INT128__
    return (Int128)((PhysmemUInt128)a + (PhysmemUInt128)b);
#else
    uint64_t lo = a.lo + b.lo;
    return int128_make128(lo, (uint64_t)a.hi + (uint64_t)b.hi + (lo < a.lo));
#endif
}

static inline Int128 int128_sub(Int128 a, Int128 b)
{
#ifdef __SIZEOF_INT128__
    return (Int128)((PhysmemUInt128)a - (PhysmemUInt128)b);
#else
    return int128_make128(a.lo - b.lo, (uint64_t)a.hi - (uint64_t)b.hi - (a.lo < b.lo));
#endif
}

static inline Int128 int128_neg(Int128 a)
{
    return int128_sub(int128_zero(), a);
}

/* ---- Comparisons ------------------------------------------------------------------------ *
 *
 * Each returns whether it is so: a >= 0, a == b, a != b, a >= b, a < b, a <= b, a > b, a != 0. */

static inline bool int128_nonneg(Int128 a)
{
    return int128_gethi(a) >= 0;
}

static inline bool int128_eq(Int128 a, Int128 b)
{
#ifdef __SIZEOF_INT128__
    return a == b;
#else
    return a.lo == b.lo && a.hi == b.hi;
#endif
}

static inline bool int128_ne(Int128 a, Int128 b)
{
    return !int128_eq(a, b);
}

static inline bool int128_lt(Int128 a, Int128 b)
{
#ifdef __SIZEOF_INT128__
    return a < b;
#else
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
#endif
}

static inline bool int128_ge(Int128 a, Int128 b)
{
    return !int128_lt(a, b);
}

static inline bool int128_le(Int128 a, Int128 b)
{
    return !int128_lt(b, a);
}

static inline bool int128_gt(Int128 a, Int128 b)
{
    return int128_lt(b, a);
}

static inline bool int128_nz(Int128 a)
{
    return int128_ne(a, int128_zero());
}

/* The smaller one. */
static inline Int128 int128_min(Int128 a, Int128 b)
{
    return int128_lt(a, b) ? a : b;
}

/* The larger one. */
static inline Int128 int128_max(Int128 a, Int128 b)
{
    return int128_gt(a, b) ? a : b;
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
