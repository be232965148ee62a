/* SPDX-License-Identifier: MIT
 *
 * The queue of coalesced writes: mapping and emptying it. Which writes go there is told to KVM in
 * signals.c.
 */
#include "coalesced.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* What KVM gives the queue is a page of the host. */
static uint32_t capacity(const KVMMemory *km)
{
    return (km->host_page_size - sizeof(struct kvm_coalesced_mmio_ring)) /
           sizeof(struct kvm_coalesced_mmio);
}

bool kvm_coalesced_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp)
{
    KVMMemory *km = vcpu->km;
    int page = km->features[KVM_FEATURE_COALESCED_MMIO]; /* nothing is wanted yet: no report */
    void *queue;

    if (page == 0) {
        return true;
    }
    queue = mmap(NULL, km->host_page_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd,
                 (off_t)page * km->host_page_size);
    if (queue == MAP_FAILED) {
        error_setg_errno(errp, errno, "the queue of coalesced writes cannot be mapped");
        return false;
    }
    vcpu->queue = queue;
    return true;
}

void kvm_coalesced_vcpu_end(KVMMemoryVcpu *vcpu)
{
    if (vcpu->queue != NULL) {
        munmap(vcpu->queue, vcpu->km->host_page_size);
    }
}

static void write_entry(const KVMMemory *km, const struct kvm_coalesced_mmio *entry)
{
    uint8_t data[sizeof(entry->data)];
    uint32_t len = entry->len < sizeof(data) ? entry->len : sizeof(data);
    AddressSpace *as = entry->pio ? km->options.io : km->options.memory;

    if (as != NULL) {
        memcpy(data, entry->data, sizeof(data));
        address_space_write(as, entry->phys_addr, (MemTxAttrs){ 0 }, data, len);
    }
}

/* Stops where the queue ended when it began: the guest can go on filling it. A device may take the
 * vCPU away whose mapping is used. */
static void empty(KVMMemory *km, struct kvm_coalesced_mmio_ring *queue)
{
    uint32_t room = capacity(km);
    uint32_t end = __atomic_load_n(&queue->last, __ATOMIC_ACQUIRE) % room;
    uint32_t at = queue->first % room;

    while (at != end && queue != NULL) {
        write_entry(km, &queue->coalesced_mmio[at]);
        at = (at + 1) % room;
        queue = TAILQ_EMPTY(&km->vcpus) ? NULL : TAILQ_FIRST(&km->vcpus)->queue;
        if (queue != NULL) {
            __atomic_store_n(&queue->first, at, __ATOMIC_RELEASE);
        }
    }
}

/* A device that is written to may come back here, by an edit or by an access of its own. What is
 * queued then is behind the write that it is called for, and stays there. */
void kvm_memory_flush_coalesced(void *opaque)
{
    KVMMemory *km = opaque;
    const KVMMemoryVcpu *vcpu;
    int cancel_state;

    /* The flush is completed first if the thread is cancelled in a device's callback. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    memory_context_lock(km->context);
    vcpu = TAILQ_FIRST(&km->vcpus);
    if (vcpu != NULL && !km->flushing && kvm_coalesced_waiting(vcpu)) {
        km->flushing = true;
        empty(km, vcpu->queue);
        km->flushing = false;
    }
    memory_context_unlock(km->context);
    pthread_setcancelstate(cancel_state, NULL);
}
