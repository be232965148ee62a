/* SPDX-License-Identifier: MIT
 *
 * Closing the gate and kicking single vCPUs: the side of the threads that stop them. gate.h
 * describes the protocol, and run.c is the vCPU's side. Called by the program and, for changes of
 * slots and harvests of rings, by the adapter.
 */
#include "gate.h"

#include <signal.h>

#include "host.h"
#include "memory.h"

void kvm_gate_init(KvmGate *gate)
{
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->changed, NULL);
    gate->closed = gate->pauses = 0;
}

void kvm_gate_destroy(KvmGate *gate)
{
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->lock);
}

/* Returns whether the options have a signal to stop vCPUs with. If not, gives a MISUSE message
 * that names the call. */
static bool check_signal(KVMMemory *km, const char *call)
{
    if (km->options.kick_signal == 0) {
        kvm_host_misuse(km,
                        "%s: vCPUs cannot be stopped while the option kick_signal is 0: set it, "
                        "and run them with kvm_memory_run()",
                        call);
        return false;
    }
    return true;
}

/* Makes a vCPU that is inside go out. With the gate's lock. */
static void ask_out(KVMMemoryVcpu *vcpu)
{
    if (kvm_gate_is_inside(&vcpu->gate)) {
        kvm_gate_set_immediate_exit(vcpu->run, true);
        pthread_kill(vcpu->gate.thread, vcpu->km->options.kick_signal);
    }
}

void kvm_memory_kick(KVMMemoryVcpu *vcpu)
{
    KvmGate *gate = &vcpu->km->gate;

    if (!check_signal(vcpu->km, __func__)) {
        return;
    }
    __atomic_store_n(&vcpu->gate.kicked, true, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(&gate->lock);
    ask_out(vcpu);
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static bool is_anyone_inside(const KVMMemory *km)
{
    const KVMMemoryVcpu *vcpu;

    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        if (kvm_gate_is_inside(&vcpu->gate)) {
            return true;
        }
    }
    return false;
}

/* With the gate's lock, which it gives back while it waits. The thread must not be cancelled here,
 * because that would leave the gate closed for ever. */
static void close_gate(KVMMemory *km)
{
    KVMMemoryVcpu *vcpu;
    int cancel_state;

    __atomic_add_fetch(&km->gate.closed, 1, __ATOMIC_SEQ_CST);
    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        ask_out(vcpu);
    }
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    while (is_anyone_inside(km)) {
        pthread_cond_wait(&km->gate.changed, &km->gate.lock);
    }
    pthread_setcancelstate(cancel_state, NULL);
}

/* With the gate's lock. */
static void open_gate(KVMMemory *km)
{
    if (__atomic_sub_fetch(&km->gate.closed, 1, __ATOMIC_SEQ_CST) == 0) {
        pthread_cond_broadcast(&km->gate.changed);
    }
}

void kvm_memory_pause(KVMMemory *km)
{
    if (!check_signal(km, __func__)) {
        return;
    }
    pthread_mutex_lock(&km->gate.lock);
    km->gate.pauses++;
    close_gate(km);
    pthread_mutex_unlock(&km->gate.lock);
}

void kvm_memory_resume(KVMMemory *km)
{
    bool paused;

    pthread_mutex_lock(&km->gate.lock);
    paused = km->gate.pauses != 0;
    if (paused) {
        km->gate.pauses--;
        open_gate(km);
    }
    pthread_mutex_unlock(&km->gate.lock);
    if (!paused) {
        kvm_host_misuse(km, "%s: the vCPUs are not paused: call kvm_memory_pause() first",
                        __func__);
    }
}

void kvm_vcpus_stop(KVMMemory *km)
{
    if (km->gate.stops++ != 0) {
        return;
    }
    if (km->options.kick_signal != 0) {
        pthread_mutex_lock(&km->gate.lock);
        close_gate(km);
        pthread_mutex_unlock(&km->gate.lock);
    } else if (km->options.stop_vcpus) {
        km->options.stop_vcpus(km->options.opaque);
    }
}

void kvm_vcpus_resume(KVMMemory *km)
{
    if (--km->gate.stops != 0) {
        return;
    }
    if (km->options.kick_signal != 0) {
        pthread_mutex_lock(&km->gate.lock);
        open_gate(km);
        pthread_mutex_unlock(&km->gate.lock);
    } else if (km->options.resume_vcpus) {
        km->options.resume_vcpus(km->options.opaque);
    }
}
