/* SPDX-License-Identifier: MIT
 *
 * The clients that log a region, as a mask of bits 1 << DIRTY_MEMORY_... (specification 17.1). A
 * display logs single regions. Migration logs all migratable RAM, and translators of code log all
 * RAM.
 */
#include <physmem/dirty.h>
#include <physmem/ram.h>

#include "region/region.h"

static bool is_migratable(const MemoryRegion *mr)
{
    return mr->kind == MEMORY_KIND_IOMMU ||
           (mr->ram_block && qemu_ram_is_migratable(mr->ram_block));
}

/* Adds to 'own', the region's own mask, the clients that log all regions like this one. */
static uint8_t mask_with(const MemoryRegion *mr, uint8_t own)
{
    uint8_t clients = __atomic_load_n(&mr->parent_obj.context->log_clients, __ATOMIC_RELAXED);

    if (clients & 1 << DIRTY_MEMORY_MIGRATION && is_migratable(mr)) {
        own |= 1 << DIRTY_MEMORY_MIGRATION;
    }
    if (clients & 1 << DIRTY_MEMORY_CODE && mr->ram_block) {
        own |= 1 << DIRTY_MEMORY_CODE;
    }
    return own;
}

uint8_t region_shown_dirty_mask(const MemoryRegion *mr)
{
    return mask_with(mr, mr->dirty_log_mask);
}

/* Reads the count and not the attribute dirty_log_mask. Threads call this without the lock, and
 * the journal takes the attribute back for a moment when a space begins inside a transaction
 * (journal.c). */
uint8_t memory_region_get_dirty_log_mask(MemoryRegion *mr)
{
    bool vga = __atomic_load_n(&mr->vga_logging_count, __ATOMIC_RELAXED) != 0;

    return mask_with(mr, (uint8_t)(vga << DIRTY_MEMORY_VGA));
}

bool memory_region_is_logging(MemoryRegion *mr, uint8_t client)
{
    return memory_region_get_dirty_log_mask(mr) & (1 << client);
}
