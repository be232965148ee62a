/* SPDX-License-Identifier: MIT
 *
 * Which clients log a region (specification 17.1).
 */
#include <assert.h>

#include <physmem/dirty.h>
#include <physmem/ram.h>

#include "region/region.h"

static bool is_migratable(const MemoryRegion *mr)
{
    return mr->is_iommu || (mr->ram_block && qemu_ram_is_migratable(mr->ram_block));
}

uint8_t region_dirty_mask(const MemoryRegion *mr)
{
    uint8_t mask = mr->dirty_log_mask;
    if (mr->context->logs_migration && is_migratable(mr)) {
        mask |= 1 << DIRTY_MEMORY_MIGRATION;
    }
    if (mr->context->hooks.translates_code && mr->ram_block) {
        mask |= 1 << DIRTY_MEMORY_CODE;
    }
    return mask;
}

uint8_t memory_region_get_dirty_log_mask(MemoryRegion *mr)
{
    return region_dirty_mask(mr);
}

bool memory_region_is_logging(MemoryRegion *mr, uint8_t client)
{
    return region_dirty_mask(mr) & (1 << client);
}

/* Nothing keeps bitmaps or translated code yet: what is left of the call is its contract. */
void memory_region_flush_rom_device(MemoryRegion *mr, hwaddr addr, hwaddr size)
{
    assert(memory_region_is_romd(mr));
    assert(addr <= mr->size && size <= mr->size - addr);
    (void)size;
}
