/* SPDX-License-Identifier: MIT
 *
 * Taking the rings of all vCPUs (rings.h). Called by dirty-ring.c and dirty.c.
 */
#include "rings.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "gate.h"
#include "host.h"
#include "mark.h"
#include "ring.h"
#include "slot-logging.h"

unsigned kvm_rings_most_entries(KVMMemory *km)
{
    return (unsigned)kvm_host_feature(km, KVM_FEATURE_DIRTY_RING) / sizeof(struct kvm_dirty_gfn);
}

/* ---- Taking ------------------------------------------------------------------------------ */

static void note_lost(KVMMemory *km)
{
    km->rings.lost = true;
    if (!km->rings.late) {
        km->rings.late = true;
        kvm_host_report(km, MEMORY_LOG_WARNING,
                        "KVM has filled a dirty ring of %u entries to the last one and may have "
                        "lost some: all logged memory counts as dirty once; choose more "
                        "dirty_ring_entries (up to %u here), or 0 for bitmaps",
                        km->rings.entries, kvm_rings_most_entries(km));
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
    for (unsigned i = 0; km->rings.lost && i < KVM_SPACES; i++) {
        mark_logged(&km->spaces[i]);
    }
}

int kvm_rings_reset(KVMMemory *km)
{
    int count = ioctl(km->vm_fd, KVM_RESET_DIRTY_RINGS, 0);

    if (count < 0 && errno != EINTR && !km->rings.reset_said) {
        km->rings.reset_said = true;
        kvm_host_report(km, MEMORY_LOG_ERROR,
                        "KVM_RESET_DIRTY_RINGS: %s; pages stay dirty until it works",
                        strerror(errno));
    }
    return count;
}

/* An entry that KVM has overwritten looks as if KVM had reset it and written a new one. So 'next'
 * was moved too far, by this number of entries in all rings together. If entries of only one ring
 * were taken, it was moved in that ring, and can be moved back. If not, the next new entries show
 * where KVM goes on (find_ring() in ring.c). */
static void step_back(KVMMemory *km, uint32_t too_far)
{
    KVMMemoryVcpu *vcpu, *last = NULL;
    unsigned taken = 0;

    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        if (vcpu->ring.taken != 0) {
            vcpu->ring.found = false;
            last = vcpu;
            taken++;
        }
    }
    if (taken == 1) {
        last->ring.found = true;
        last->ring.next -= too_far;
    }
}

static void reset_and_advance(KVMMemory *km)
{
    int reset = kvm_rings_reset(km);
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

void kvm_rings_take(KVMMemory *km)
{
    bool any = false;
    KVMMemoryVcpu *vcpu;

    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        if (!kvm_ring_take(vcpu)) {
            note_lost(km);
        }
        any |= vcpu->ring.taken != 0;
        vcpu->ring.idle &= vcpu->ring.taken == 0;
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

/* Called with the vCPUs stopped, if there is a way to stop them. Marks the pages after logging was
 * switched on again: then a page that was written before that is marked, too. The loop is for
 * resets that a signal ends early. */
static void recover(KVMMemory *km)
{
    bool done;

    for (unsigned tries = 0; !are_empty(km) && tries < 100; tries++) {
        kvm_rings_take(km);
    }
    done = relog_all(km) && are_empty(km);
    mark_if_lost(km);
    km->rings.lost = !done;
}

void kvm_rings_take_stopped(KVMMemory *km)
{
    kvm_vcpus_stop(km);
    kvm_rings_take(km);
    if (km->rings.lost) {
        recover(km);
    }
    kvm_vcpus_resume(km);
}

void kvm_rings_take_running(KVMMemory *km)
{
    kvm_rings_take(km);
    if (km->rings.lost) {
        kvm_rings_take_stopped(km);
    }
}

/* A processor writes the entries that it keeps when its vCPU leaves the guest. If the kernel is
 * late, the vCPUs stay stopped while the rings are taken: otherwise the kernel could fill a ring
 * meanwhile, and nobody could tell how many entries it has overwritten. */
void kvm_rings_take_all(KVMMemory *km)
{
    if (km->rings.late) {
        kvm_rings_take_stopped(km);
    } else {
        kvm_vcpus_stop(km);
        kvm_vcpus_resume(km);
        kvm_rings_take_running(km);
    }
}
