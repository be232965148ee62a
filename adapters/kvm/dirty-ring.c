/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from the rings of the vCPUs: the rings' life, and when they are taken. rings.c takes
 * them. Called by the library, by dirty.c and vcpu.c, with the context's lock held; and by exit.c,
 * without it.
 */
#include "dirty-ring.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "gate.h"
#include "host.h"
#include "mark.h"
#include "ring.h"
#include "rings.h"

/* ---- Life ------------------------------------------------------------------------------- */

static bool entries_are_possible(unsigned entries, unsigned most, Error **errp)
{
    if ((entries & (entries - 1)) != 0) {
        error_setg(errp, "dirty_ring_entries is %u: expected a power of two, or 0 for bitmaps",
                   entries);
        return false;
    }
    if (entries > most) {
        error_setg(errp, "dirty_ring_entries is %u: the host's limit is %u", entries, most);
        return false;
    }
    return true;
}

static int enable(const KVMMemory *km, unsigned capability, uint64_t bytes)
{
    struct kvm_enable_cap cap = { .cap = capability, .args = { bytes } };

    return ioctl(km->vm_fd, KVM_ENABLE_CAP, &cap) == 0 ? 0 : errno;
}

bool kvm_dirty_ring_init(KVMMemory *km, Error **errp)
{
    const unsigned entries = km->options.dirty_ring_entries;
    const size_t size = sizeof(struct kvm_dirty_gfn);
    const unsigned most = kvm_rings_most_entries(km);

    if (most == 0) {
        return true;
    }
    if (!entries_are_possible(entries, most, errp)) {
        return false;
    }
    int error = enable(km, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, entries * size);
    if (error == EINVAL) {
        error = enable(km, KVM_CAP_DIRTY_LOG_RING, entries * size);
    }
    if (error != 0) {
        error_setg(errp,
                   "KVM refuses dirty rings of %u entries: %s; attach before the first vCPU "
                   "is made, and choose more entries than KVM keeps in reserve, such as 65536",
                   entries, strerror(error));
        return false;
    }
    km->rings.entries = entries;
    return true;
}

static size_t bytes_of_ring(const KVMMemory *km)
{
    return km->rings.entries * sizeof(struct kvm_dirty_gfn);
}

bool kvm_dirty_ring_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp)
{
    const KVMMemory *km = vcpu->km;
    void *ring;

    if (km->rings.entries == 0) {
        return true;
    }
    ring = mmap(NULL, bytes_of_ring(km), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd,
                (off_t)KVM_DIRTY_LOG_PAGE_OFFSET * km->host.page_size);
    if (ring == MAP_FAILED) {
        error_setg(errp,
                   "the dirty ring of the vCPU of file descriptor %d, %u entries, cannot be "
                   "mapped: %s",
                   vcpu->fd, km->rings.entries, strerror(errno));
        return false;
    }
    vcpu->ring.entry = ring;
    return true;
}

/* ---- A full ring ------------------------------------------------------------------------- */

/* A late kernel may call a ring full although it is empty, because it still counts entries that it
 * has overwritten. If that happens twice in a row, half of the ring is given back to KVM
 * (ring.h). */
static void take_full(KVMMemoryVcpu *vcpu)
{
    kvm_rings_take_stopped(vcpu->km);
    if (vcpu->ring.idle) {
        kvm_ring_give_back(vcpu);
        kvm_rings_reset(vcpu->km);
        kvm_ring_advance(vcpu);
    }
    vcpu->ring.idle = vcpu->ring.taken == 0;
}

void kvm_dirty_ring_full(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;
    MemoryContext *before = memory_context_set_current(km->context);

    memory_context_lock(km->context);
    if (km->rings.late) {
        take_full(vcpu);
    } else {
        kvm_rings_take_running(km);
    }
    memory_context_unlock(km->context);
    memory_context_set_current(before);
}

/* ---- The end of a vCPU ------------------------------------------------------------------ */

/* Takes the rings until KVM has reset all entries of this one. After the vCPU is removed, nobody
 * can mark the pages of entries that are left, and KVM does not catch new writes to these pages
 * until it has reset the entries. The loop is for resets that a signal ends early. */
static void take_for_good(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;

    for (unsigned tries = 0; tries == 0 || (!kvm_ring_is_empty(vcpu) && tries < 100); tries++) {
        kvm_rings_take(km);
    }
    if (!kvm_ring_is_empty(vcpu) && !km->rings.lost) {
        km->rings.lost = true;
        kvm_host_report(km, MEMORY_LOG_ERROR,
                        "KVM has not reset the dirty ring of a vCPU that was removed; all logged "
                        "memory counts as dirty once");
    }
}

void kvm_dirty_ring_vcpu_end(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;

    if (vcpu->ring.entry) {
        MemoryContext *before = memory_context_set_current(km->context);

        kvm_vcpus_stop(km);
        take_for_good(vcpu);
        kvm_vcpus_resume(km);
        memory_context_set_current(before);
        munmap(vcpu->ring.entry, bytes_of_ring(km));
        vcpu->ring.entry = NULL;
    }
}

/* ---- Listening -------------------------------------------------------------------------- */

/* A slot that KVM has refused to log is dirty in each harvest. The refusal was reported. */
static void mark_unlogged(KvmSpace *space)
{
    const KvmSlot *slot;

    TAILQ_FOREACH(slot, &space->relogged, link) {
        kvm_mark_unless_logged(space, slot);
    }
}

/* A commit that switches logging calls this for each slot. It stops the vCPUs for the first one
 * only, unless the kernel is late. */
void kvm_dirty_ring_settle(KVMMemory *km)
{
    if (km->rings.late || !km->rings.stopped_in_commit) {
        km->rings.stopped_in_commit = true;
        kvm_rings_take_all(km);
    } else {
        kvm_rings_take_running(km);
    }
}

static void sync_all(MemoryListener *listener)
{
    KVMMemory *km = kvm_space_of(listener)->km;
    MemoryContext *before = memory_context_set_current(km->context);

    kvm_rings_take_all(km);
    for (unsigned i = 0; i < KVM_SPACES; i++) {
        mark_unlogged(&km->spaces[i]);
    }
    memory_context_set_current(before);
}

/* One listener is enough, because the rings have the pages of all spaces. */
void kvm_dirty_ring_listen(KvmSpace *space)
{
    if (space->id == 0) {
        space->listener.log_sync_global = sync_all;
    }
}
