/* SPDX-License-Identifier: MIT
 *
 * Running a vCPU through the gate, and closing it. The protocol is described in gate.h; what exits
 * ask for is done in exit.c, outside the gate.
 */
#include "gate.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "coalesced.h"
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

static bool is_closed(const KvmGate *gate)
{
    return __atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST) != 0;
}

static bool is_kicked(const KVMMemoryVcpu *vcpu)
{
    return __atomic_load_n(&vcpu->gate.kicked, __ATOMIC_SEQ_CST);
}

static bool is_inside(const KVMMemoryVcpu *vcpu)
{
    return __atomic_load_n(&vcpu->gate.inside, __ATOMIC_SEQ_CST);
}

static void set_inside(KVMMemoryVcpu *vcpu, bool inside)
{
    __atomic_store_n(&vcpu->gate.inside, inside, __ATOMIC_SEQ_CST);
}

static bool has_immediate_exit(const KVMMemoryVcpu *vcpu)
{
    return __atomic_load_n(&vcpu->run->immediate_exit, __ATOMIC_RELAXED) != 0;
}

static void set_immediate_exit(KVMMemoryVcpu *vcpu, bool exit)
{
    __atomic_store_n(&vcpu->run->immediate_exit, exit, __ATOMIC_RELAXED);
}

/* ---- By the vCPU's thread --------------------------------------------------------------- */

/* Goes out of the gate, with its lock. True if somebody asked for that. */
static bool step_out(KVMMemoryVcpu *vcpu)
{
    bool asked = has_immediate_exit(vcpu);

    set_inside(vcpu, false);
    set_immediate_exit(vcpu, false);
    pthread_cond_broadcast(&vcpu->km->gate.changed);
    return asked;
}

/* A signal that was sent is handled at the end of the next system call at the latest. Making one
 * sees to it that it does not interrupt a later run, where nobody would know whose it was. */
static void settle_signal(void)
{
    sched_yield();
}

/* Waits until the gate changes, and then lets the thread that has opened it run first: it may
 * close the gate again. If both share a processor, the guest would otherwise have it for a whole
 * time slice after each change of slots. With the gate's lock held, outside the gate. */
static void wait_for_change(KvmGate *gate)
{
    pthread_cond_wait(&gate->changed, &gate->lock);
    if (!is_closed(gate)) {
        pthread_mutex_unlock(&gate->lock);
        sched_yield();
        pthread_mutex_lock(&gate->lock);
    }
}

static void unlock(KvmGate *const *gate)
{
    pthread_mutex_unlock(&(*gate)->lock);
}

/* False if it was kicked away. If the thread is cancelled here, it gives back the gate's lock. */
static bool enter_when_open(KVMMemoryVcpu *vcpu, bool *asked)
{
    KvmGate *gate = &vcpu->km->gate;
    bool closed;

    pthread_mutex_lock(&gate->lock);
    __attribute__((cleanup(unlock), unused)) KvmGate *const locked = gate;
    while ((closed = is_closed(gate)) && !is_kicked(vcpu)) {
        *asked |= step_out(vcpu);
        wait_for_change(gate);
    }
    if (closed) {
        *asked |= step_out(vcpu);
    } else {
        set_inside(vcpu, true);
        set_immediate_exit(vcpu, is_kicked(vcpu));
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
    set_inside(vcpu, true);
    if (is_closed(&vcpu->km->gate) || is_kicked(vcpu)) {
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

/* True if KVM_RUN was asked to return. The gate may be open again: so immediate_exit is looked at,
 * last. */
static bool leave(KVMMemoryVcpu *vcpu)
{
    set_inside(vcpu, false);
    if (is_closed(&vcpu->km->gate) || is_kicked(vcpu) || has_immediate_exit(vcpu)) {
        return leave_asked(vcpu);
    }
    return false;
}

static bool take_kick(KVMMemoryVcpu *vcpu)
{
    return is_kicked(vcpu) && __atomic_exchange_n(&vcpu->gate.kicked, false, __ATOMIC_SEQ_CST);
}

/* What a run that was interrupted returns: 0 if it was for the gate alone. */
static int interrupted(KVMMemoryVcpu *vcpu, bool asked)
{
    return take_kick(vcpu) || !asked ? -EINTR : 0;
}

/* 0: KVM_RUN came back with an exit, or is to be called again with 'again'. */
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

/* Who has stopped a vCPU expects that what the guest has written is done. */
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

/* Refused with the context's lock held: while the guest runs, no other thread could change the
 * map. */
int kvm_memory_run(KVMMemoryVcpu *vcpu)
{
    if (memory_context_is_locked(vcpu->km->context)) {
        kvm_host_misuse(vcpu->km, "%s: the calling thread has the context's lock, which others "
                        "need to change the map: give it back first", __func__);
        return -EDEADLK;
    }
    if (__atomic_exchange_n(&vcpu->gate.running, true, __ATOMIC_ACQUIRE)) {
        kvm_host_misuse(vcpu->km, "%s: the vCPU of file descriptor %d runs already", __func__,
                        vcpu->fd);
        return -EBUSY;
    }
    /* A cleanup attribute, because the thread may be cancelled in a device's callback. */
    __attribute__((cleanup(has_run), unused)) KVMMemoryVcpu *const running = vcpu;
    return run(vcpu);
}

/* ---- By others -------------------------------------------------------------------------- */

/* Is there a signal to stop vCPUs with? */
static bool check_signal(KVMMemory *km, const char *call)
{
    if (km->options.kick_signal == 0) {
        kvm_host_misuse(km, "%s: there is no kick_signal to stop vCPUs with", call);
        return false;
    }
    return true;
}

/* With the gate's lock. */
static void ask_out(KVMMemoryVcpu *vcpu)
{
    if (is_inside(vcpu)) {
        set_immediate_exit(vcpu, true);
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
        if (is_inside(vcpu)) {
            return true;
        }
    }
    return false;
}

/* With the gate's lock, which it lets go while it waits. The thread is not cancelled here: it would
 * leave the gate closed. */
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
        kvm_host_misuse(km, "%s: the vCPUs are not paused", __func__);
    }
}

void kvm_vcpus_stop(KVMMemory *km)
{
    if (km->stops++ != 0) {
        return;
    }
    if (km->options.kick_signal != 0) {
        pthread_mutex_lock(&km->gate.lock);
        close_gate(km);
        pthread_mutex_unlock(&km->gate.lock);
    } else if (km->options.stop_vcpus != NULL) {
        km->options.stop_vcpus(km->options.opaque);
    }
}

void kvm_vcpus_resume(KVMMemory *km)
{
    if (--km->stops != 0) {
        return;
    }
    if (km->options.kick_signal != 0) {
        pthread_mutex_lock(&km->gate.lock);
        open_gate(km);
        pthread_mutex_unlock(&km->gate.lock);
    } else if (km->options.resume_vcpus != NULL) {
        km->options.resume_vcpus(km->options.opaque);
    }
}
