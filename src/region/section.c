/* SPDX-License-Identifier: MIT
 *
 * The public calls on sections that need no edit: cuts, queries for adapters, and copies. A copy
 * keeps the region's owner and the view alive.
 */
#include "region/section.h"

#include <stdlib.h>

#include <physmem/ram.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/wide.h"
#include "region/above.h"
#include "region/room.h"

/* Cuts the section to its own bytes [first, end), counted from its beginning. If there are none,
 * returns false and leaves the section as it was. */
static bool cut(MemoryRegionSection *section, Int128 first, Int128 end)
{
    if (int128_ge(first, end)) {
        return false;
    }
    section->offset_within_region += int128_getlo(first);
    section->offset_within_address_space += int128_getlo(first);
    section->size = int128_sub(end, first);
    return true;
}

bool memory_region_section_intersect_range(MemoryRegionSection *section, uint64_t offset,
                                           uint64_t size)
{
    Int128 start = int128_make64(section->offset_within_region);
    Int128 from = int128_max(start, int128_make64(offset));
    Int128 to = int128_min(wide_sum(offset, size), int128_add(start, section->size));
    return cut(section, int128_sub(from, start), int128_sub(to, start));
}

bool memory_region_section_intersect_pages(MemoryRegionSection *section, uint64_t page_size)
{
    if (!page_size || page_size & (page_size - 1)) {
        return misuse(NULL, "%s: page size 0x%" PRIx64 " is not a power of two", __func__,
                      page_size);
    }
    Int128 start = int128_make64(section->offset_within_address_space);
    Int128 pages = int128_neg(int128_make64(page_size)); /* a mask */
    Int128 from = int128_and(int128_add(start, int128_make64(page_size - 1)), pages);
    Int128 to = int128_and(int128_add(start, section->size), pages);
    return cut(section, int128_sub(from, start), int128_sub(to, start));
}

bool memory_region_section_intersect_memory(MemoryRegionSection *section)
{
    uint64_t memory = section->mr ? memory_region_get_ram_size(section->mr) : 0;
    return memory_region_section_intersect_range(section, 0, memory);
}

MemorySectionKind memory_region_section_get_kind(const MemoryRegionSection *section)
{
    const MemoryRegion *mr = section->mr;
    switch (mr ? mr->kind : MEMORY_KIND_CONTAINER) {
    case MEMORY_KIND_RAM:
    case MEMORY_KIND_RAM_DEVICE:
        return section->readonly || mr->readonly ? MEMORY_SECTION_ROM : MEMORY_SECTION_RAM;
    case MEMORY_KIND_ROM_DEVICE:
        return mr->romd_mode ? MEMORY_SECTION_ROM : MEMORY_SECTION_CALL;
    case MEMORY_KIND_CONTAINER:
    case MEMORY_KIND_ALIAS:
    case MEMORY_KIND_IO:
    case MEMORY_KIND_RESERVATION:
    case MEMORY_KIND_IOMMU:
        break;
    }
    return MEMORY_SECTION_CALL;
}

void *memory_region_section_get_ram_ptr(const MemoryRegionSection *section)
{
    uint8_t *host = section->mr ? memory_region_get_ram_ptr(section->mr) : NULL;
    return host ? host + section->offset_within_region : NULL;
}

MemoryRegionSection *memory_region_section_new_copy(MemoryRegionSection *s)
{
    MemoryRegionSection *copy = alloc_new(MemoryRegionSection);
    *copy = *s;
    memory_region_ref(copy->mr);
    if (copy->fv) {
        copy->fv->context->region->above->view_ref(copy->fv);
    }
    return copy;
}

void memory_region_section_free_copy(MemoryRegionSection *s)
{
    memory_region_unref(s->mr);
    if (s->fv) {
        s->fv->context->region->above->view_unref(s->fv);
    }
    free(s);
}
