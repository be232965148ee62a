/* SPDX-License-Identifier: MIT
 *
 * Changes KVM's slots of a space to those that the space shows: the numbered steps of layout.h.
 * Called by layout.c at the end of a commit, and by attach.c, with the context's lock.
 */
#include "slot-update.h"

#include <stdlib.h>

#include "dirty.h"
#include "gate.h"
#include "host.h"
#include "slot-logging.h"
#include "slot-report.h"

/* ---- 1. Slots that stay ----------------------------------------------------------------- */

/* Notes that KVM has refused to remove a slot, which therefore outlives its range. A reference
 * keeps the region's owner. Nothing can keep a region without an owner, so the slot forgets such a
 * region, and its dirty pages are not marked any more. */
static void set_stale(KvmSlot *slot)
{
    if (!slot->stale && !memory_region_owner(slot->info.mr)) {
        slot->info.mr = NULL;
        slot->info.logged = false;
    } else if (!slot->stale) {
        memory_region_ref(slot->info.mr);
    }
    slot->stale = true;
}

static void end_stale(KvmSlot *slot)
{
    if (slot->stale) {
        memory_region_unref(slot->info.mr);
    }
    slot->stale = false;
}

static bool is_same_memory(const KVMMemorySlot *a, const KVMMemorySlot *b)
{
    return a->guest_addr == b->guest_addr && a->size == b->size && a->host == b->host &&
           a->readonly == b->readonly;
}

static void take_over(KvmSpace *space, KvmSlot *slot, const KvmSlot *wanted)
{
    KVMMemorySlot info = wanted->info;

    if (info.mr != slot->info.mr || wanted->clients != slot->clients ||
        slot->log != slot->info.logged) {
        kvm_dirty_settle(space, slot);
    }
    info.id = slot->info.id;
    info.logged = slot->info.logged;
    end_stale(slot);
    slot->info = info;
    kvm_slot_set_clients(slot, wanted->clients);
    slot->refused = 0;
    kvm_slot_take_off(slot);
    if (slot->log != slot->info.logged) {
        kvm_slot_put_on(&space->relogged, slot);
    }
}

/* Whether a leaving slot is the same as this waiting one. If so, it stays, and the waiting one is
 * freed. */
static bool is_there_already(KvmSlot *wanted, void *opaque)
{
    KvmSpace *space = opaque;
    KvmSlot *slot = kvm_slots_at(&space->slots, wanted->info.guest_addr);

    if (!slot || !kvm_space_is_leaving(space, slot) ||
        !is_same_memory(&slot->info, &wanted->info)) {
        return false;
    }
    take_over(space, slot, wanted);
    free(wanted);
    return true;
}

/* ---- 2. to 4. Slots that go and come ----------------------------------------------------- */

/* Marks a waiting slot, and the slots that it overlaps, as those that need stopped vCPUs. Returns
 * whether it overlaps any. They are leaving, because ranges that the space shows do not
 * overlap. */
static bool mark_overlaps(KvmSpace *space, KvmSlot *wanted)
{
    KvmSlots *slots = &space->slots;
    hwaddr last = kvm_slot_last(wanted);

    wanted->stop = false;
    for (unsigned i = kvm_slots_find(slots, wanted->info.guest_addr);
         i < slots->count && slots->sorted[i]->info.guest_addr <= last; i++) {
        slots->sorted[i]->stop = true;
        wanted->stop = true;
    }
    return wanted->stop;
}

/* Marks the slots that have to change with the vCPUs stopped. Returns whether there are any. */
static bool mark_stop(KvmSpace *space)
{
    bool any = false;
    KvmSlot *slot;

    TAILQ_FOREACH(slot, &space->leaving, link) {
        slot->stop = slot->info.logged;
        any |= slot->stop;
    }
    for (unsigned i = 0; i < space->waiting.count; i++) {
        any |= mark_overlaps(space, space->waiting.sorted[i]);
    }
    return any;
}

