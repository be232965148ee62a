/* SPDX-License-Identifier: MIT
 *
 * Flat views and sections: which region answers at which address (specification 6.1, 8).
 *
 * A view never changes once it is published. It lives as long as a reader can see it or holds a
 * reference on it.
 *
 * Unless its comment says otherwise, every function here may be called from any thread. 'section'
 * is the section, in the caller's memory.
 */
#ifndef PHYSMEM_VIEW_H
#define PHYSMEM_VIEW_H

#include <physmem/int128.h>
#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* A view of a space. Programs get pointers to it and read no field. */
struct FlatView {
    /* private */
    uint64_t id;            /* never used twice in a process */
    uint8_t age[32];        /* of the parts: how many versions ago they changed */
    struct RangeNode *root; /* tree of ranges; NULL if empty */
    unsigned height;        /* levels above the leaves */
    uint32_t ref;
    size_t ranges;
    MemoryRegion *key; /* the region it is rendered from; NULL: the empty view */
    MemoryContext *context;
};

/* A section: a stretch of a space that one region answers, or a stretch of a region. Offsets and
 * size are in bytes. A section that a callback gets is valid during the call. */
struct MemoryRegionSection {
    Int128 size;
    MemoryRegion *mr; /* NULL: empty */
    FlatView *fv;
    hwaddr offset_within_region;
    hwaddr offset_within_address_space;
    bool readonly;    /* the region is, or a container or alias through which it is seen */
    bool nonvolatile; /* likewise */
    bool unmergeable; /* memory_region_set_unmergeable() */
};

/* Called for one range, in the thread that walks, with or without the context's lock. To stop the
 * walk, it returns true. */
typedef bool (*flatview_cb)(Int128 start, Int128 len, const MemoryRegion *mr,
                            hwaddr offset_in_region, void *opaque);

/* Calls cb for each range of the view, by ascending address, until it returns true. The caller
 * keeps the view alive by a read section or a reference. cb may do what the caller may do at this
 * place. */
PHYSMEM_API void flatview_for_each_range(FlatView *fv, flatview_cb cb, void *opaque);

/* Gives back a reference from address_space_get_flatview(). */
PHYSMEM_API void flatview_unref(FlatView *fv);

/* Returns whether two sections, 'a' and 'b', agree in all fields, the view included. */
PHYSMEM_INLINE bool MemoryRegionSection_eq(MemoryRegionSection *a, MemoryRegionSection *b)
{
    return a->mr == b->mr && a->fv == b->fv &&
           a->offset_within_region == b->offset_within_region &&
           a->offset_within_address_space == b->offset_within_address_space &&
           int128_eq(a->size, b->size) && a->readonly == b->readonly &&
           a->nonvolatile == b->nonvolatile && a->unmergeable == b->unmergeable;
}

/* Cuts a section to the part of its region in [offset, offset + size). Returns false, with the
 * section as it was, if they have nothing in common. */
PHYSMEM_API bool memory_region_section_intersect_range(MemoryRegionSection *section,
                                                       uint64_t offset, uint64_t size);

/* Cuts a section to the whole pages that lie in it. Pages are counted in addresses of the space.
 * Returns false, with the section as it was, if there are none. page_size is in bytes and a power
 * of two; any other value is refused with a MISUSE message and the result false. For adapters that
 * can map whole pages only. */
PHYSMEM_API bool memory_region_section_intersect_pages(MemoryRegionSection *section,
                                                       uint64_t page_size);

/* Cuts a section to the part of its region that has host memory. A region may be larger than its
 * memory, and the host memory after that is not the guest's. Returns false, with the section as it
 * was, if no part of it has host memory. The result does not say how the memory may be accessed: a
 * ROM device has memory in either mode. */
PHYSMEM_API bool memory_region_section_intersect_memory(MemoryRegionSection *section);

/* How a guest may reach a section if its CPU accesses host memory without the library, as under a
 * hypervisor or a translator. */
typedef enum MemorySectionKind {
    MEMORY_SECTION_CALL, /* by calls only: devices, IOMMUs, ROM devices in their command mode */
    MEMORY_SECTION_ROM,  /* reads and fetches directly; writes are calls: ROM, ROM devices in ROM
                          * mode, RAM that is read-only itself or in this section */
    MEMORY_SECTION_RAM,  /* directly: RAM, RAM devices */
} MemorySectionKind;

/* Returns the kind of a section at this moment. An edit of the region can change it; listeners are
 * then told that the range goes and comes back. The kind of a section without a region is
 * MEMORY_SECTION_CALL. Protected RAM (memory_region_is_protected()) counts as RAM, although only
 * the guest's CPU may touch its host memory. The kind says nothing about how much of the section
 * has memory: see memory_region_section_intersect_memory(). */
PHYSMEM_API MemorySectionKind memory_region_section_get_kind(const MemoryRegionSection *section);

/* Returns the host address of the section's first byte; the other bytes follow it. The section must
 * have host memory from its first byte on: cut it with memory_region_section_intersect_memory().
 * Returns NULL if it has no region and, with a MISUSE message, if the region has no memory. Valid
 * as long as the region. */
PHYSMEM_API void *memory_region_section_get_ram_ptr(const MemoryRegionSection *section);

/* Returns the address of the section's last byte in its space. The section must not be empty. */
PHYSMEM_INLINE hwaddr memory_region_section_get_last(const MemoryRegionSection *section)
{
    return section->offset_within_address_space + (int128_getlo(section->size) - 1);
}

/* Makes a copy of the section 's' on the heap that keeps region and view alive. Region and view may
 * be NULL. The caller sees to it that the view in 's' is still alive. The copy is never NULL; the
 * caller frees it with memory_region_section_free_copy(). */
PHYSMEM_API MemoryRegionSection *memory_region_section_new_copy(MemoryRegionSection *s);

/* Frees the copy 's', and gives its reference on the region back. With it the owner may end, as
 * with memory_region_unref(): that may take the context's lock. Any thread. */
PHYSMEM_API void memory_region_section_free_copy(MemoryRegionSection *s);

/* Returns the first range that is visible in [addr, addr + size) of mr, cut to these bytes. The
 * place is looked up in the oldest space whose root is the topmost container above mr. So the range
 * may be one of another region, which hides mr there. The section is empty (mr NULL) if nothing is
 * visible, if no space has that root, or if size is 0. The caller gets a reference on the region
 * (memory_region_unref()), and none on the view, which is valid in a read section only. Edits of an
 * open transaction are not seen. */
PHYSMEM_API MemoryRegionSection memory_region_find(MemoryRegion *mr, hwaddr addr, uint64_t size);

/* Returns whether another region than 'container' is visible at offset addr of it. */
PHYSMEM_API bool memory_region_present(MemoryRegion *container, hwaddr addr);

PHYSMEM_END_DECLS

#endif
