/* SPDX-License-Identifier: MIT
 *
 * Allocation that does not fail (alloc.h). Guest RAM never comes from here: its exhaustion is an
 * error that the caller hears of (ram/backing.c).
 */
#define _GNU_SOURCE /* vasprintf */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *ptr)
{
    if (!ptr) {
        fputs("physmem: out of memory\n", stderr);
        abort();
    }
    return ptr;
}

void *alloc_zero(size_t size)
{
    return checked(calloc(1, size ? size : 1));
}

void *alloc_resize(void *ptr, size_t count, size_t size)
{
    return checked(reallocarray(ptr, count ? count : 1, size));
}

char *alloc_string(const char *s)
{
    return checked(strdup(s));
}

char *alloc_printf(const char *fmt, ...)
{
    va_list ap;
    char *s;

    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0) {
        s = NULL;
    }
    va_end(ap);
    return checked(s);
}
