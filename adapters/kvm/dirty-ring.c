/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from the rings of the vCPUs (ring.h). Called by the library, by dirty.c and vcpu.c,
 * with the context's lock held; and by a vCPU whose ring is full.
 *
 * After KVM_RESET_DIRTY_RINGS KVM catches the next write to the pages whose entries were taken. The
 * ioctl may stop early, because of a signal or an error. The pages that it has left may be written
 * meanwhile without a new entry, so the next kvm_dirty_ring_take() marks them again.
 *
 * A processor may keep pages to itself until its vCPU leaves the guest, so all of them are stopped
 * for a moment first. Entries of slots that are no more do not exist: a logged slot is deleted with
 * the vCPUs stopped and the rings taken.
 *
 * If KVM has lost entries, all logged memory is marked, and logging is switched off and on, so
 * that KVM catches every write again. After that the rings are exact. A kernel that has lost
 * entries once is late (ring.h): from then on rings are taken only while the vCPUs are stopped.
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
#include "slot-logging.h"

/* ---- Life ------------------------------------------------------------------------------- */

static bool entries_are_possible(unsigned entries, unsigned most, Error **errp)
{
    if ((entries & (entries - 1)) != 0) {
        error_setg(errp, "%u entries of a dirty ring are no power of two", entries);
        return false;
    }
    if (entries > most) {
        error_setg(errp, "%u entries of a dirty ring are more than the host's limit, %u", entries,
                   most);
        return false;
    }
    return true;
}

static int enable(const KVMMemory *km, unsigned capability, uint64_t bytes)
{
    struct kvm_enable_cap cap = { .cap = capability, .args = { bytes } };

    return ioctl(km->vm_fd, KVM_ENABLE_CAP, &cap) == 0 ? 0 : errno;
}

/* The most entries that a ring can have; 0: the host has no rings. */
static unsigned entries_of_host(KVMMemory *km)
{
    return (unsigned)kvm_host_feature(km, KVM_FEATURE_DIRTY_RING) / sizeof(struct kvm_dirty_gfn);
}

bool kvm_dirty_ring_init(KVMMemory *km, Error **errp)
{
    const unsigned entries = km->options.dirty_ring_entries;
    const size_t size = sizeof(struct kvm_dirty_gfn);
    const unsigned most = entries_of_host(km);

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
        error_setg(errp, "KVM refuses dirty rings of %u entries: %s; they must be more "
                   "than it keeps for itself, and come before the first vCPU", entries,
                   strerror(error));
        return false;
    }
    km->dirty_ring_entries = entries;
    return true;
}

static size_t bytes_of_ring(const KVMMemory *km)
{
    return km->dirty_ring_entries * sizeof(struct kvm_dirty_gfn);
}

bool kvm_dirty_ring_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp)
{
    const KVMMemory *km = vcpu->km;
    void *ring;

    if (km->dirty_ring_entries == 0) {
        return true;
    }
    ring = mmap(NULL, bytes_of_ring(km), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd,
                (off_t)KVM_DIRTY_LOG_PAGE_OFFSET * km->host_page_size);
    if (ring == MAP_FAILED) {
        error_setg(errp, "the dirty ring of a vCPU, %u entries, cannot be mapped: %s",
                   km->dirty_ring_entries, strerror(errno));
        return false;
    }
    vcpu->ring = ring;
    return true;
}

/* ---- Taking ----------------------------------------------------------------------------- */

static void note_lost(KVMMemory *km)
{
    km->ring_lost = true;
    if (!km->ring_late) {
        km->ring_late = true;
        kvm_host_report(km, MEMORY_LOG_WARNING,
                        "KVM has filled a dirty ring of %u entries to the last one and may have "
                        "lost some: all that is logged counts as dirty once; choose more "
                        "dirty_ring_entries (up to %u here), or 0 for bitmaps",
                        km->dirty_ring_entries, entries_of_host(km));
    }
}

static void mark_logged(const KvmSpace *space)
{
    for (unsigned i = 0; i < space->slots.count; i++) {
        if (space->slots.sorted[i]->info.logged) {
            kvm_mark_all(space, space->slots.sorted[i]);
        }
    }
}

static void mark_if_lost(const KVMMemory *km)
{
    for (unsigned i = 0; km->ring_lost && i < KVM_SPACES; i++) {
        mark_logged(&km->spaces[i]);
    }
}

/* How many entries KVM has reset; -1: it does not say. */
static int reset_rings(KVMMemory *km)
{
    int count = ioctl(km->vm_fd, KVM_RESET_DIRTY_RINGS, 0);

    if (count < 0 && errno != EINTR && !km->reset_said) {
        km->reset_said = true;
        kvm_host_report(km, MEMORY_LOG_ERROR,
                        "KVM_RESET_DIRTY_RINGS: %s; pages stay dirty until it works",
                        strerror(errno));
    }
    return count;
}

/* An entry that KVM has overwritten looks as if KVM had reset it and put a new one there. If
 * entries of only one ring were taken, they are that ring's, and it is known where KVM goes on.
 * If not, the next new entries show it (find_ring() in ring.c). */
static void step_back(KVMMemory *km, uint32_t too_far)
{
    KVMMemoryVcpu *vcpu, *last = NULL;
    unsigned taken = 0;

    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        if (vcpu->ring_taken != 0) {
            vcpu->ring_found = false;
            last = vcpu;
            taken++;
        }
    }
    if (taken == 1) {
        last->ring_found = true;
        last->ring_next -= too_far;
    }
}

