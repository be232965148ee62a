/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from the rings of the vCPUs. A ring has entries for all slots of the machine. Called
 * with the context's lock, unless a function says otherwise.
 */
#ifndef ADAPTERS_KVM_DIRTY_RING_H
#define ADAPTERS_KVM_DIRTY_RING_H

#include "memory.h"

/* For dirty.c, as described in dirty.h. */
bool kvm_dirty_ring_init(KVMMemory *km, Error **errp);
void kvm_dirty_ring_listen(KvmSpace *space);
void kvm_dirty_ring_settle(KVMMemory *km);

/* For vcpu.c: map the ring of a new vCPU; take and unmap the ring of one that is removed. They do
 * nothing if the machine has no rings. */
bool kvm_dirty_ring_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp);
void kvm_dirty_ring_vcpu_end(KVMMemoryVcpu *vcpu);

/* For exit.c: empties all rings, because the ring of this vCPU is full. Called without a lock, by
 * the vCPU's thread. */
void kvm_dirty_ring_full(KVMMemoryVcpu *vcpu);

#endif
