/* SPDX-License-Identifier: MIT
 *
 * The listener of ranges (layout.h): notes which ranges a commit changes, and has slot-update.c
 * change the slots at the end of the commit. Called by the library with the context's lock held.
 */
#include "layout.h"

#include <stdlib.h>

#include "dirty.h"
#include "ioeventfds.h"
#include "range.h"
#include "slot-report.h"
#include "slot-update.h"

/* The slot of a range that the space shows, whether KVM has it or it is waiting; NULL if the range
 * has none. */
static KvmSlot *slot_of(const KvmSpace *space, const MemoryRegionSection *section)
{
    MemoryRegionSection pages = *section;
    hwaddr first;
    KvmSlot *slot;

    if (!kvm_range_pages(space, &pages)) {
        return NULL;
    }
    first = pages.offset_within_address_space;
    slot = kvm_slots_at(&space->slots, first);
    if (!slot || kvm_space_is_leaving(space, slot)) {
        slot = kvm_slots_at(&space->waiting, first);
    }
    return slot;
}

/* ---- Noting changes --------------------------------------------------------------------- */

/* Makes room in both tables, so that moving the slot from one to the other cannot fail. */
static KvmSlot *new_slot(KvmSpace *space, const KVMMemorySlot *info)
{
    KvmSlot *slot = calloc(1, sizeof(*slot));

    if (!slot || !kvm_slots_reserve(&space->waiting, space->waiting.count + 1) ||
        !kvm_slots_reserve(&space->slots, space->slots.count + space->waiting.count + 1)) {
        free(slot);
        return NULL;
    }
    slot->info = *info;
    return slot;
}

/* KVM gets the ioeventfds of ordinary memory only, not those of system management mode. */
static void note_change(KvmSpace *space, const MemoryRegionSection *section)
{
    if (space->id == 0) {
        kvm_ioeventfds_range_changed(space->km, section);
    }
}

static void range_add(MemoryListener *listener, MemoryRegionSection *section)
{
    KvmSpace *space = kvm_space_of(listener);
    KVMMemorySlot info;
    KvmSlot *slot;

    note_change(space, section);
    if (!kvm_range_slot(space, section, &info)) {
        return;
    }
    slot = new_slot(space, &info);
    if (!slot) {
        kvm_slot_report(space->km, MEMORY_LOG_ERROR, &info, "no slot for",
                        "memory is exhausted; accesses there exit");
        return;
    }
    kvm_slot_set_clients(slot, memory_region_get_dirty_log_mask(info.mr));
    kvm_slots_insert(&space->waiting, slot);
    space->news = true;
}

static void range_del(MemoryListener *listener, MemoryRegionSection *section)
{
    KvmSpace *space = kvm_space_of(listener);
    KvmSlot *slot = slot_of(space, section);

    note_change(space, section);
    if (!slot) {
        return;
    }
    if (kvm_slots_at(&space->waiting, slot->info.guest_addr) == slot) {
        kvm_slots_remove(&space->waiting, slot);
        free(slot);
    } else {
        kvm_slot_put_on(&space->leaving, slot);
    }
}

static void log_changed(MemoryListener *listener, MemoryRegionSection *section, int old_mask,
                        int mask)
{
    KvmSpace *space = kvm_space_of(listener);
    KvmSlot *slot = slot_of(space, section);
    bool kvm_has_it = slot != NULL && kvm_slots_by_id(&space->slots, slot->info.id) == slot;

    (void)old_mask;
    if (!slot) {
        return;
    }
    if (kvm_has_it) {
        kvm_dirty_settle(space, slot);
    }
    kvm_slot_set_clients(slot, (uint8_t)mask);
    if (kvm_has_it && slot->log != slot->info.logged) {
        kvm_slot_put_on(&space->relogged, slot);
    }
}

/* ---- The commit ------------------------------------------------------------------------- */

/* Whether a range vanished or appeared, or something that KVM refused in an earlier commit may work
 * now. */
static bool has_work(const KvmSpace *space)
{
    return space->news || !TAILQ_EMPTY(&space->leaving) || !TAILQ_EMPTY(&space->relogged) ||
           (space->waiting.count != 0 && space->slots.count < space->km->host.max_slots);
}

static void map_begun(MemoryListener *listener)
{
    kvm_space_of(listener)->km->rings.stopped_in_commit = false;
}

static void map_committed(MemoryListener *listener)
{
    KvmSpace *space = kvm_space_of(listener);

    if (space->id == 0) {
        kvm_ioeventfds_committed(space->km);
    }
    if (!has_work(space)) {
        return;
    }
    space->news = false;
    kvm_slots_update(space);
}

/* ---- Life ------------------------------------------------------------------------------- */

void kvm_layout_init(KvmSpace *space)
{
    TAILQ_INIT(&space->leaving);
    TAILQ_INIT(&space->relogged);
}

void kvm_layout_listen(KvmSpace *space)
{
    space->listener.region_add = range_add;
    space->listener.region_del = range_del;
    space->listener.log_start = log_changed;
    space->listener.log_stop = log_changed;
    space->listener.begin = map_begun;
    space->listener.commit = map_committed;
}
