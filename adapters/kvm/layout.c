/* SPDX-License-Identifier: MIT
 *
 * The listener of ranges, and the commit that makes slots of them (layout.h). Called by the library
 * with the context's lock held.
 */
#include "layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dirty.h"
#include "host.h"
#include "range.h"

/* What stands in 'refused' of a slot for which there is no id. */
#define NO_ID (-1)

/* ---- Lists ------------------------------------------------------------------------------ */

static void take_off(KvmSlot *slot)
{
    if (slot->on != NULL) {
        TAILQ_REMOVE(slot->on, slot, link);
        slot->on = NULL;
    }
}

static void put_on(KvmSlotList *list, KvmSlot *slot)
{
    take_off(slot);
    TAILQ_INSERT_TAIL(list, slot, link);
    slot->on = list;
}

static bool is_leaving(const KvmSpace *space, const KvmSlot *slot)
{
    return slot->on == &space->leaving;
}

/* The slot of a range that the space shows, in KVM or not; NULL if it has none. */
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
    return slot != NULL && !is_leaving(space, slot) ? slot : kvm_slots_at(&space->waiting, first);
}

/* ---- What a commit tells ---------------------------------------------------------------- */

/* Room in both tables, so that nothing can fail when the slot moves from one to the other. */
static KvmSlot *new_slot(KvmSpace *space, const KVMMemorySlot *info)
{
    KvmSlot *slot = calloc(1, sizeof(*slot));

    if (slot == NULL || !kvm_slots_reserve(&space->waiting, space->waiting.count + 1) ||
        !kvm_slots_reserve(&space->slots, space->slots.count + space->waiting.count + 1)) {
        free(slot);
        return NULL;
    }
    slot->info = *info;
    return slot;
}

/* Ioeventfds are those of ordinary memory. */
static void note_change(KvmSpace *space, const MemoryRegionSection *section)
{
    if (space->id == 0) {
        kvm_signals_range_changed(space->km, section);
    }
}

/* Read-only slots are not logged. */
static void set_clients(KvmSlot *slot, uint8_t clients)
{
    slot->clients = slot->info.readonly ? 0 : clients;
    slot->log = slot->clients != 0;
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
    if (slot == NULL) {
        kvm_range_report(space, MEMORY_LOG_ERROR, &info, "no slot for",
                     "memory is exhausted; left to exits");
        return;
    }
    set_clients(slot, memory_region_get_dirty_log_mask(info.mr));
    kvm_slots_insert(&space->waiting, slot);
    space->news = true;
}

static void range_del(MemoryListener *listener, MemoryRegionSection *section)
{
    KvmSpace *space = kvm_space_of(listener);
    KvmSlot *slot = slot_of(space, section);

    note_change(space, section);
    if (slot == NULL) {
        return;
    }
    if (kvm_slots_at(&space->waiting, slot->info.guest_addr) == slot) {
        kvm_slots_remove(&space->waiting, slot);
        free(slot);
    } else {
        put_on(&space->leaving, slot);
    }
}

static void log_changed(MemoryListener *listener, MemoryRegionSection *section, int old_mask,
                        int mask)
{
    KvmSpace *space = kvm_space_of(listener);
    KvmSlot *slot = slot_of(space, section);
    bool kvm_has_it = slot != NULL && kvm_slots_by_id(&space->slots, slot->info.id) == slot;

    (void)old_mask;
    if (slot == NULL) {
        return;
    }
    if (kvm_has_it) {
        kvm_dirty_settle(space, slot);
    }
    set_clients(slot, (uint8_t)mask);
    if (kvm_has_it && slot->log != slot->info.logged) {
        put_on(&space->relogged, slot);
    }
}

/* ---- 1. What stays ---------------------------------------------------------------------- */

/* A slot that KVM would not remove outlives its range; without an owner the region may not, and
 * nobody can be told of its dirty pages. */
