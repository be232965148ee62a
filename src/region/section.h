/* SPDX-License-Identifier: MIT
 *
 * Sections as stretches of one region, for code that walks the parts of a section, and references
 * on the views of sections.
 */
#ifndef REGION_SECTION_H
#define REGION_SECTION_H

#include <physmem/view.h>

/* Takes one more reference on a view. Returns false if the view has no reference left, so that it
 * is about to end. */
static inline bool view_tryref(FlatView *fv)
{
    uint32_t ref = __atomic_load_n(&fv->ref, __ATOMIC_RELAXED);
    while (ref) {
        if (__atomic_compare_exchange_n(&fv->ref, &ref, ref + 1, true, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

static inline uint64_t section_first(const MemoryRegionSection *s)
{
    return s->offset_within_region;
}

/* Sections of RAM end below 2^64. */
static inline uint64_t section_end(const MemoryRegionSection *s)
{
    return s->offset_within_region + (uint64_t)s->size;
}

/* Cuts a section to [first, end) of its region. Returns false, with the section as it was, if no
 * byte is left. */
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
