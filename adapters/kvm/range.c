/* SPDX-License-Identifier: MIT
 *
 * From a range to a slot (range.h).
 */
#include "range.h"

#include "host.h"
#include "slot-report.h"

bool kvm_range_pages(const KvmSpace *space, MemoryRegionSection *section)
{
    hwaddr most = HWADDR_MAX - section->offset_within_address_space;

    section->size = int128_min(section->size, int128_make64(most));
    return memory_region_section_intersect_pages(section, space->km->host.page_size);
}

static void locate_in_file(KVMMemorySlot *slot)
{
    slot->fd = memory_region_get_fd(slot->mr);
    slot->fd_offset = memory_region_get_fd_offset(slot->mr);
    slot->fd_offset += slot->fd >= 0 ? slot->offset_within_region : 0;
}

/* Whether the host's KVM can have the slot. Reports why not. */
static bool is_possible(KvmSpace *space, const KVMMemorySlot *slot)
{
    if ((uintptr_t)slot->host & (space->km->host.page_size - 1)) {
        kvm_slot_report(space->km, MEMORY_LOG_WARNING, slot, "no slot for",
                        "its host address is at another offset in a page than its guest "
                        "address: align both; accesses there exit");
        return false;
    }
    return !slot->readonly || kvm_host_feature(space->km, KVM_FEATURE_READONLY_MEM) != 0;
}

bool kvm_range_slot(KvmSpace *space, const MemoryRegionSection *section, KVMMemorySlot *slot)
{
    MemorySectionKind kind = memory_region_section_get_kind(section);
    MemoryRegionSection part = *section;

    if (kind == MEMORY_SECTION_CALL || !memory_region_section_intersect_memory(&part) ||
        !kvm_range_pages(space, &part)) {
        return false;
    }
    *slot = (KVMMemorySlot){ .address_space = space->id,
                             .mr = part.mr,
                             .readonly = kind == MEMORY_SECTION_ROM,
                             .guest_addr = part.offset_within_address_space,
                             .size = int128_get64(part.size),
                             .host = memory_region_section_get_ram_ptr(&part),
                             .offset_within_region = part.offset_within_region };
    locate_in_file(slot);
    return is_possible(space, slot);
}
