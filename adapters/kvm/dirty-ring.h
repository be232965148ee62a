/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from the rings of the vCPUs. A ring has entries for all slots of the machine. Called
 * with the context's lock, unless a function says otherwise.
 */
#ifndef ADAPTERS_KVM_DIRTY_RING_H
#define ADAPTERS_KVM_DIRTY_RING_H

#include "memory.h"

/* dirty.c: */
bool kvm_dirty_ring_init(KVMMemory *km, Error **errp);
void kvm_dirty_ring_listen(KvmSpace *space);
void kvm_dirty_ring_settle(KVMMemory *km);

/* vcpu.c: the ring of a vCPU that comes or goes. Nothing happens if the machine has no rings. */
bool kvm_dirty_ring_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp);
void kvm_dirty_ring_vcpu_end(KVMMemoryVcpu *vcpu);

/* exit.c: a ring is full. Empties all rings. Without a lock, by a vCPU's thread. */
void kvm_dirty_ring_full(KVMMemoryVcpu *vcpu);

#endif
