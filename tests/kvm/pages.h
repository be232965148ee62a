/* SPDX-License-Identifier: MIT
 *
 * Dirty pages of RAM that a guest writes: as text, and harvested again and again into a copy of
 * the memory, as a migration does.
 */
#ifndef TESTS_KVM_PAGES_H
#define TESTS_KVM_PAGES_H

#include "guest.h"

enum { PAGE = 0x1000 };

/* Takes one client's dirty pages, in pages of the host, as text: "0-3 7". */
char *pages_take(MemoryRegion *mr, unsigned client);
#define assert_taken(mr, client, want)                                                            \
    do {                                                                                          \
        g_autofree char *pages_now = pages_take(mr, client);                                      \
        g_assert_cmpstr(pages_now, ==, want);                                                     \
    } while (0)

/* Checks that no page is dirty for one client, or for both clients that may log. */
void pages_clean(MemoryRegion *mr, unsigned client);
void pages_clean_all(MemoryRegion *mr);

/* A copy of RAM, and which of its pages were ever dirty. */
typedef struct Harvest {
    MemoryRegion *mr;
    unsigned client;
    uint64_t pages;
    uint8_t *seen; /* a byte for each page: whether it was ever dirty */
    uint8_t *copy;
} Harvest;

/* Begins with a copy of the memory as it is now. Pages that were dirty before do not count. */
void harvest_begin(Harvest *h, MemoryRegion *mr, unsigned client);

/* Takes the dirty pages and copies them. */
void harvest_once(Harvest *h);

/* Harvests a last time; nothing writes any more. Checks that copy and memory are equal. */
void harvest_end(Harvest *h);
#define assert_seen(h, want)                                                                      \
    do {                                                                                          \
        g_autofree char *seen_now = harvest_seen(h);                                              \
        g_assert_cmpstr(seen_now, ==, want);                                                      \
    } while (0)
char *harvest_seen(const Harvest *h);
void harvest_free(Harvest *h);

#endif
