/* SPDX-License-Identifier: MIT
 *
 * Which clients log a region (specification 17.1). A display logs single regions; migration and
 * translated code log all regions of a kind.
 */
#include <physmem/dirty.h>
#include <physmem/ram.h>

#include "region/region.h"

static bool is_migratable(const MemoryRegion *mr)
{
    return mr->kind == MEMORY_KIND_IOMMU ||
           (mr->ram_block && qemu_ram_is_migratable(mr->ram_block));
}

/* The region's own mask, together with the clients that log every region of its kind. */
static uint8_t mask_with(const MemoryRegion *mr, uint8_t own)
{
    uint8_t clients = __atomic_load_n(&mr->context->watch.log_clients, __ATOMIC_RELAXED);

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

/* Asks the count, which only memory_region_set_log() changes. The attribute is taken back for a
 * moment when a space begins inside a transaction (journal.h), and threads may call this then. */
uint8_t memory_region_get_dirty_log_mask(MemoryRegion *mr)
{
    bool vga = __atomic_load_n(&mr->vga_logging_count, __ATOMIC_RELAXED) != 0;

    return mask_with(mr, (uint8_t)(vga << DIRTY_MEMORY_VGA));
}

bool memory_region_is_logging(MemoryRegion *mr, uint8_t client)
{
    return memory_region_get_dirty_log_mask(mr) & (1 << client);
}
