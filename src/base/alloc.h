/* SPDX-License-Identifier: MIT
 *
 * Memory for the library's own structures, for callers that cannot return an error. If the host
 * has no memory, these functions end the process with a message.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Reserves memory for a call that can return an error but is built from functions that cannot.
 * Until alloc_reserve_end(), the calling thread can make so many allocations, even if the host has
 * no memory by then: 'small' of up to ALLOC_RESERVE_SMALL bytes and 'large' of up to
 * ALLOC_RESERVE_LARGE bytes. Returns false, with nothing reserved, if the host has no memory now.
 * Pairs may nest: the outermost reserve serves the inner ones. */
enum { ALLOC_RESERVE_SMALL = 280, ALLOC_RESERVE_LARGE = 2040, ALLOC_RESERVE_SIZES = 2 };
bool alloc_reserve_begin(unsigned small, unsigned large);
void alloc_reserve_end(void);

/* The caller frees the result of each of these with free(). alloc_zero() returns zeroed memory.
 * alloc_resize() does what reallocarray() does: new bytes are not initialized. alloc_aligned()
 * returns memory that is not initialized; 'align' is a power of two and at least sizeof(void *).
 * alloc_string() copies a string, and alloc_printf() formats one. */
void *alloc_zero(size_t size) __attribute__((malloc, returns_nonnull));
void *alloc_resize(void *ptr, size_t count, size_t size) __attribute__((returns_nonnull));
void *alloc_aligned(size_t align, size_t size) __attribute__((malloc, returns_nonnull));
char *alloc_string(const char *s) __attribute__((malloc, returns_nonnull));
char *alloc_printf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), returns_nonnull, nonnull(1)));

/* Returns a zeroed structure of a type that a block of a reserve can hold. */
#define alloc_new(type)                                                                           \
    ({                                                                                            \
        _Static_assert(sizeof(type) <= ALLOC_RESERVE_LARGE, "larger than a block of a reserve");  \
        (type *)alloc_zero(sizeof(type));                                                         \
    })

#endif
