/* SPDX-License-Identifier: MIT
 *
 * 128-bit integers (specification 22.11). The test is built twice on 64-bit hosts: with the type of
 * the compiler, and with the structure that stands for it on 32-bit hosts. The structure is then
 * compared with the compiler's type.
 */
#include <glib.h>
#include <physmem/int128.h>

static void halves(void)
{
    Int128 a = int128_make128(0x1122334455667788, 0x99aabbccddeeff00);

    g_assert_cmphex(int128_getlo(a), ==, 0x1122334455667788);
    g_assert_cmphex((uint64_t)int128_gethi(a), ==, 0x99aabbccddeeff00);
    g_assert_false(int128_nonneg(a));
    g_assert_cmpint(int128_gethi(int128_make64(UINT64_MAX)), ==, 0);
    g_assert_cmpint(int128_gethi(int128_makes64(-1)), ==, -1);
    g_assert_true(int128_eq(int128_exts64(-5), int128_neg(int128_make64(5))));
    g_assert_cmphex(int128_get64(int128_make64(UINT64_MAX)), ==, UINT64_MAX);
}

static void arithmetic(void)
{
    Int128 top = int128_2_64();
    Int128 a = int128_add(int128_make64(UINT64_MAX), int128_one());

    g_assert_true(int128_eq(a, top));
    g_assert_cmphex(int128_getlo(int128_sub(a, int128_one())), ==, UINT64_MAX);
    g_assert_true(int128_eq(int128_min(int128_zero(), top), int128_zero()));
    g_assert_true(int128_eq(int128_max(int128_makes64(-1), int128_zero()), int128_zero()));
    int128_addto(&a, int128_one());
    int128_subfrom(&a, top);
    g_assert_true(int128_eq(a, int128_one()));
    a = int128_make128(0, INT64_MIN);
    g_assert_true(int128_eq(int128_sub(a, int128_one()), int128_not(a)));
}

static void bits(void)
{
    Int128 a = int128_lshift(int128_one(), 127);

    g_assert_true(int128_lt(a, int128_zero()));
    g_assert_true(int128_eq(int128_rshift(a, 127), int128_makes64(-1)));
    g_assert_false(int128_nz(int128_lshift(a, 1)));
    g_assert_true(int128_eq(int128_xor(a, a), int128_and(int128_one(), int128_2_64())));
    g_assert_cmpint(int128_gethi(int128_or(int128_2_64(), int128_one())), ==, 1);
}

static void order(void)
{
    Int128 small = int128_make64(1), big = int128_2_64();

    g_assert_true(int128_lt(small, big) && int128_le(small, big) && int128_le(big, big));
    g_assert_true(int128_gt(big, small) && int128_ge(big, small) && int128_ge(big, big));
    g_assert_true(int128_ne(small, big));
    g_assert_false(int128_eq(small, big));
}

static void get64_of_too_much(void)
{
    if (g_test_subprocess()) {
        int128_get64(int128_2_64());
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

#ifdef COMPARE_WITH_COMPILER
__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UWide;

static Wide wide_of(Int128 a)
{
    return (Wide)((UWide)(uint64_t)int128_gethi(a) << 64 | int128_getlo(a));
}

/* Halves are often 0 or ones, where carries are. */
static uint64_t random_half(void)
{
    uint64_t all = (uint64_t)(uint32_t)g_test_rand_int() << 32 | (uint32_t)g_test_rand_int();

    switch (g_test_rand_int_range(0, 4)) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    default:
        return all >> g_test_rand_int_range(0, 64);
    }
}

static void check_numbers(Int128 a, Int128 b)
{
    Wide x = wide_of(a), y = wide_of(b);

    g_assert_true(wide_of(int128_add(a, b)) == (Wide)((UWide)x + (UWide)y));
    g_assert_true(wide_of(int128_sub(a, b)) == (Wide)((UWide)x - (UWide)y));
    g_assert_true(wide_of(int128_neg(a)) == (Wide)(0 - (UWide)x));
    g_assert_true(wide_of(int128_min(a, b)) == MIN(x, y));
    g_assert_true(wide_of(int128_max(a, b)) == MAX(x, y));
    g_assert_true(wide_of(int128_xor(a, int128_not(b))) == (x ^ ~y));
    g_assert_true(wide_of(int128_or(a, b)) == (x | y) && wide_of(int128_and(a, b)) == (x & y));
    g_assert_true(wide_of(int128_makes64(int128_gethi(a))) == (int64_t)(x >> 64));
}

static void check_order(Int128 a, Int128 b)
{
    Wide x = wide_of(a), y = wide_of(b);

    g_assert_true(int128_lt(a, b) == (x < y) && int128_le(a, b) == (x <= y));
    g_assert_true(int128_gt(a, b) == (x > y) && int128_ge(a, b) == (x >= y));
    g_assert_true(int128_eq(a, b) == (x == y) && int128_ne(a, b) == (x != y));
    g_assert_true(int128_nz(a) == (x != 0) && int128_nonneg(a) == (x >= 0));
}

static void like_the_compiler(void)
{
    for (unsigned round = 0; round < 20000; round++) {
        Int128 a = int128_make128(random_half(), random_half());
        Int128 b = round % 8 ? int128_make128(random_half(), random_half()) : a;
        int n = (int)(round % 128);

        check_numbers(a, b);
        check_order(a, b);
        g_assert_true(wide_of(int128_rshift(a, n)) == wide_of(a) >> n);
        g_assert_true(wide_of(int128_lshift(a, n)) == (Wide)((UWide)wide_of(a) << n));
    }
}
#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/int128/22.11/halves", halves);
    g_test_add_func("/int128/22.11/arithmetic", arithmetic);
    g_test_add_func("/int128/22.11/bits", bits);
    g_test_add_func("/int128/22.11/order", order);
    g_test_add_func("/int128/22.11/get64-of-too-much", get64_of_too_much);
#ifdef COMPARE_WITH_COMPILER
    g_test_add_func("/int128/22.11/like-the-compiler", like_the_compiler);
#endif
    return g_test_run();
}
