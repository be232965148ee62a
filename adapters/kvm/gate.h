/* SPDX-License-Identifier: MIT
 *
 * The gate in front of KVM_RUN: who closes it knows that no vCPU is in the guest.
 *
 * A vCPU says that it is inside and then looks whether the gate is closed; who closes it says so
 * and then looks who is inside. Both are sequentially consistent, so at least one of them sees the
 * other. With the gate open a vCPU passes by these two accesses, to a line of its own and to one
 * that nobody writes.
 *
 *     vCPU:    inside = true                      stopper, with the lock:
 *              closed or kicked? wait, with         closed++
 *                the lock and not inside            for each inside: immediate_exit = 1, signal
 *              KVM_RUN                              wait until none is inside
 *              inside = false
 *              closed, kicked or immediate_exit? take the lock, immediate_exit = 0, tell all
 *
 * - immediate_exit is set only with the lock and for a vCPU inside, so outside it is 0, and no
 *   request is left for a run that it was not meant for. The signal matters only in the guest:
 *   before KVM_RUN immediate_exit does.
 * - Whoever signals has closed the gate or kicked before it looked for 'inside', with the lock. A
 *   vCPU on its way out sees that and waits for the lock: so 'thread' is alive when it gets the
 *   signal.
 * - A vCPU that finds itself kicked at the entry enters with immediate_exit set: KVM completes what
 *   the last exit left open, and comes back.
 * - A vCPU that is kicked while it waits goes away without entering.
 *
 * The lock is held for moments, is taken with or without the context's lock and is the last one
 * that anybody takes. It also protects the list of vCPUs, together with the context's lock: either
 * is enough to look, both are needed to change.
 */
#ifndef ADAPTERS_KVM_GATE_H
#define ADAPTERS_KVM_GATE_H

#include <pthread.h>
#include <stdbool.h>

#include <physmem/kvm.h>

typedef struct KvmGate {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* opened, kicked, or somebody went out of a closed gate */
    unsigned closed; /* how often; vCPUs enter while it is 0. Atomic, written with the lock */
    unsigned pauses; /* so often by kvm_memory_pause() */
    unsigned stops;  /* kvm_vcpus_stop() less kvm_vcpus_resume(). With the context's lock */
} KvmGate;

typedef struct KvmGateVcpu {
    bool inside;      /* in KVM_RUN, or on the way in or out. Atomic, written by its thread */
    bool kicked;      /* a run is to end. Atomic */
    bool running;     /* in kvm_memory_run() or kvm_memory_handle_exit(). Atomic */
    pthread_t thread; /* while inside */
} KvmGateVcpu;

/* What both sides write and then read of each other: sequentially consistent. */
static inline bool kvm_gate_is_closed(const KvmGate *gate)
{
    return __atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST) != 0;
}

static inline bool kvm_gate_is_kicked(const KvmGateVcpu *vcpu)
{
    return __atomic_load_n(&vcpu->kicked, __ATOMIC_SEQ_CST);
}

static inline bool kvm_gate_is_inside(const KvmGateVcpu *vcpu)
{
    return __atomic_load_n(&vcpu->inside, __ATOMIC_SEQ_CST);
}

static inline void kvm_gate_set_inside(KvmGateVcpu *vcpu, bool inside)
{
    __atomic_store_n(&vcpu->inside, inside, __ATOMIC_SEQ_CST);
}

static inline bool kvm_gate_has_immediate_exit(const struct kvm_run *run)
{
    return __atomic_load_n(&run->immediate_exit, __ATOMIC_RELAXED) != 0;
}

/* With the gate's lock. */
static inline void kvm_gate_set_immediate_exit(struct kvm_run *run, bool out)
{
    __atomic_store_n(&run->immediate_exit, out, __ATOMIC_RELAXED);
}

void kvm_gate_init(KvmGate *gate);
void kvm_gate_destroy(KvmGate *gate);

/* The way that the options chose to stop the vCPUs for a change of slots: the gate, the program's
 * hooks, or nothing. They nest. With the context's lock. */
void kvm_vcpus_stop(KVMMemory *km);
void kvm_vcpus_resume(KVMMemory *km);

#endif