static void reset_and_advance(KVMMemory *km)
{
    int reset = reset_rings(km);
    uint32_t passed = 0;
    KVMMemoryVcpu *vcpu;

    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        passed += kvm_ring_advance(vcpu);
    }
    if (reset >= 0 && passed > (uint32_t)reset) {
        note_lost(km);
        step_back(km, passed - (uint32_t)reset);
    }
}

void kvm_dirty_ring_take(KVMMemory *km)
{
    bool any = false;
    KVMMemoryVcpu *vcpu;

    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        if (!kvm_ring_take(vcpu)) {
            note_lost(km);
        }
        any |= vcpu->ring_taken != 0;
        vcpu->ring_idle &= vcpu->ring_taken == 0;
    }
    if (any) {
        reset_and_advance(km);
    }
    mark_if_lost(km);
}

/* ---- Becoming exact again ---------------------------------------------------------------- */

static bool are_empty(const KVMMemory *km)
{
    const KVMMemoryVcpu *vcpu;

    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        if (!kvm_ring_is_empty(vcpu)) {
            return false;
        }
    }
    return true;
}

static bool relog_all(KVMMemory *km)
{
    bool done = true;

    for (unsigned i = 0; i < KVM_SPACES; i++) {
        done &= kvm_slots_relog(&km->spaces[i]);
    }
    return done;
}

/* The vCPUs are stopped, if there is a way to stop them. Marking comes last, so that pages that are
 * written before KVM catches writes again count as dirty, too. Signals only delay the reset. */
static void recover(KVMMemory *km)
{
    bool done;

    for (unsigned tries = 0; !are_empty(km) && tries < 100; tries++) {
        kvm_dirty_ring_take(km);
    }
    done = relog_all(km) && are_empty(km);
    mark_if_lost(km);
    km->ring_lost = !done;
}

/* For a kernel that is late: if it fills a ring while entries are taken, their count could be
 * lost. */
static void take_stopped(KVMMemory *km)
{
    kvm_vcpus_stop(km);
    kvm_dirty_ring_take(km);
    if (km->ring_lost) {
        recover(km);
    }
    kvm_vcpus_resume(km);
}

static void take_running(KVMMemory *km)
{
    kvm_dirty_ring_take(km);
    if (km->ring_lost) {
        take_stopped(km);
    }
}

/* A processor gives out the entries that it keeps when its vCPU is stopped. */
static void take_all(KVMMemory *km)
{
    if (km->ring_late) {
        take_stopped(km);
    } else {
        kvm_vcpus_stop(km);
        kvm_vcpus_resume(km);
        take_running(km);
    }
}

/* ---- A full ring ------------------------------------------------------------------------- */

/* If KVM calls a ring full again although nothing was found in it, KVM still counts entries that it
 * has overwritten. */
static void take_full(KVMMemoryVcpu *vcpu)
{
    take_stopped(vcpu->km);
    if (vcpu->ring_idle) {
        kvm_ring_give_back(vcpu);
        reset_rings(vcpu->km);
        kvm_ring_advance(vcpu);
    }
    vcpu->ring_idle = vcpu->ring_taken == 0;
}

void kvm_dirty_ring_full(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;
    MemoryContext *before = memory_context_set_current(km->context);

    memory_context_lock(km->context);
    if (km->ring_late) {
        take_full(vcpu);
    } else {
        take_running(km);
    }
    memory_context_unlock(km->context);
    memory_context_set_current(before);
}

/* ---- The end of a vCPU ------------------------------------------------------------------ */

/* What stays in the ring nobody can mark again, and writes to these pages are not caught until KVM
 * has reset it. Signals only delay that. */
static void take_for_good(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;

    for (unsigned tries = 0; tries == 0 || (!kvm_ring_is_empty(vcpu) && tries < 100); tries++) {
        kvm_dirty_ring_take(km);
    }
    if (!kvm_ring_is_empty(vcpu) && !km->ring_lost) {
        km->ring_lost = true;
        kvm_host_report(km, MEMORY_LOG_ERROR,
                        "KVM has not reset the dirty ring of a vCPU that was removed; all that is "
                        "logged counts as dirty once");
    }
}

void kvm_dirty_ring_vcpu_end(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;

    if (vcpu->ring != NULL) {
        MemoryContext *before = memory_context_set_current(km->context);

        kvm_vcpus_stop(km);
        take_for_good(vcpu);
        kvm_vcpus_resume(km);
        memory_context_set_current(before);
        munmap(vcpu->ring, bytes_of_ring(km));
        vcpu->ring = NULL;
    }
}

/* ---- Listening -------------------------------------------------------------------------- */

/* Slots that KVM would not log (layout.c has said so) are dirty whenever somebody asks. */
static void mark_unlogged(KvmSpace *space)
{
    const KvmSlot *slot;

    TAILQ_FOREACH(slot, &space->relogged, link) {
        kvm_mark_unless_logged(space, slot);
    }
}

/* In a commit that switches logging. The vCPUs are stopped once in each commit. */
void kvm_dirty_ring_settle(KVMMemory *km)
{
    if (km->ring_late || !km->stopped_in_commit) {
        km->stopped_in_commit = true;
        take_all(km);
    } else {
        take_running(km);
    }
}

static void sync_all(MemoryListener *listener)
{
    KVMMemory *km = kvm_space_of(listener)->km;
    MemoryContext *before = memory_context_set_current(km->context);

    take_all(km);
    for (unsigned i = 0; i < KVM_SPACES; i++) {
        mark_unlogged(&km->spaces[i]);
    }
    memory_context_set_current(before);
}

/* The rings are of the machine: one listener is enough. */
void kvm_dirty_ring_listen(KvmSpace *space)
{
    if (space->id == 0) {
        space->listener.log_sync_global = sync_all;
    }
}