static void remove_slot(KvmSpace *space, KvmSlot *slot)
{
    int error;

    kvm_dirty_take(space, slot);
    error = kvm_host_set_slot(space->km, &slot->info, 0, false);
    if (error != 0) {
        kvm_slot_report_refusal(space->km, slot, error, "KVM refuses to remove the slot of",
                                "; the guest still reaches it");
        kvm_dirty_settle(space, slot);
        set_stale(slot);
        return;
    }
    kvm_slot_take_off(slot);
    kvm_slots_remove(&space->slots, slot);
    end_stale(slot);
    kvm_dirty_slot_end(slot);
    free(slot);
}

static void remove_slots(KvmSpace *space, bool stopped)
{
    KvmSlot *slot;
    KvmSlot *next;

    for (slot = TAILQ_FIRST(&space->leaving); slot; slot = next) {
        next = TAILQ_NEXT(slot, link);
        if (slot->stop == stopped) {
            remove_slot(space, slot);
        }
    }
}

static bool add_slot(KvmSpace *space, KvmSlot *slot)
{
    int error;

    if (space->slots.count >= space->km->host.max_slots) {
        kvm_slot_report_no_id(space->km, slot);
        return false;
    }
    slot->info.id = kvm_slots_free_id(&space->slots);
    error = kvm_host_set_slot(space->km, &slot->info, slot->info.size, slot->log);
    if (error != 0) {
        kvm_slot_report_refusal(space->km, slot, error, "KVM refuses a slot for",
                                "; accesses there exit");
        return false;
    }
    slot->info.logged = slot->log;
    slot->refused = 0;
    kvm_slots_insert_by_id(&space->slots, slot);
    return true;
}

static bool add_if_stopped(KvmSlot *slot, void *opaque)
{
    return slot->stop && add_slot(opaque, slot);
}

static bool add_if_running(KvmSlot *slot, void *opaque)
{
    return !slot->stop && add_slot(opaque, slot);
}

static void replace_slots(KvmSpace *space)
{
    bool stop = mark_stop(space);

    remove_slots(space, false);
    if (stop) {
        kvm_vcpus_stop(space->km);
        space->km->rings.stopped_in_commit = true;
        remove_slots(space, true);
        kvm_slots_sift(&space->waiting, add_if_stopped, space);
        kvm_vcpus_resume(space->km);
    }
    kvm_slots_sift(&space->waiting, add_if_running, space);
}

/* ---- 5. Logging ------------------------------------------------------------------------- */

static void switch_logging(KvmSpace *space, KvmSlot *slot)
{
    if (!kvm_slot_switch_logging(space, slot)) {
        return;
    }
    if (slot->log && slot->refused != 0) {
        kvm_dirty_take(space, slot); /* pages that were written while KVM refused to log them */
    }
    slot->info.logged = slot->log;
    slot->refused = 0;
    kvm_slot_take_off(slot);
    if (!slot->log) {
        kvm_dirty_slot_end(slot);
    }
}

static void switch_all_logging(KvmSpace *space)
{
    KvmSlot *slot;
    KvmSlot *next;

    for (slot = TAILQ_FIRST(&space->relogged); slot; slot = next) {
        next = TAILQ_NEXT(slot, link);
        switch_logging(space, slot);
    }
}

/* ---- All steps --------------------------------------------------------------------------- */

void kvm_slots_update(KvmSpace *space)
{
    if (!TAILQ_EMPTY(&space->leaving)) {
        kvm_slots_sift(&space->waiting, is_there_already, space);
    }
    replace_slots(space);
    switch_all_logging(space);
}

static void forget_slot(KvmSpace *space, KvmSlot *slot)
{
    kvm_slot_report(space->km, MEMORY_LOG_ERROR, &slot->info, "KVM keeps a slot of",
                    "do not run this virtual machine any more");
    kvm_slot_take_off(slot);
    end_stale(slot);
    kvm_dirty_slot_end(slot);
    free(slot);
}

void kvm_slots_end(KvmSpace *space)
{
    KvmSlot *slot;

    remove_slots(space, false);
    remove_slots(space, true);
    while ((slot = TAILQ_FIRST(&space->leaving))) {
        forget_slot(space, slot);
    }
    kvm_slots_clear(&space->slots);
    kvm_slots_clear(&space->waiting);
}
