/* SPDX-License-Identifier: MIT
 *
 * Queries of the RAM behind a region (specification section 5), and the calls that write it back
 * to its file. Resizing is in topology/resize.c.
 */
#include "base/log.h"
#include "ram/block.h"
#include "region/region.h"

/* Returns the region at the end of a chain of aliases that begins with mr. Stores the offset there
 * that offset 0 of mr shows to *offset. */
static MemoryRegion *follow_aliases(MemoryRegion *mr, hwaddr *offset)
{
    MemoryRegion *target;

    for (*offset = 0; (target = region_target(mr)); mr = target) {
        *offset += mr->alias_offset;
    }
    return mr;
}

bool memory_region_is_ram_device(MemoryRegion *mr)
{
    return mr->kind == MEMORY_KIND_RAM_DEVICE;
}

bool memory_region_is_protected(MemoryRegion *mr)
{
    return region_is_ram(mr) &&
           __atomic_load_n(&mr->ram_block->flags, __ATOMIC_RELAXED) & RAM_PROTECTED;
}

int memory_region_get_fd(MemoryRegion *mr)
{
    hwaddr offset;

    mr = follow_aliases(mr, &offset);
    return region_has_ram(mr) ? mr->ram_block->fd : -1;
}

uint64_t memory_region_get_fd_offset(MemoryRegion *mr)
{
    hwaddr offset;

    mr = follow_aliases(mr, &offset);
    return region_has_ram(mr) && mr->ram_block->fd >= 0 ? mr->ram_block->fd_offset + offset : 0;
}

MemoryRegion *memory_region_from_host(void *ptr, ram_addr_t *offset)
{
    READ_SECTION;
    RAMBlock *rb = ram_block_of_host(memory_context_current(), ptr);

    if (!rb) {
        return NULL;
    }
    if (offset) {
        *offset = (ram_addr_t)((uint8_t *)ptr - rb->host);
    }
    return __atomic_load_n(&rb->mr, __ATOMIC_RELAXED);
}

void *memory_region_get_ram_ptr(MemoryRegion *mr)
{
    hwaddr offset;
    MemoryRegion *target = follow_aliases(mr, &offset);

    if (!region_has_ram(target)) {
        misuse(mr->parent_obj.context, "%s: region '%s' has no RAM", __func__, region_label(mr));
        return NULL;
    }
    return qemu_map_ram_ptr(target->ram_block, ram_addr_of(offset));
}

uint64_t memory_region_get_ram_size(MemoryRegion *mr)
{
    hwaddr offset;
    uint64_t used;

    mr = follow_aliases(mr, &offset);
    used = region_has_ram(mr) ? qemu_ram_get_used_length(mr->ram_block) : 0;
    return used > offset ? used - offset : 0;
}

ram_addr_t memory_region_get_ram_addr(MemoryRegion *mr)
{
    return region_has_ram(mr) ? mr->ram_block->offset : RAM_ADDR_INVALID;
}

uint64_t memory_region_get_alignment(const MemoryRegion *mr)
{
    return mr->align;
}

void memory_region_msync(MemoryRegion *mr, hwaddr addr, hwaddr size)
{
    if (region_has_ram(mr)) {
        qemu_ram_msync(mr->ram_block, ram_addr_of(addr), ram_addr_of(size));
    }
}

/* Only while a display logs the region (specification section 5). */
void memory_region_writeback(MemoryRegion *mr, hwaddr addr, hwaddr size)
{
    if (__atomic_load_n(&mr->vga_logging_count, __ATOMIC_RELAXED)) {
        memory_region_msync(mr, addr, size);
    }
}
