/* SPDX-License-Identifier: MIT
 *
 * Coalesced writes: the listener callbacks that tell KVM which writes go to the queue, and mapping
 * and emptying the queue (coalesced.h).
 */
#include "coalesced.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "host.h"

/* ---- Ranges ------------------------------------------------------------------------------ */

/* KVM counts the bytes of a zone in 32 bits, so a longer range becomes several zones. */
#define ZONE_MAX ((hwaddr)1 << 30)

static void tell_zone(KVMMemory *km, unsigned long request, hwaddr addr, hwaddr len, bool pio)
{
    struct kvm_coalesced_mmio_zone zone = { .addr = addr, .size = (uint32_t)len, .pio = pio };

    if (ioctl(km->vm_fd, request, &zone) != 0) {
        kvm_host_report(km, MEMORY_LOG_WARNING,
                        "KVM refuses to %s coalescing of %s 0x%" PRIx64 "-0x%" PRIx64 ": %s",
                        request == KVM_REGISTER_COALESCED_MMIO ? "begin" : "end",
                        pio ? "ports" : "addresses", addr, addr + (len - 1), strerror(errno));
    }
}

static void tell_range(MemoryListener *listener, unsigned long request, hwaddr addr, hwaddr len,
                       bool pio)
{
    KVMMemory *km = kvm_owner_of(listener, pio);
    KvmFeature feature = pio ? KVM_FEATURE_COALESCED_PIO : KVM_FEATURE_COALESCED_MMIO;

    if (!kvm_host_feature(km, feature)) {
        return;
    }
    while (len > 0) {
        hwaddr part = len < ZONE_MAX ? len : ZONE_MAX;
        tell_zone(km, request, addr, part, pio);
        addr += part;
        len -= part;
    }
}

static void memory_range_add(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                             hwaddr len)
{
    (void)section;
    tell_range(listener, KVM_REGISTER_COALESCED_MMIO, addr, len, false);
}

static void memory_range_del(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                             hwaddr len)
{
    (void)section;
    tell_range(listener, KVM_UNREGISTER_COALESCED_MMIO, addr, len, false);
}

static void port_range_add(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                           hwaddr len)
{
    (void)section;
    tell_range(listener, KVM_REGISTER_COALESCED_MMIO, addr, len, true);
}

static void port_range_del(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                           hwaddr len)
{
    (void)section;
    tell_range(listener, KVM_UNREGISTER_COALESCED_MMIO, addr, len, true);
}

void kvm_coalesced_listen(KVMMemory *km, MemoryListener *listener)
{
    bool pio = listener == &km->io_listener;

    listener->coalesced_io_add = pio ? port_range_add : memory_range_add;
    listener->coalesced_io_del = pio ? port_range_del : memory_range_del;
}

/* ---- The queue -------------------------------------------------------------------------- */

/* The number of entries of the queue, which is a page of the host. */
static uint32_t capacity(const KVMMemory *km)
{
    return (km->host.page_size - sizeof(struct kvm_coalesced_mmio_ring)) /
           sizeof(struct kvm_coalesced_mmio);
}

bool kvm_coalesced_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp)
{
    KVMMemory *km = vcpu->km;
    /* Not kvm_host_feature(): no range is coalesced yet, so a lack is not to be reported. */
    int page = km->host.features[KVM_FEATURE_COALESCED_MMIO];
    void *queue;

    if (page == 0) {
        return true;
    }
    queue = mmap(NULL, km->host.page_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd,
                 (off_t)page * km->host.page_size);
    if (queue == MAP_FAILED) {
        error_setg_errno(errp, errno,
                         "file descriptor %d, which must be that of a vCPU, cannot be mapped for "
                         "the queue of coalesced writes",
                         vcpu->fd);
        return false;
    }
    vcpu->queue = queue;
    return true;
}

void kvm_coalesced_vcpu_end(KVMMemoryVcpu *vcpu)
{
    if (vcpu->queue) {
        munmap(vcpu->queue, vcpu->km->host.page_size);
    }
}

static void write_entry(const KVMMemory *km, const struct kvm_coalesced_mmio *entry)
{
    uint8_t data[sizeof(entry->data)];
    uint32_t len = entry->len < sizeof(data) ? entry->len : sizeof(data);
    AddressSpace *as = entry->pio ? km->options.io : km->options.memory;

    if (as) {
        memcpy(data, entry->data, sizeof(data));
        address_space_write(as, entry->phys_addr, (MemTxAttrs){ 0 }, data, len);
    }
}

/* Makes the writes that are in the queue at the start; the guest may queue more meanwhile. A
 * callback may remove the vCPU whose mapping is used, so each step looks for a mapping again. */
static void empty(KVMMemory *km, struct kvm_coalesced_mmio_ring *queue)
{
    uint32_t room = capacity(km);
    uint32_t end = __atomic_load_n(&queue->last, __ATOMIC_ACQUIRE) % room;
    uint32_t at = queue->first % room;

    while (at != end && queue) {
        write_entry(km, &queue->coalesced_mmio[at]);
        at = (at + 1) % room;
        queue = TAILQ_EMPTY(&km->vcpus) ? NULL : TAILQ_FIRST(&km->vcpus)->queue;
        if (queue) {
            __atomic_store_n(&queue->first, at, __ATOMIC_RELEASE);
        }
    }
}

/* A device's callback may call this again, through an edit or an access of its own. The writes
 * that are still queued come after the one that the callback is called for. So they wait until it
 * returns. */
void kvm_memory_flush_coalesced(void *opaque)
{
    KVMMemory *km = opaque;
    const KVMMemoryVcpu *vcpu;
    int cancel_state;

    /* If a device's callback cancels the thread, the flush is completed first. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    memory_context_lock(km->context);
    vcpu = TAILQ_FIRST(&km->vcpus);
    if (vcpu && !km->flushing && kvm_coalesced_waiting(vcpu)) {
        km->flushing = true;
        empty(km, vcpu->queue);
        km->flushing = false;
    }
    memory_context_unlock(km->context);
    pthread_setcancelstate(cancel_state, NULL);
}
