/* SPDX-License-Identifier: MIT
 *
 * The table of slots of one KVM address space. Makes no ioctl and knows no listener.
 */
#ifndef ADAPTERS_KVM_SLOTS_H
#define ADAPTERS_KVM_SLOTS_H

#include <physmem/kvm.h>

typedef struct KvmSpace KvmSpace; /* memory.h */
typedef TAILQ_HEAD(KvmSlotList, KvmSlot) KvmSlotList;

typedef struct KvmSlot {
    KVMMemorySlot info; /* info.logged: KVM logs it */
    uint64_t *unclear;  /* dirty-bitmap.c: pages that KVM has reported and not cleared yet */
    bool dirty_said;    /* dirty-bitmap.c: an ioctl for the bitmap failed, and was reported */

    /* layout.c and slot-update.c: */
    bool log;        /* KVM is to log it */
    uint8_t clients; /* the dirty clients (bits) that log it since the last commit */
    bool stop;       /* this commit changes it with the vCPUs stopped */
    bool stale;      /* KVM has refused to remove it: it has a reference on its region */
    int refused;     /* the last refusal of KVM that was reported, an errno; 0: none */
    KvmSlotList *on; /* the list that it is on, or NULL */
    TAILQ_ENTRY(KvmSlot) link;
} KvmSlot;

/* Slots never overlap. */
typedef struct KvmSlots {
    KvmSlot **sorted; /* by address */
    unsigned count;
    unsigned room;
    KvmSlot **by_id;
    unsigned ids;    /* the length of by_id */
    unsigned lowest; /* all ids below it are in use */
} KvmSlots;

/* The index in 'sorted' of the first slot that ends at addr or after it; 'count' if there is
 * none. */
unsigned kvm_slots_find(const KvmSlots *slots, hwaddr addr);

/* The slot that begins at addr, or NULL. */
KvmSlot *kvm_slots_at(const KvmSlots *slots, hwaddr addr);

/* The slot with this id, or NULL. */
KvmSlot *kvm_slots_by_id(const KvmSlots *slots, unsigned id);

/* Makes room for 'count' slots in all, with or without ids. Returns false if memory is
 * exhausted. */
bool kvm_slots_reserve(KvmSlots *slots, unsigned count);

/* The lowest id that no slot has. Room for one more slot must have been made. */
unsigned kvm_slots_free_id(KvmSlots *slots);

/* Puts a slot in its place; room must have been made. kvm_slots_insert_by_id() enters its id,
 * too. */
void kvm_slots_insert(KvmSlots *slots, KvmSlot *slot);
void kvm_slots_insert_by_id(KvmSlots *slots, KvmSlot *slot);

/* Takes a slot out of the table, and its id, if that was entered. */
void kvm_slots_remove(KvmSlots *slots, KvmSlot *slot);

/* Calls func for each slot of a table without ids, by ascending address. If func returns true,
 * takes the slot out of the table; func may have freed it. */
void kvm_slots_sift(KvmSlots *slots, bool (*func)(KvmSlot *slot, void *opaque), void *opaque);

/* Frees the table, not the slots. */
void kvm_slots_clear(KvmSlots *slots);

/* Moves a slot to the end of a list. It may have been on another one. */
void kvm_slot_put_on(KvmSlotList *list, KvmSlot *slot);

/* Takes a slot off its list, if it is on one. */
void kvm_slot_take_off(KvmSlot *slot);

/* Sets the clients that log a slot. Read-only slots are not logged. */
static inline void kvm_slot_set_clients(KvmSlot *slot, uint8_t clients)
{
    slot->clients = slot->info.readonly ? 0 : clients;
    slot->log = slot->clients != 0;
}

/* The number by which KVM knows the slot. */
static inline uint32_t kvm_slot_number(const KVMMemorySlot *slot)
{
    return slot->address_space << 16 | slot->id;
}

static inline hwaddr kvm_slot_last(const KvmSlot *slot)
{
    return slot->info.guest_addr + (slot->info.size - 1);
}

#endif
