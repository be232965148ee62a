/* SPDX-License-Identifier: MIT
 *
 * Flat views and sections: which region answers at which address (specification section 8).
 *
 * A view never changes once it is published. It lives as long as a reader can see it or somebody
 * holds a reference.
 */
#ifndef PHYSMEM_VIEW_H
#define PHYSMEM_VIEW_H

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

struct FlatView {
    /* private */
    uint64_t id;              /* never used twice in a process */
    struct RangeNode *root;   /* tree of ranges; NULL if empty */
    unsigned height;          /* levels above the leaves */
    uint32_t ref;
    size_t ranges;
    MemoryRegion *key;        /* the region it is rendered from; NULL: the empty view */
    MemoryContext *context;
};

/* A stretch of a space that one region answers; or of a region (specification 1.7). */
struct MemoryRegionSection {
    Int128 size;
    MemoryRegion *mr; /* NULL: empty */
    FlatView *fv;
    hwaddr offset_within_region;
    hwaddr offset_within_address_space;
    bool readonly;
    bool nonvolatile;
    bool unmergeable; /* memory_region_set_unmergeable() */
};

/* Called for one range; true stops. */
typedef bool (*flatview_cb)(Int128 start, Int128 len, const MemoryRegion *mr,
                            hwaddr offset_in_region, void *opaque);

/* Calls cb for each range, by ascending address, until it returns true. The view must be kept by
 * a read section or a reference. Read side. */
PHYSMEM_API void flatview_for_each_range(FlatView *fv, flatview_cb cb, void *opaque);

/* Drops a reference got from address_space_get_flatview(). Any thread. */
PHYSMEM_API void flatview_unref(FlatView *fv);

static inline bool MemoryRegionSection_eq(MemoryRegionSection *a, MemoryRegionSection *b)
{
    return a->mr == b->mr && a->fv == b->fv &&
           a->offset_within_region == b->offset_within_region &&
           a->offset_within_address_space == b->offset_within_address_space &&
           int128_eq(a->size, b->size) && a->readonly == b->readonly &&
           a->nonvolatile == b->nonvolatile && a->unmergeable == b->unmergeable;
}

/* Cuts a section to the part of its region from offset to offset + size; false, with the section as
 * it was, if they have nothing in common. */
PHYSMEM_API bool memory_region_section_intersect_range(MemoryRegionSection *section,
                                                       uint64_t offset, uint64_t size);

/* Cuts a section to the whole pages (of the space's addresses) that lie in it. False, with the
 * section as it was, if there are none. page_size is in bytes and a power of two; else the
 * result is false, with a MISUSE message. For adapters that can map whole pages only. Any
 * thread. */
PHYSMEM_API bool memory_region_section_intersect_pages(MemoryRegionSection *section,
                                                       uint64_t page_size);

/* Cuts a section to the part of its region that has host memory: a region may be larger than its
 * memory, and the host memory behind that is not the guest's. False, with the section as it was, if
 * no part of it has host memory. The result does not say how the memory may be accessed: a ROM
 * device has memory in either mode. Any thread. */
PHYSMEM_API bool memory_region_section_intersect_memory(MemoryRegionSection *section);

/* A copy on the heap that keeps region and view alive (both may be NULL; the view in s must still
 * be), and its end. Any thread. */
PHYSMEM_API MemoryRegionSection *memory_region_section_new_copy(MemoryRegionSection *s);
PHYSMEM_API void memory_region_section_free_copy(MemoryRegionSection *s);

/* What is visible first in [addr, addr + size) relative to mr, in the first space whose root is
 * mr's topmost container; see the specification (6.2). The section is empty if nothing is. Takes
 * a reference on the region (memory_region_unref), none on the view. Read side. */
PHYSMEM_API MemoryRegionSection memory_region_find(MemoryRegion *mr, hwaddr addr,
                                                   uint64_t size);

/* Is something other than 'container' itself visible at that byte of it? Read side. */
PHYSMEM_API bool memory_region_present(MemoryRegion *container, hwaddr addr);

PHYSMEM_END_DECLS

#endif
