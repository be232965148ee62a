/* SPDX-License-Identifier: MIT
 *
 * Offsets of a section in its region, and cutting by them, for the code that manages discards. The
 * public calls are in section.c.
 */
#ifndef REGION_SECTION_H
#define REGION_SECTION_H

#include <physmem/view.h>

static inline uint64_t section_first(const MemoryRegionSection *s)
{
    return s->offset_within_region;
}

/* The end is exclusive. Only sections of RAM are used here, and they end below 2^64. */
static inline uint64_t section_end(const MemoryRegionSection *s)
{
    return s->offset_within_region + int128_getlo(s->size);
}

/* Cuts a section to the offsets [first, end) of its region. If no byte is left, returns false and
 * leaves the section as it was. */
static inline bool section_cut(MemoryRegionSection *s, uint64_t first, uint64_t end)
{
    first = first > section_first(s) ? first : section_first(s);
    end = end < section_end(s) ? end : section_end(s);
    if (first >= end) {
        return false;
    }
    s->offset_within_address_space += first - s->offset_within_region;
    s->offset_within_region = first;
    s->size = int128_make64(end - first);
    return true;
}

#endif
