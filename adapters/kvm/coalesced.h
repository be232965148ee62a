/* SPDX-License-Identifier: MIT
 *
 * Coalesced writes: KVM queues the guest's writes to some ranges, and the adapter makes them
 * later.
 *
 * KVM has one queue for each virtual machine, in a page that can be mapped from the descriptor of
 * any vCPU. Here each vCPU has its own mapping, so that any of them can be removed.
 *
 * KVM appends at 'last', with a lock of its own. A thread with the context's lock takes entries
 * from 'first' on. An entry is taken out after its write was made. So a thread that finds the
 * queue empty knows that all writes are made.
 */
#ifndef ADAPTERS_KVM_COALESCED_H
#define ADAPTERS_KVM_COALESCED_H

#include "memory.h"

/* Fills in the callbacks about coalesced ranges of a listener that is not yet registered: km's for
 * memory, or for ports. */
void kvm_coalesced_listen(KVMMemory *km, MemoryListener *listener);

/* Maps the queue. vcpu->queue stays NULL, without an error, if the host has none. */
bool kvm_coalesced_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp);

/* Unmaps the queue, if it is mapped. */
void kvm_coalesced_vcpu_end(KVMMemoryVcpu *vcpu);

/* Whether the queue has writes that are not made yet. Needs no lock. */
static inline bool kvm_coalesced_waiting(const KVMMemoryVcpu *vcpu)
{
    const struct kvm_coalesced_mmio_ring *queue = vcpu->queue;

    return queue != NULL && __atomic_load_n(&queue->last, __ATOMIC_ACQUIRE) !=
                                __atomic_load_n(&queue->first, __ATOMIC_ACQUIRE);
}

#endif
