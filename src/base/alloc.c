/* SPDX-License-Identifier: MIT
 *
 * Allocation that does not fail (alloc.h). Guest RAM does not come from here: if the host has too
 * little of it, the caller gets an error (ram/backing.c).
 */
#define _GNU_SOURCE /* vasprintf */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"

/* ---- The reserve ------------------------------------------------------------------------ */

/* A block from malloc(). Its first bytes link it to the next one while it is in the reserve. So
 * most blocks are small: the kernel has to provide each page that is touched. */
struct AllocReserve {
    struct AllocReserve *next;
};

static const size_t block_size[ALLOC_RESERVE_SIZES] = { ALLOC_RESERVE_SMALL, ALLOC_RESERVE_LARGE };

static bool add_to_reserve(unsigned which)
{
    struct AllocReserve *block = malloc(block_size[which]);

    if (block) {
        block->next = thread_state.reserve[which];
        thread_state.reserve[which] = block;
    }
    return block != NULL;
}

/* Returns the smallest block that has room, or NULL. */
static void *take_from_reserve(size_t size)
{
    for (unsigned which = 0; which < ALLOC_RESERVE_SIZES; which++) {
        struct AllocReserve *block = thread_state.reserve[which];
        if (block && size <= block_size[which]) {
            thread_state.reserve[which] = block->next;
            return block;
        }
    }
    return NULL;
}

static void free_reserve(void)
{
    void *block;

    while ((block = take_from_reserve(0))) {
        free(block);
    }
}

static bool fill_reserve(unsigned small, unsigned large)
{
    for (unsigned i = 0; i < small + large; i++) {
        if (!add_to_reserve(i >= small)) {
            free_reserve();
            return false;
        }
    }
    return true;
}

bool alloc_reserve_begin(unsigned small, unsigned large)
{
    if (thread_state.reserve_depth == 0 && !fill_reserve(small, large)) {
        return false;
    }
    thread_state.reserve_depth++;
    return true;
}

void alloc_reserve_end(void)
{
    if (--thread_state.reserve_depth == 0) {
        free_reserve();
    }
}

/* ---- Allocation ------------------------------------------------------------------------- */

/* Returns ptr or, if it is NULL, a block of the reserve that has room for 'size' bytes. That block
 * is not zeroed. Ends the process if there is none. */
static void *checked(void *ptr, size_t size)
{
    ptr = ptr ? ptr : take_from_reserve(size);
    if (!ptr) {
        fputs("physmem: out of memory\n", stderr);
        abort();
    }
    return ptr;
}

void *alloc_zero(size_t size)
{
    void *ptr = calloc(1, size ? size : 1);

    return ptr ? ptr : memset(checked(NULL, size), 0, size);
}

void *alloc_resize(void *ptr, size_t count, size_t size)
{
    void *resized = reallocarray(ptr, count ? count : 1, size);

    /* SIZE_MAX: no block of the reserve can take over the contents of ptr. */
    return checked(resized, ptr ? SIZE_MAX : count * size);
}

void *alloc_aligned(size_t align, size_t size)
{
    void *ptr;

    if (posix_memalign(&ptr, align, size)) {
        ptr = NULL;
    }
    /* Blocks of the reserve are aligned as malloc() does it. */
    return checked(ptr, align > _Alignof(max_align_t) ? SIZE_MAX : size);
}

char *alloc_string(const char *s)
{
    char *copy = strdup(s);

    return copy ? copy : strcpy(checked(NULL, strlen(s) + 1), s);
}

char *alloc_printf(const char *fmt, ...)
{
    va_list ap;
    char *s;

    va_start(ap, fmt);
    int len = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (len >= 0) {
        return s;
    }
    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    s = checked(NULL, (size_t)len + 1);
    va_start(ap, fmt);
    vsnprintf(s, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return s;
}
