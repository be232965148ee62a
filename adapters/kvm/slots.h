/* SPDX-License-Identifier: MIT
 *
 * The slots of one KVM address space, by address. A table: makes no ioctl, knows no listener.
 */
#ifndef ADAPTERS_KVM_SLOTS_H
#define ADAPTERS_KVM_SLOTS_H

#include <physmem/kvm.h>

typedef struct KvmSlot {
    KVMMemorySlot info;
    uint64_t *unclear; /* dirty-bitmap.c: pages that KVM reported and still takes for dirty */
} KvmSlot;

/* Slots never overlap. */
typedef struct KvmSlots {
    KvmSlot **sorted; /* by address */
    unsigned count;
    unsigned room;
    KvmSlot **by_id;
    unsigned ids;
} KvmSlots;

/* The first slot that ends behind addr, as an index into 'sorted'; count if there is none. */
unsigned kvm_slots_find(const KvmSlots *slots, hwaddr addr);

/* The slot with this id, or NULL. */
KvmSlot *kvm_slots_by_id(const KvmSlots *slots, unsigned id);

#endif
