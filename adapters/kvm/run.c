/* SPDX-License-Identifier: MIT
 *
 * kvm_memory_run(): runs a vCPU through the gate until an exit is for the program. This is the
 * vCPU's side of the protocol that gate.h describes, and gate.c is the other side. exit.c handles
 * the exits, outside the gate. Called by the vCPU's thread.
 */
#include <errno.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "coalesced.h"
#include "exit.h"
#include "gate.h"
#include "host.h"
#include "memory.h"

/* ---- Through the gate --------------------------------------------------------------------- */

/* Goes out of the gate, with the gate's lock. Returns whether another thread asked for that. */
static bool step_out(KVMMemoryVcpu *vcpu)
{
    bool asked = kvm_gate_has_immediate_exit(vcpu->run);

    kvm_gate_set_inside(&vcpu->gate, false);
    kvm_gate_set_immediate_exit(vcpu->run, false);
    pthread_cond_broadcast(&vcpu->km->gate.changed);
    return asked;
}

/* Makes a system call, so that a signal that was sent is handled now. Otherwise it would interrupt
 * a later KVM_RUN, which nobody asked to end. */
static void settle_signal(void)
{
    sched_yield();
}

/* Waits until the gate changes. If it is open then, lets the thread that has opened it run first,
 * because that thread may close it again. Otherwise, if both threads share a processor, the guest
 * would occupy it for a whole time slice after each change of slots. With the gate's lock, outside
 * the gate. */
static void wait_for_change(KvmGate *gate)
{
    pthread_cond_wait(&gate->changed, &gate->lock);
    if (!kvm_gate_is_closed(gate)) {
        pthread_mutex_unlock(&gate->lock);
        sched_yield();
        pthread_mutex_lock(&gate->lock);
    }
}

static void unlock(KvmGate *const *gate)
{
    pthread_mutex_unlock(&(*gate)->lock);
}

/* Returns false if the vCPU was kicked while it waited: it has not entered. *asked becomes true if
 * another thread asked it to go out. A thread that is cancelled here gives back the gate's lock. */
static bool enter_when_open(KVMMemoryVcpu *vcpu, bool *asked)
{
    KvmGate *gate = &vcpu->km->gate;
    bool closed;

    pthread_mutex_lock(&gate->lock);
    __attribute__((cleanup(unlock), unused)) KvmGate *const locked = gate;
    while ((closed = kvm_gate_is_closed(gate)) && !kvm_gate_is_kicked(&vcpu->gate)) {
        *asked |= step_out(vcpu);
        wait_for_change(gate);
    }
    if (closed) {
        *asked |= step_out(vcpu);
    } else {
        kvm_gate_set_inside(&vcpu->gate, true);
        kvm_gate_set_immediate_exit(vcpu->run, kvm_gate_is_kicked(&vcpu->gate));
    }
    return !closed;
}

static bool wait_to_enter(KVMMemoryVcpu *vcpu)
{
    bool asked = false;
    bool entered = enter_when_open(vcpu, &asked);

    if (asked) {
        settle_signal();
    }
    return entered;
}

static bool enter(KVMMemoryVcpu *vcpu)
{
    vcpu->gate.thread = pthread_self();
    kvm_gate_set_inside(&vcpu->gate, true);
    if (kvm_gate_is_closed(&vcpu->km->gate) || kvm_gate_is_kicked(&vcpu->gate)) {
        return wait_to_enter(vcpu);
    }
    return true;
}

static bool leave_asked(KVMMemoryVcpu *vcpu)
{
    KvmGate *gate = &vcpu->km->gate;
    bool asked;

    pthread_mutex_lock(&gate->lock);
    asked = step_out(vcpu);
    pthread_mutex_unlock(&gate->lock);
    if (asked) {
        settle_signal();
    }
    return asked;
}

/* Returns whether another thread asked KVM_RUN to return. The gate may have been opened again since
 * then, so immediate_exit is read, too, after 'closed' and 'kicked'. */
static bool leave(KVMMemoryVcpu *vcpu)
{
    kvm_gate_set_inside(&vcpu->gate, false);
    if (kvm_gate_is_closed(&vcpu->km->gate) || kvm_gate_is_kicked(&vcpu->gate) ||
        kvm_gate_has_immediate_exit(vcpu->run)) {
        return leave_asked(vcpu);
    }
    return false;
}

/* ---- Running ----------------------------------------------------------------------------- */

static bool take_kick(KVMMemoryVcpu *vcpu)
{
    return kvm_gate_is_kicked(&vcpu->gate) &&
           __atomic_exchange_n(&vcpu->gate.kicked, false, __ATOMIC_SEQ_CST);
}

/* The result of a run that was interrupted: 0 if only the gate was the reason. */
static int interrupted(KVMMemoryVcpu *vcpu, bool asked)
{
    return take_kick(vcpu) || !asked ? -EINTR : 0;
}

/* Calls KVM_RUN once. Returns 0 if it came back with an exit. Also returns 0, with *again true, if
 * only the gate interrupted it. */
static int run_once(KVMMemoryVcpu *vcpu, bool *again)
{
    int result;
    bool asked;

    *again = false;
    if (!enter(vcpu)) {
        take_kick(vcpu);
        return -EINTR;
    }
    result = ioctl(vcpu->fd, KVM_RUN, 0) == 0 ? 0 : -errno;
    asked = leave(vcpu);
    if (result == -EINTR) {
        result = interrupted(vcpu, asked);
        *again = result == 0;
    }
    return result;
}

/* Makes the writes that KVM has queued. When a run ends, its caller expects that all writes of the
 * guest are made. */
static int flushed(KVMMemoryVcpu *vcpu, int result)
{
    if (kvm_coalesced_waiting(vcpu)) {
        kvm_memory_flush_coalesced(vcpu->km);
    }
    return result;
}

static int run(KVMMemoryVcpu *vcpu)
{
    bool again;
    int result;

    do {
        result = run_once(vcpu, &again);
        if (result != 0) {
            return flushed(vcpu, result);
        }
    } while (again || kvm_exit_handle(vcpu));
    return 0;
}

static void has_run(KVMMemoryVcpu *const *vcpu)
{
    __atomic_store_n(&(*vcpu)->gate.running, false, __ATOMIC_RELEASE);
}

/* Refuses a thread that holds the context's lock: no other thread could change the map while the
 * guest runs. */
int kvm_memory_run(KVMMemoryVcpu *vcpu)
{
    if (memory_context_is_locked(vcpu->km->context)) {
        kvm_host_misuse(vcpu->km,
                        "%s: the calling thread has the context's lock, which other "
                        "threads need to change the map: give it back first",
                        __func__);
        return -EDEADLK;
    }
    if (__atomic_exchange_n(&vcpu->gate.running, true, __ATOMIC_ACQUIRE)) {
        kvm_host_misuse(vcpu->km,
                        "%s: the vCPU of file descriptor %d is running already: use one "
                        "thread at a time for a vCPU",
                        __func__, vcpu->fd);
        return -EBUSY;
    }
    /* A cleanup attribute, because a device's callback may cancel the thread. */
    __attribute__((cleanup(has_run), unused)) KVMMemoryVcpu *const running = vcpu;
    return run(vcpu);
}
