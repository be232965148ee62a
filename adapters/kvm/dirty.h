/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from KVM into the library's bitmaps: from a bitmap of each slot (dirty-bitmap.c), or
 * from a ring of each vCPU (dirty-ring.c). This header is what the rest of the adapter needs of
 * either.
 */
#ifndef ADAPTERS_KVM_DIRTY_H
#define ADAPTERS_KVM_DIRTY_H

#include "memory.h"

/* Attaching, before any vCPU: switches on what the options want and the host has. */
void kvm_dirty_init(KVMMemory *km);

/* Fills in the logging callbacks of a listener that is not yet registered. */
void kvm_dirty_listen(KvmSpace *space);

/* Takes what KVM knows of a slot. Before it is deleted, with the vCPUs stopped, and before its
 * logging is switched off. */
void kvm_dirty_take(KvmSpace *space, KvmSlot *slot);

/* Frees what belongs to a slot that is no more, or is no longer logged. */
void kvm_dirty_slot_end(KvmSlot *slot);

/* A vCPU's ring. */
bool kvm_dirty_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp);
void kvm_dirty_vcpu_end(KVMMemoryVcpu *vcpu);

/* A ring is full: empties all of them. Without a lock, by a vCPU's thread. */
void kvm_dirty_ring_full(KVMMemoryVcpu *vcpu);

#endif
