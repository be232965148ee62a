/* SPDX-License-Identifier: MIT
 *
 * Memory for the library's own structures where no error can be returned: running out of it ends
 * the process with a message. Zeroed.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Guarantees memory for a call that can return an error but is built from functions that cannot.
 * From here to alloc_reserve_end() the calling thread can make 'allocations' allocations of up to
 * ALLOC_RESERVE_SIZE bytes each, even if the host has no memory by then. False: the host has no
 * memory now, and nothing is reserved. If it is nested, the outermost reserve serves all of them. */
enum { ALLOC_RESERVE_SIZE = 2048 };
bool alloc_reserve_begin(unsigned allocations);
void alloc_reserve_end(void);

void *alloc_zero(size_t size) __attribute__((malloc, returns_nonnull));
/* May return uninitialised memory beyond the old size. */
void *alloc_resize(void *ptr, size_t count, size_t size) __attribute__((returns_nonnull));
/* Not zeroed; 'align' is a power of two and at least sizeof(void *). */
void *alloc_aligned(size_t align, size_t size) __attribute__((malloc, returns_nonnull));
char *alloc_string(const char *s) __attribute__((malloc, returns_nonnull));
char *alloc_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

#endif
