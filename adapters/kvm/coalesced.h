/* SPDX-License-Identifier: MIT
 *
 * The queue of coalesced writes. KVM has one for each virtual machine, in a page that can be mapped
 * from the descriptor of any vCPU; each vCPU here has its own mapping, so that one can go.
 *
 * KVM appends at 'last', with a lock of its own; who holds the context's lock takes from 'first'.
 * An entry is taken out only when its write is done: who finds the queue empty knows that all
 * writes have been done.
 */
#ifndef ADAPTERS_KVM_COALESCED_H
#define ADAPTERS_KVM_COALESCED_H

#include "memory.h"

/* Fills in the callbacks about coalesced ranges of a listener that is not yet registered: km's for
 * memory, or for ports. */
void kvm_coalesced_listen(KVMMemory *km, MemoryListener *listener);

/* Maps the queue. NULL without an error if the host has none. */
bool kvm_coalesced_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp);

void kvm_coalesced_vcpu_end(KVMMemoryVcpu *vcpu);

/* Is there something to be flushed? Without a lock. */
static inline bool kvm_coalesced_waiting(const KVMMemoryVcpu *vcpu)
{
    const struct kvm_coalesced_mmio_ring *queue = vcpu->queue;

    return queue != NULL && __atomic_load_n(&queue->last, __ATOMIC_ACQUIRE) !=
                                __atomic_load_n(&queue->first, __ATOMIC_ACQUIRE);
}

#endif