static void set_stale(KvmSlot *slot)
{
    if (!slot->stale && memory_region_owner(slot->info.mr) == NULL) {
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
    set_clients(slot, wanted->clients);
    slot->refused = 0;
    take_off(slot);
    if (slot->log != slot->info.logged) {
        put_on(&space->relogged, slot);
    }
}

/* Is the waiting slot one that is about to leave? */
static bool is_there_already(KvmSlot *wanted, void *opaque)
{
    KvmSpace *space = opaque;
    KvmSlot *slot = kvm_slots_at(&space->slots, wanted->info.guest_addr);

    if (slot == NULL || !is_leaving(space, slot) || !is_same_memory(&slot->info, &wanted->info)) {
        return false;
    }
    take_over(space, slot, wanted);
    free(wanted);
    return true;
}

/* ---- 2. to 4. What goes and comes -------------------------------------------------------- */

/* What a slot to come overlaps is leaving: ranges do not overlap each other. */
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

/* Marks what has to be done with the vCPUs stopped: is there any? */
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

/* KVM's answer to a slot; the same one is reported once. */
static void report_refusal(KvmSpace *space, KvmSlot *slot, int error, const char *what,
                           const char *consequence)
{
    char why[200];

    if (slot->refused == error) {
        return;
    }
    slot->refused = error;
    snprintf(why, sizeof(why), "slot %u: %s%s", slot->info.id, strerror(error),
             consequence);
    kvm_range_report(space, MEMORY_LOG_ERROR, &slot->info, what, why);
}

static void report_no_id(KvmSpace *space, KvmSlot *slot)
{
    char why[80];

    if (slot->refused == NO_ID) {
        return;
    }
    slot->refused = NO_ID;
    snprintf(why, sizeof(why), "all %u are in use; left to exits", space->km->max_slots);
    kvm_range_report(space, MEMORY_LOG_ERROR, &slot->info, "no slot for", why);
}

static void remove_slot(KvmSpace *space, KvmSlot *slot)
{
    int error;

    kvm_dirty_take(space, slot);
    error = kvm_host_set_slot(space->km, &slot->info, 0, false);
    if (error != 0) {
        report_refusal(space, slot, error, "KVM does not let go of",
                       "; the guest still reaches it");
        kvm_dirty_settle(space, slot);
        set_stale(slot);
        return;
    }
    take_off(slot);
    kvm_slots_remove(&space->slots, slot);
    end_stale(slot);
    kvm_dirty_slot_end(slot);
    free(slot);
}

static void remove_slots(KvmSpace *space, bool stopped)
{
    KvmSlot *slot;
    KvmSlot *next;

    for (slot = TAILQ_FIRST(&space->leaving); slot != NULL; slot = next) {
        next = TAILQ_NEXT(slot, link);
        if (slot->stop == stopped) {
            remove_slot(space, slot);
        }
    }
}

static bool add_slot(KvmSpace *space, KvmSlot *slot)
{
    int error;

    if (space->slots.count >= space->km->max_slots) {
        report_no_id(space, slot);
        return false;
    }
    slot->info.id = kvm_slots_free_id(&space->slots);
    error = kvm_host_set_slot(space->km, &slot->info, slot->info.size, slot->log);
    if (error != 0) {
        report_refusal(space, slot, error, "KVM does not take", "; left to exits");
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
        space->km->stopped_in_commit = true;
        remove_slots(space, true);
        kvm_slots_sift(&space->waiting, add_if_stopped, space);
        kvm_vcpus_resume(space->km);
    }
    kvm_slots_sift(&space->waiting, add_if_running, space);
}

/* ---- 5. Logging ------------------------------------------------------------------------- */

static void switch_logging(KvmSpace *space, KvmSlot *slot)
{
    int error = 0;

    if (slot->log != slot->info.logged) {
        error = kvm_host_set_slot(space->km, &slot->info, slot->info.size, slot->log);
    }
    if (error != 0) {
        report_refusal(space, slot, error, slot->log ? "KVM does not log" : "KVM still logs",
                       slot->log ? "; all of it counts as dirty" : "");
        return;
    }
    if (slot->log && slot->refused != 0) {
        kvm_dirty_take(space, slot); /* what was written before KVM logged it, and was to be */
    }
    slot->info.logged = slot->log;
    slot->refused = 0;
    take_off(slot);
    if (!slot->log) {
        kvm_dirty_slot_end(slot);
    }
}

static void switch_all_logging(KvmSpace *space)
{
    KvmSlot *slot;
    KvmSlot *next;

    for (slot = TAILQ_FIRST(&space->relogged); slot != NULL; slot = next) {
        next = TAILQ_NEXT(slot, link);
        switch_logging(space, slot);
    }
}

static bool relog(KvmSpace *space, KvmSlot *slot)
{
    int error = kvm_host_set_slot(space->km, &slot->info, slot->info.size, false);

    if (error == 0) {
        error = kvm_host_set_slot(space->km, &slot->info, slot->info.size, true);
        slot->info.logged = error == 0;
    }
    if (error == 0) {
        slot->refused = 0;
    } else {
        report_refusal(space, slot, error, "KVM does not log anew", "; all of it counts as dirty");
    }
    if (!slot->info.logged && !is_leaving(space, slot)) {
        put_on(&space->relogged, slot);
    }
    return error == 0;
}

bool kvm_layout_relog(KvmSpace *space)
{
    bool done = true;

    for (unsigned i = 0; i < space->slots.count; i++) {
        if (space->slots.sorted[i]->info.logged) {
            done &= relog(space, space->slots.sorted[i]);
        }
    }
    return done;
}

/* ---- The commit ------------------------------------------------------------------------- */

/* Something vanished or appeared, or what is left from the last commit may work now. */
static bool has_work(const KvmSpace *space)
{
    return space->news || !TAILQ_EMPTY(&space->leaving) || !TAILQ_EMPTY(&space->relogged) ||
           (space->waiting.count != 0 && space->slots.count < space->km->max_slots);
}

static void map_begun(MemoryListener *listener)
{
    kvm_space_of(listener)->km->stopped_in_commit = false;
}

static void map_committed(MemoryListener *listener)
{
    KvmSpace *space = kvm_space_of(listener);

    if (space->id == 0) {
        kvm_signals_committed(space->km);
    }
    if (!has_work(space)) {
        return;
    }
    space->news = false;
    if (!TAILQ_EMPTY(&space->leaving)) {
        kvm_slots_sift(&space->waiting, is_there_already, space);
    }
    replace_slots(space);
    switch_all_logging(space);
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

static void forget_slot(KvmSpace *space, KvmSlot *slot)
{
    kvm_range_report(space, MEMORY_LOG_ERROR, &slot->info, "KVM keeps a slot of",
                 "its virtual machine must not run any more");
    take_off(slot);
    end_stale(slot);
    kvm_dirty_slot_end(slot);
    free(slot);
}

void kvm_layout_end(KvmSpace *space)
{
    KvmSlot *slot;

    remove_slots(space, false);
    remove_slots(space, true);
    while ((slot = TAILQ_FIRST(&space->leaving)) != NULL) {
        forget_slot(space, slot);
    }
    kvm_slots_clear(&space->slots);
    kvm_slots_clear(&space->waiting);
}
