/* SPDX-License-Identifier: MIT
 *
 * Adding and removing vCPUs. Called by the program.
 */
#include <stdlib.h>

#include "coalesced.h"
#include "dirty-ring.h"
#include "host.h"
#include "memory.h"

static KVMMemoryVcpu *vcpu_new(KVMMemory *km, int fd, struct kvm_run *run)
{
    KVMMemoryVcpu *vcpu;
    void *place;

    if (posix_memalign(&place, KVM_CACHE_LINE, sizeof(*vcpu)) != 0) {
        return NULL;
    }
    vcpu = place;
    *vcpu = (KVMMemoryVcpu){ .run = run, .memory = km->options.memory, .km = km, .fd = fd };
    return vcpu;
}

static void enlist(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;

    pthread_mutex_lock(&km->gate.lock);
    TAILQ_INSERT_TAIL(&km->vcpus, vcpu, link);
    pthread_mutex_unlock(&km->gate.lock);
}

static void delist(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;

    pthread_mutex_lock(&km->gate.lock);
    TAILQ_REMOVE(&km->vcpus, vcpu, link);
    pthread_mutex_unlock(&km->gate.lock);
}

/* Returns false and an error if the vCPU has no kvm_run, or shares its descriptor or its kvm_run
 * with another vCPU. With the context's lock. */
static bool is_new(const KVMMemoryVcpu *vcpu, Error **errp)
{
    const KVMMemoryVcpu *other;

    if (!vcpu->run) {
        error_setg(errp,
                   "the vCPU of file descriptor %d has no kvm_run: map the descriptor, and pass "
                   "its address",
                   vcpu->fd);
        return false;
    }
    TAILQ_FOREACH(other, &vcpu->km->vcpus, link) {
        if (other->fd == vcpu->fd) {
            error_setg(errp, "the vCPU of file descriptor %d was added already: remove it first",
                       vcpu->fd);
            return false;
        }
        if (other->run == vcpu->run) {
            error_setg(errp,
                       "the vCPU of file descriptor %d has the kvm_run of the vCPU of file "
                       "descriptor %d: map its own descriptor",
                       vcpu->fd, other->fd);
            return false;
        }
    }
    return true;
}

static bool begin(KVMMemoryVcpu *vcpu, Error **errp)
{
    if (!is_new(vcpu, errp) || !kvm_coalesced_vcpu_init(vcpu, errp)) {
        return false;
    }
    if (!kvm_dirty_ring_vcpu_init(vcpu, errp)) {
        kvm_coalesced_vcpu_end(vcpu);
        return false;
    }
    enlist(vcpu);
    return true;
}

KVMMemoryVcpu *kvm_memory_add_vcpu(KVMMemory *km, int vcpu_fd, struct kvm_run *run, Error **errp)
{
    KVMMemoryVcpu *vcpu = vcpu_new(km, vcpu_fd, run);
    bool begun;

    if (!vcpu) {
        error_setg(errp, "the host has no memory for the vCPU of file descriptor %d", vcpu_fd);
        return NULL;
    }
    memory_context_lock(km->context);
    begun = begin(vcpu, errp);
    memory_context_unlock(km->context);
    if (!begun) {
        free(vcpu);
        return NULL;
    }
    return vcpu;
}

void kvm_memory_remove_vcpu(KVMMemoryVcpu *vcpu)
{
    if (!vcpu) {
        return;
    }
    KVMMemory *km = vcpu->km;
    if (__atomic_load_n(&vcpu->gate.running, __ATOMIC_ACQUIRE)) {
        kvm_host_misuse(km,
                        "%s: the vCPU of file descriptor %d is running: kick it, and wait for "
                        "the end of its run",
                        __func__, vcpu->fd);
        return;
    }
    memory_context_lock(km->context);
    kvm_memory_flush_coalesced(km);
    kvm_dirty_ring_vcpu_end(vcpu);
    delist(vcpu);
    kvm_coalesced_vcpu_end(vcpu);
    memory_context_unlock(km->context);
    free(vcpu);
}
