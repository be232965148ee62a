/* SPDX-License-Identifier: MIT
 *
 * The gate in front of KVM_RUN. While a thread keeps it closed, no vCPU is in the guest.
 *
 * A vCPU writes that it is inside, and then reads whether the gate is closed. The stopper writes
 * that the gate is closed, and then reads which vCPUs are inside. These accesses are sequentially
 * consistent, so at least one of the two sees the other. While the gate is open, passing it costs a
 * vCPU these two accesses: one to its own cache line, one to a line that nobody writes.
 *
 *     vCPU:    inside = true                      stopper, with the lock:
 *              closed or kicked? wait, with         closed++
 *                the lock and not inside            for each inside: immediate_exit = 1, signal
 *              KVM_RUN                              wait until none is inside
 *              inside = false
 *              closed, kicked or immediate_exit? take the lock, immediate_exit = 0, wake all
 *
 * - immediate_exit is set only with the lock held, and only for a vCPU that is inside. It is
 *   cleared on the way out, so it never ends a later run that nobody asked to end.
 * - immediate_exit ends a KVM_RUN that has not entered the guest yet. The signal ends one that has.
 * - A thread that sends a signal has closed the gate or kicked the vCPU before it read 'inside',
 *   and holds the lock. A vCPU on its way out sees this and waits for the lock. So 'thread' is
 *   still alive when the signal is sent.
 * - A vCPU that finds at the entry that it was kicked enters with immediate_exit set: KVM completes
 *   the last exit and returns.
 * - A vCPU that is kicked while it waits at the gate returns without entering.
 *
 * The lock is held for moments only. A thread may take it with or without the context's lock, and
 * takes no other lock while it holds it. It also protects the list of vCPUs, together with the
 * context's lock: a reader of the list holds one of the two, a writer both.
 */
#ifndef ADAPTERS_KVM_GATE_H
#define ADAPTERS_KVM_GATE_H

#include <pthread.h>
#include <stdbool.h>

#include <physmem/kvm.h>

typedef struct KvmGate {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* the gate was opened, a vCPU was kicked, or one went out */
    unsigned
        closed; /* how often it is closed; 0: vCPUs may enter. Atomic, written with the lock */
    unsigned pauses; /* how many of these closings are of kvm_memory_pause() */
    unsigned stops;  /* how deep kvm_vcpus_stop() is nested; context's lock */
} KvmGate;

typedef struct KvmGateVcpu {
    bool inside;      /* in KVM_RUN, or on the way in or out. Atomic, written by its thread */
    bool kicked;      /* the current run, or the next one, is to end. Atomic */
    bool running;     /* in kvm_memory_run() or kvm_memory_handle_exit(). Atomic */
    pthread_t thread; /* the thread that runs it; valid while inside */
} KvmGateVcpu;

/* The accesses of the two sides to each other's words are sequentially consistent (see above). */
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

/* Stop the vCPUs and let them run again, in the way that the options chose: by the gate, by the
 * program's hooks, or not at all. Calls nest. With the context's lock. */
void kvm_vcpus_stop(KVMMemory *km);
void kvm_vcpus_resume(KVMMemory *km);

#endif
