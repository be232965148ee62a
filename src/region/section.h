/* SPDX-License-Identifier: MIT
 *
 * Offsets of a section in its region, and cutting by them, for the code that manages discards; and
 * references on views. The public calls are in section.c.
 */
#ifndef REGION_SECTION_H
#define REGION_SECTION_H

#include <physmem/space.h>
#include <physmem/view.h>

/* Takes one more reference on a view. Returns false if the view has no reference left: it is about
 * to be freed. Call it in a read section, or where a reference is held. */
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

/* Takes a reference on the present view of a space. In a read section. */
static inline FlatView *view_hold(AddressSpace *as)
{
    FlatView *fv;
    do {
        fv = address_space_to_flatview(as);
    } while (!view_tryref(fv));
    return fv;
}

static inline uint64_t section_first(const MemoryRegionSection *s)
{
    return s->offset_within_region;
}

/* The end is exclusive. Only sections of RAM are used here, and they end below 2^64. */
static inline uint64_t section_end(const MemoryRegionSection *s)
{
    return s->offset_within_region + (uint64_t)s->size;
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
