/* SPDX-License-Identifier: MIT
 *
 * From a range to a slot (range.h).
 */
#include "range.h"

#include "host.h"

void kvm_range_report(KvmSpace *space, MemoryLogLevel level, const KVMMemorySlot *slot,
                      const char *what, const char *why)
{
    const char *name = slot->mr != NULL ? memory_region_name(slot->mr) : "(gone)";

    kvm_host_report(space->km, level, "%s region '%s' at 0x%" PRIx64 "-0x%" PRIx64 ": %s", what,
                    name != NULL ? name : "(noname)", slot->guest_addr,
                    slot->guest_addr + (slot->size - 1), why);
}

typedef enum Kind {
    KIND_NONE, /* exits */
    KIND_WRITABLE,
    KIND_READONLY,
} Kind;

static Kind kind_of(const MemoryRegionSection *section)
{
    if (memory_region_is_romd(section->mr)) {
        return KIND_READONLY;
    }
    if (!memory_region_is_ram(section->mr)) {
        return KIND_NONE;
    }
    return section->readonly ? KIND_READONLY : KIND_WRITABLE;
}

/* The last page of 2^64 bytes is left out, so that all sizes fit; no host has so much. */
bool kvm_range_pages(const KvmSpace *space, const MemoryRegionSection *section, hwaddr *first,
                     uint64_t *size)
{
    hwaddr mask = space->km->host_page_size - 1;
    hwaddr start = section->offset_within_address_space;
    hwaddr last = start + (int128_getlo(section->size) - 1);
    hwaddr end = last == HWADDR_MAX ? last & ~mask : (last + 1) & ~mask;

    *first = (start + mask) & ~mask;
    *size = end - *first;
    return *first >= start && end > *first;
}

/* A region may have been made larger than its memory: what lies behind that in the host is none of
 * the guest's. False if nothing is left. */
static bool cut_to_memory(const KvmSpace *space, KVMMemorySlot *slot)
{
    uint64_t mask = space->km->host_page_size - 1;
    uint64_t memory = memory_region_get_ram_size(slot->mr);
    uint64_t rest = memory > slot->offset_within_region ? memory - slot->offset_within_region : 0;

    if (slot->size > rest) {
        slot->size = rest & ~mask;
    }
    return slot->size != 0;
}

static void locate(KVMMemorySlot *slot)
{
    slot->host = (char *)memory_region_get_ram_ptr(slot->mr) + slot->offset_within_region;
    slot->fd = memory_region_get_fd(slot->mr);
    slot->fd_offset = memory_region_get_fd_offset(slot->mr);
    slot->fd_offset += slot->fd >= 0 ? slot->offset_within_region : 0;
}

/* Can it be a slot on this host? */
static bool is_possible(KvmSpace *space, const KVMMemorySlot *slot)
{
    if ((uintptr_t)slot->host & (space->km->host_page_size - 1)) {
        kvm_range_report(space, MEMORY_LOG_WARNING, slot, "no slot for",
                         "its host address does not lie in its page as the guest address does; "
                         "left to exits");
        return false;
    }
    return !slot->readonly || kvm_host_feature(space->km, KVM_FEATURE_READONLY_MEM) != 0;
}

bool kvm_range_slot(KvmSpace *space, const MemoryRegionSection *section, KVMMemorySlot *slot)
{
    Kind kind = kind_of(section);

    *slot = (KVMMemorySlot){ .address_space = space->id,
                             .mr = section->mr,
                             .readonly = kind == KIND_READONLY };
    if (kind == KIND_NONE || !kvm_range_pages(space, section, &slot->guest_addr, &slot->size)) {
        return false;
    }
    slot->offset_within_region = section->offset_within_region +
                                 (slot->guest_addr - section->offset_within_address_space);
    if (!cut_to_memory(space, slot)) {
        return false;
    }
    locate(slot);
    return is_possible(space, slot);
}
