/* SPDX-License-Identifier: MIT
 *
 * vCPUs: told of, and forgotten.
 */
#include <stdlib.h>

#include "coalesced.h"
#include "dirty.h"
#include "memory.h"

static KVMMemoryVcpu *vcpu_new(KVMMemory *km, int fd, struct kvm_run *run)
{
    KVMMemoryVcpu *vcpu;
    void *place;

    if (posix_memalign(&place, KVM_CACHE_LINE, sizeof(*vcpu)) != 0) {
        return NULL;
    }
    vcpu = place;
    *vcpu = (KVMMemoryVcpu){ .km = km, .fd = fd, .run = run };
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

static bool begin(KVMMemoryVcpu *vcpu, Error **errp)
{
    if (!kvm_coalesced_vcpu_init(vcpu, errp)) {
        return false;
    }
    if (!kvm_dirty_vcpu_init(vcpu, errp)) {
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

    if (vcpu == NULL) {
        error_setg(errp, "no memory for a vCPU");
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
    if (vcpu == NULL) {
        return;
    }
    KVMMemory *km = vcpu->km;
    memory_context_lock(km->context);
    kvm_memory_flush_coalesced(km);
    kvm_dirty_vcpu_end(vcpu);
    delist(vcpu);
    kvm_coalesced_vcpu_end(vcpu);
    memory_context_unlock(km->context);
    free(vcpu);
}
