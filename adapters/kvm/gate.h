/* SPDX-License-Identifier: MIT
 *
 * The gate in front of KVM_RUN: who closes it knows that no vCPU is in the guest. Its state is
 * atomic; the lock of its own is held for moments only, and is the last one that anybody takes.
 */
#ifndef ADAPTERS_KVM_GATE_H
#define ADAPTERS_KVM_GATE_H

#include <pthread.h>
#include <stdbool.h>

#include <physmem/kvm.h>

typedef struct KvmGate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned closed; /* how often; vCPUs enter while it is 0 */
} KvmGate;

typedef struct KvmGateVcpu {
    bool inside;      /* in KVM_RUN, or on the way in or out */
    bool kicked;      /* the next run is to return at once */
    pthread_t thread; /* while inside */
} KvmGateVcpu;

void kvm_gate_init(KvmGate *gate);
void kvm_gate_destroy(KvmGate *gate);

/* The way that the options chose to stop the vCPUs for a change of slots: the gate, the program's
 * hooks, or nothing. */
void kvm_vcpus_stop(KVMMemory *km);
void kvm_vcpus_resume(KVMMemory *km);

#endif
