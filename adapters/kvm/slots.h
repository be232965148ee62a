/* SPDX-License-Identifier: MIT
 *
 * The slots of one KVM address space, by address. A table: makes no ioctl, knows no listener.
 */
#ifndef ADAPTERS_KVM_SLOTS_H
#define ADAPTERS_KVM_SLOTS_H

#include <physmem/kvm.h>

typedef struct KvmSpace KvmSpace; /* memory.h */
typedef TAILQ_HEAD(KvmSlotList, KvmSlot) KvmSlotList;

typedef struct KvmSlot {
    KVMMemorySlot info; /* info.logged: KVM logs it */
    uint64_t *unclear;  /* dirty-bitmap.c: pages that KVM reported and still takes for dirty */
    bool dirty_said;    /* dirty-bitmap.c: KVM would not tell or clear, and it was reported */

    /* layout.c: */
    bool log;         /* it is to be logged */
    uint8_t clients;  /* that log it, as the last commit had it */
    bool stop;        /* this commit changes it with the vCPUs stopped */
    bool stale;       /* KVM did not remove it: has a reference on its region */
    int refused;      /* what KVM said last, and was reported; 0: nothing */
    KvmSlotList *on;  /* the list it is on, or NULL */
    TAILQ_ENTRY(KvmSlot) link;
} KvmSlot;

/* Slots never overlap. */
typedef struct KvmSlots {
    KvmSlot **sorted; /* by address */
    unsigned count;
    unsigned room;
    KvmSlot **by_id;  /* 'ids' of them */
    unsigned ids;
    unsigned lowest;  /* below it all ids are taken */
} KvmSlots;

/* The first slot that ends behind addr, as an index into 'sorted'; count if there is none. */
unsigned kvm_slots_find(const KvmSlots *slots, hwaddr addr);

/* The slot that begins at addr, or NULL. */
KvmSlot *kvm_slots_at(const KvmSlots *slots, hwaddr addr);

/* The slot with this id, or NULL. */
KvmSlot *kvm_slots_by_id(const KvmSlots *slots, unsigned id);

/* Makes room for 'count' slots in all, with or without ids; false if memory is exhausted. */
bool kvm_slots_reserve(KvmSlots *slots, unsigned count);

/* The lowest id that no slot has; room for one more slot has been made. */
unsigned kvm_slots_free_id(KvmSlots *slots);

/* Puts a slot in its place, for which there is room. _insert_by_id enters its id, too. */
void kvm_slots_insert(KvmSlots *slots, KvmSlot *slot);
void kvm_slots_insert_by_id(KvmSlots *slots, KvmSlot *slot);

/* Takes a slot out, and its id if it was entered. */
void kvm_slots_remove(KvmSlots *slots, KvmSlot *slot);

/* Calls func for all slots, by address; takes those out, of a table without ids, for which it
 * returns true. func may free the slot. */
void kvm_slots_sift(KvmSlots *slots, bool (*func)(KvmSlot *slot, void *opaque), void *opaque);

/* Frees the table, not the slots. */
void kvm_slots_clear(KvmSlots *slots);

/* Moves a slot to the end of a list, from the one that it is on; takes it off its list, if any. */
void kvm_slot_put_on(KvmSlotList *list, KvmSlot *slot);
void kvm_slot_take_off(KvmSlot *slot);

/* Read-only slots are not logged. */
static inline void kvm_slot_set_clients(KvmSlot *slot, uint8_t clients)
{
    slot->clients = slot->info.readonly ? 0 : clients;
    slot->log = slot->clients != 0;
}

/* As KVM numbers it. */
static inline uint32_t kvm_slot_number(const KVMMemorySlot *slot)
{
    return slot->address_space << 16 | slot->id;
}

static inline hwaddr kvm_slot_last(const KvmSlot *slot)
{
    return slot->info.guest_addr + (slot->info.size - 1);
}

#endif
