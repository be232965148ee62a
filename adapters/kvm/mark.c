/* SPDX-License-Identifier: MIT
 *
 * Marking pages of slots (mark.h). Knows neither bitmaps nor rings.
 */
#include "mark.h"

void kvm_mark_pages(const KvmSpace *space, const KvmSlot *slot, uint64_t first, uint64_t count)
{
    const uint64_t page_size = space->km->host.page_size;
    MemoryRegion *mr = slot->info.mr;

    if (mr) {
        ram_addr_t base = memory_region_get_ram_addr(mr) + slot->info.offset_within_region;
        cpu_physical_memory_set_dirty_range(base + first * page_size, count * page_size,
                                            slot->clients);
    }
}

void kvm_mark_bitmap(const KvmSpace *space, const KvmSlot *slot, const uint64_t *bitmap)
{
    MemoryRegion *mr = slot->info.mr;

    if (mr) {
        ram_addr_t base = memory_region_get_ram_addr(mr) + slot->info.offset_within_region;
        cpu_physical_memory_set_dirty_bitmap((const unsigned long *)bitmap, base,
                                             kvm_mark_page_count(space, slot), slot->clients);
    }
}

void kvm_mark_all(const KvmSpace *space, const KvmSlot *slot)
{
    kvm_mark_pages(space, slot, 0, kvm_mark_page_count(space, slot));
}

bool kvm_mark_unless_logged(const KvmSpace *space, const KvmSlot *slot)
{
    if (slot->log && !slot->info.logged) {
        kvm_mark_all(space, slot);
    }
    return slot->info.logged;
}
