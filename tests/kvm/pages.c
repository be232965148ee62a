/* SPDX-License-Identifier: MIT
 *
 * Harvesting; see pages.h.
 */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

/* "0-3 7" of a byte for each page. */
static char *text_of(const uint8_t *set, uint64_t pages)
{
    GString *out = g_string_new(NULL);

    for (uint64_t p = 0; p < pages; p++) {
        uint64_t first = p;
        while (p < pages && set[p]) {
            p++;
        }
        if (p > first) {
            g_string_append_printf(out, "%s%" PRIu64, out->len ? " " : "", first);
        }
        if (p > first + 1) {
            g_string_append_printf(out, "-%" PRIu64, p - 1);
        }
    }
    return g_string_free(out, false);
}

void pages_clean(MemoryRegion *mr, unsigned client)
{
    free(memory_region_snapshot_and_clear_dirty(mr, 0, memory_region_size(mr), client));
}

void pages_clean_all(MemoryRegion *mr)
{
    pages_clean(mr, DIRTY_MEMORY_VGA);
    pages_clean(mr, DIRTY_MEMORY_MIGRATION);
}

static void take(MemoryRegion *mr, unsigned client, uint8_t *set, uint8_t *copy)
{
    const uint8_t *host = memory_region_get_ram_ptr(mr);
    const hwaddr end = memory_region_size(mr);
    DirtyBitmapSnapshot *snap = memory_region_snapshot_and_clear_dirty(mr, 0, end, client);

    for (hwaddr at = 0, len; memory_region_snapshot_next_dirty(mr, snap, &at, end, &len);
         at += len) {
        memset(&set[at / PAGE], 1, len / PAGE);
        if (copy) {
            memcpy(copy + at, host + at, len);
        }
    }
    free(snap);
}

char *pages_take(MemoryRegion *mr, unsigned client)
{
    const uint64_t pages = memory_region_size(mr) / PAGE;
    g_autofree uint8_t *set = g_malloc0(pages);

    take(mr, client, set, NULL);
    return text_of(set, pages);
}

void harvest_begin(Harvest *h, MemoryRegion *mr, unsigned client)
{
    const uint64_t size = memory_region_size(mr);

    *h = (Harvest){ .mr = mr,
                    .client = client,
                    .pages = size / PAGE,
                    .seen = g_malloc0(size / PAGE),
                    .copy = g_malloc(size) };
    pages_clean(mr, client);
    memcpy(h->copy, memory_region_get_ram_ptr(mr), size);
}

void harvest_once(Harvest *h)
{
    take(h->mr, h->client, h->seen, h->copy);
}

void harvest_end(Harvest *h)
{
    harvest_once(h);
    g_assert_cmpint(memcmp(h->copy, memory_region_get_ram_ptr(h->mr), h->pages * PAGE), ==, 0);
}

char *harvest_seen(const Harvest *h)
{
    return text_of(h->seen, h->pages);
}

void harvest_free(Harvest *h)
{
    g_free(h->seen);
    g_free(h->copy);
}
