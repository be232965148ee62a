/* SPDX-License-Identifier: MIT
 *
 * What both sources of dirty pages share (dirty.h): which one it is, and marking. Called by
 * layout.c and by the two.
 */
#include "dirty.h"

#include <stdlib.h>

void kvm_dirty_mark(const KvmSpace *space, const KvmSlot *slot, uint64_t page, uint64_t count)
{
    const uint64_t page_size = space->km->host_page_size;
    MemoryRegion *mr = slot->info.mr;

    if (mr != NULL) {
        ram_addr_t base = memory_region_get_ram_addr(mr) + slot->info.offset_within_region;
        cpu_physical_memory_set_dirty_range(base + page * page_size, count * page_size,
                                            slot->clients);
    }
}

void kvm_dirty_mark_all(const KvmSpace *space, const KvmSlot *slot)
{
    kvm_dirty_mark(space, slot, 0, kvm_dirty_pages(space, slot));
}

bool kvm_dirty_init(KVMMemory *km, Error **errp)
{
    return km->options.dirty_ring_entries == 0 || kvm_dirty_ring_init(km, errp);
}

void kvm_dirty_listen(KvmSpace *space)
{
    if (space->km->dirty_ring_entries != 0) {
        kvm_dirty_ring_listen(space);
    } else {
        kvm_dirty_bitmap_listen(space);
    }
}

/* Commits may come from a thread whose context is another one. A slot that KVM would not log
 * (layout.c has said so) is dirty whenever somebody asks. */
static void take(KvmSpace *space, KvmSlot *slot, void (*take_rings)(KVMMemory *km),
                 void (*take_bitmap)(KvmSpace *space, KvmSlot *slot))
{
    MemoryContext *before = memory_context_set_current(space->km->context);

    if (slot->log && !slot->info.logged) {
        kvm_dirty_mark_all(space, slot);
    } else if (slot->info.logged && space->km->dirty_ring_entries != 0) {
        take_rings(space->km);
    } else if (slot->info.logged) {
        take_bitmap(space, slot);
    }
    memory_context_set_current(before);
}

void kvm_dirty_take(KvmSpace *space, KvmSlot *slot)
{
    take(space, slot, kvm_dirty_ring_take, kvm_dirty_bitmap_take);
}

void kvm_dirty_settle(KvmSpace *space, KvmSlot *slot)
{
    take(space, slot, kvm_dirty_ring_settle, kvm_dirty_bitmap_settle);
}

void kvm_dirty_slot_end(KvmSlot *slot)
{
    free(slot->unclear);
    slot->unclear = NULL;
}
