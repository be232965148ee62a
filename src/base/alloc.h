/* SPDX-License-Identifier: MIT
 *
 * Memory for the library's own structures where no error can be returned: running out of it ends
 * the process with a message. Zeroed.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

void *alloc_zero(size_t size) __attribute__((malloc, returns_nonnull));
/* May return uninitialised memory beyond the old size. */
void *alloc_resize(void *ptr, size_t count, size_t size) __attribute__((returns_nonnull));
char *alloc_string(const char *s) __attribute__((malloc, returns_nonnull));
char *alloc_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

#endif
