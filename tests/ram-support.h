/* SPDX-License-Identifier: MIT
 *
 * Shared by the tests of RAM.
 */
#ifndef RAM_SUPPORT_H
#define RAM_SUPPORT_H

#include <string.h>

#include "support.h"

enum { host_has_64_bits = sizeof(void *) == 8 };

/* How many GiB of address space a test may take. A 32-bit host has 3 or 4 for everything. */
static inline uint64_t gibibytes(unsigned wanted)
{
    return (uint64_t)(host_has_64_bits ? wanted : 1) << 30;
}

static inline bool is_filled(const void *host, uint8_t byte, size_t length)
{
    const uint8_t *p = host;

    while (length && *p == byte) {
        p++, length--;
    }
    return length == 0;
}

/* Checks that an error contains 'word', and frees it. */
#define assert_error(err, word)                                                                   \
    do {                                                                                          \
        g_assert_nonnull(err);                                                                    \
        if (!strstr(error_get_pretty(err), word)) {                                               \
            g_error("no \"%s\" in: %s", word, error_get_pretty(err));                             \
        }                                                                                         \
        error_free(err);                                                                          \
        err = NULL;                                                                               \
    } while (0)

static inline MemoryRegion *flags_new(Machine *m, const char *name, uint64_t size, uint32_t flags)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    g_assert_true(memory_region_init_ram_flags_nomigrate(mr, NULL, name, size, flags, NULL));
    return mr;
}

#endif
