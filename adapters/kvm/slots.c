/* SPDX-License-Identifier: MIT
 *
 * The table of slots: an array by address and one by id. Inserting moves pointers, which costs
 * nothing beside the ioctl of a slot. layout.c and slot-update.c change the table; other parts look
 * up addresses and ids that KVM has given.
 */
#include "slots.h"

#include <stdlib.h>
#include <string.h>

unsigned kvm_slots_find(const KvmSlots *slots, hwaddr addr)
{
    unsigned low = 0;
    unsigned high = slots->count;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (kvm_slot_last(slots->sorted[middle]) < addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

KvmSlot *kvm_slots_at(const KvmSlots *slots, hwaddr addr)
{
    unsigned place = kvm_slots_find(slots, addr);

    if (place == slots->count || slots->sorted[place]->info.guest_addr != addr) {
        return NULL;
    }
    return slots->sorted[place];
}

KvmSlot *kvm_slots_by_id(const KvmSlots *slots, unsigned id)
{
    return id < slots->ids ? slots->by_id[id] : NULL;
}

/* Makes an array of pointers as long as 'room'; the new ones are NULL. Returns NULL, with the old
 * array as it was, if memory is exhausted. */
static KvmSlot **widen(KvmSlot **array, unsigned old_room, unsigned room)
{
    KvmSlot **wider;

    if (room <= old_room) {
        return array;
    }
    wider = reallocarray(array, room, sizeof(*array));
    if (wider) {
        memset(&wider[old_room], 0, (room - old_room) * sizeof(*wider));
    }
    return wider;
}

/* Each array has its own length, because there may be memory for the first one only. */
static bool widen_both(KvmSlots *slots, unsigned room)
{
    KvmSlot **sorted = widen(slots->sorted, slots->room, room);
    KvmSlot **by_id;

    if (!sorted) {
        return false;
    }
    slots->sorted = sorted;
    slots->room = room > slots->room ? room : slots->room;
    by_id = widen(slots->by_id, slots->ids, room);
    if (!by_id) {
        return false;
    }
    slots->by_id = by_id;
    slots->ids = room;
    return true;
}

/* The lowest free id is at most the number of slots, so by_id need not be longer. */
bool kvm_slots_reserve(KvmSlots *slots, unsigned count)
{
    unsigned room = slots->ids != 0 ? slots->ids : 16;

    if (count <= slots->ids) {
        return true;
    }
    while (room < count) {
        room *= 2;
    }
    return widen_both(slots, room);
}

unsigned kvm_slots_free_id(KvmSlots *slots)
{
    while (slots->by_id[slots->lowest]) {
        slots->lowest++;
    }
    return slots->lowest;
}

void kvm_slots_insert(KvmSlots *slots, KvmSlot *slot)
{
    unsigned place = kvm_slots_find(slots, slot->info.guest_addr);

    memmove(&slots->sorted[place + 1], &slots->sorted[place],
            (slots->count - place) * sizeof(*slots->sorted));
    slots->sorted[place] = slot;
    slots->count++;
}

void kvm_slots_insert_by_id(KvmSlots *slots, KvmSlot *slot)
{
    slots->by_id[slot->info.id] = slot;
    kvm_slots_insert(slots, slot);
}

static void remove_id(KvmSlots *slots, const KvmSlot *slot)
{
    unsigned id = slot->info.id;

    if (kvm_slots_by_id(slots, id) == slot) {
        slots->by_id[id] = NULL;
        slots->lowest = id < slots->lowest ? id : slots->lowest;
    }
}

void kvm_slots_remove(KvmSlots *slots, KvmSlot *slot)
{
    unsigned place = kvm_slots_find(slots, slot->info.guest_addr);

    slots->count--;
    memmove(&slots->sorted[place], &slots->sorted[place + 1],
            (slots->count - place) * sizeof(*slots->sorted));
    remove_id(slots, slot);
}

void kvm_slots_sift(KvmSlots *slots, bool (*func)(KvmSlot *slot, void *opaque), void *opaque)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < slots->count; i++) {
        KvmSlot *slot = slots->sorted[i];

        if (!func(slot, opaque)) {
            slots->sorted[kept++] = slot;
        }
    }
    slots->count = kept;
}

void kvm_slots_clear(KvmSlots *slots)
{
    free(slots->sorted);
    free(slots->by_id);
    *slots = (KvmSlots){ .count = 0 };
}

void kvm_slot_take_off(KvmSlot *slot)
{
    if (slot->on) {
        TAILQ_REMOVE(slot->on, slot, link);
        slot->on = NULL;
    }
}

void kvm_slot_put_on(KvmSlotList *list, KvmSlot *slot)
{
    kvm_slot_take_off(slot);
    TAILQ_INSERT_TAIL(list, slot, link);
    slot->on = list;
}
