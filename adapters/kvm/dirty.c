/* SPDX-License-Identifier: MIT
 *
 * Chooses the source of dirty pages for each call (dirty.h). Called by attach.c, layout.c and
 * slot-update.c, never by the sources.
 */
#include "dirty.h"

#include <stdlib.h>

#include "dirty-bitmap.h"
#include "dirty-ring.h"
#include "mark.h"
#include "rings.h"

bool kvm_dirty_init(KVMMemory *km, Error **errp)
{
    return km->options.dirty_ring_entries == 0 || kvm_dirty_ring_init(km, errp);
}

static bool has_rings(const KvmSpace *space)
{
    return space->km->rings.entries != 0;
}

void kvm_dirty_listen(KvmSpace *space)
{
    if (has_rings(space)) {
        kvm_dirty_ring_listen(space);
    } else {
        kvm_dirty_bitmap_listen(space);
    }
}

/* Makes the adapter's context the current one meanwhile: the thread that commits may have another
 * one. */
static void take(KvmSpace *space, KvmSlot *slot, void (*take_rings)(KVMMemory *km),
                 void (*take_bitmap)(KvmSpace *space, KvmSlot *slot))
{
    MemoryContext *before = memory_context_set_current(space->km->context);

    if (kvm_mark_unless_logged(space, slot)) {
        if (has_rings(space)) {
            take_rings(space->km);
        } else {
            take_bitmap(space, slot);
        }
    }
    memory_context_set_current(before);
}

void kvm_dirty_take(KvmSpace *space, KvmSlot *slot)
{
    take(space, slot, kvm_rings_take, kvm_dirty_bitmap_take);
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
