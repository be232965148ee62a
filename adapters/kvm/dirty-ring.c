/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from the rings of the vCPUs. Called by the library, by dirty.c and vcpu.c, with the
 * context's lock held; and by a vCPU whose ring is full.
 *
 *     entries   ... 0 | RESET  RESET  DIRTY  DIRTY | 0 ...
 *                       ^ ring_next
 *
 * KVM writes an entry when a page is written for the first time, and sets DIRTY. Who takes entries
 * sets RESET and marks their pages. After that KVM_RESET_DIRTY_RINGS has KVM catch the next write to
 * the pages of such entries and makes them 0, in order. It may stop early, for a signal or an error:
 * what is still RESET may be written meanwhile without an entry, so the next who takes marks it
 * again.
 *
 * A processor may keep pages to itself until its vCPU leaves the guest, so all of them are stopped
 * for a moment first. Entries of slots that are no more do not exist: a logged slot is deleted with
 * the vCPUs stopped and the rings taken.
 */
#include "dirty.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

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

bool kvm_dirty_ring_init(KVMMemory *km, Error **errp)
{
    const unsigned entries = km->options.dirty_ring_entries;
    const size_t size = sizeof(struct kvm_dirty_gfn);
    unsigned most = (unsigned)kvm_host_feature(km, KVM_FEATURE_DIRTY_RING) / size;

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
        error_setg(errp, "KVM refuses dirty rings of %u entries: %s (errno %d); they must be more "
                   "than it keeps for itself, and come before the first vCPU", entries,
                   strerror(error), error);
        return false;
    }
    km->dirty_ring_entries = entries;
    return true;
}

static size_t bytes_of_ring(const KVMMemory *km)
{
    return km->dirty_ring_entries * sizeof(struct kvm_dirty_gfn);
}

bool kvm_dirty_vcpu_init(KVMMemoryVcpu *vcpu, Error **errp)
{
    const KVMMemory *km = vcpu->km;
    void *ring;

    if (km->dirty_ring_entries == 0) {
        return true;
    }
    ring = mmap(NULL, bytes_of_ring(km), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd,
                (off_t)KVM_DIRTY_LOG_PAGE_OFFSET * km->host_page_size);
    if (ring == MAP_FAILED) {
        error_setg(errp, "the dirty ring of a vCPU, %u entries, cannot be mapped: %s (errno %d)",
                   km->dirty_ring_entries, strerror(errno), errno);
        return false;
    }
    vcpu->ring = ring;
    return true;
}

/* ---- Taking ----------------------------------------------------------------------------- */

static struct kvm_dirty_gfn *entry_at(const KVMMemoryVcpu *vcpu, uint32_t index)
{
    return &vcpu->ring[index & (vcpu->km->dirty_ring_entries - 1)];
}

static uint32_t flags_at(const KVMMemoryVcpu *vcpu, uint32_t index)
{
    return __atomic_load_n(&entry_at(vcpu, index)->flags, __ATOMIC_ACQUIRE) &
           KVM_DIRTY_GFN_F_MASK;
}

/* Pages side by side in one slot, not yet marked: guests write most of their memory in order, so a
 * call for each page would be most of the work. */
typedef struct Run {
    const KvmSpace *space;
    const KvmSlot *slot; /* NULL: there are none */
    uint32_t number;     /* of the slot, as entries have it */
    uint64_t first;
    uint64_t count;
} Run;

static void mark_run(const Run *run)
{
    if (run->slot != NULL) {
        kvm_dirty_mark(run->space, run->slot, run->first, run->count);
    }
}

/* The kernel is trusted with memory, not with indices. */
static Run begin_run(const KVMMemory *km, const struct kvm_dirty_gfn *entry)
{
    const unsigned id = entry->slot >> 16;
    const KvmSpace *space = id < KVM_SPACES ? &km->spaces[id] : NULL;
    const KvmSlot *slot = space != NULL ? kvm_slots_by_id(&space->slots, entry->slot & 0xffff)
                                        : NULL;

    if (slot == NULL || entry->offset >= kvm_dirty_pages(space, slot)) {
        return (Run){ .slot = NULL };
    }
    return (Run){ space, slot, entry->slot, entry->offset, 1 };
}

/* Processors may tell of pages in the order they were written, or the last one first. */
static bool extend_run(Run *run, const struct kvm_dirty_gfn *entry)
{
    if (run->slot == NULL || entry->slot != run->number) {
        return false;
    }
    if (run->first > 0 && entry->offset == run->first - 1) {
        run->first--;
    } else if (entry->offset != run->first + run->count ||
               entry->offset >= kvm_dirty_pages(run->space, run->slot)) {
        return false;
    }
    run->count++;
    return true;
}

/* A vCPU that was here before goes on where its ring was left, behind an entry that is 0. */
static bool find_ring(KVMMemoryVcpu *vcpu)
{
    const uint32_t entries = vcpu->km->dirty_ring_entries;

    for (uint32_t i = 0; i < entries && !vcpu->ring_found; i++) {
        vcpu->ring_found = flags_at(vcpu, i) != 0 && flags_at(vcpu, i + entries - 1) == 0;
        vcpu->ring_next = i;
    }
    if (!vcpu->ring_found && flags_at(vcpu, 0) != 0) { /* none is 0 */
        vcpu->ring_found = true;
        vcpu->ring_next = 0;
    }
    return vcpu->ring_found;
}

/* KVM is to stop a vCPU while its ring has some entries left. There are kernels that are late; then
 * entries were overwritten, and nobody knows how many, nor where KVM goes on. */
static void overflow(KVMMemory *km)
{
    if (!km->ring_overflown) {
        km->ring_overflown = true;
        kvm_host_report(km, MEMORY_LOG_ERROR,
                        "KVM has filled a dirty ring of %u entries to the last one and may have "
                        "lost some; all that is logged counts as dirty from now on",
                        km->dirty_ring_entries);
    }
}

/* How many entries there were, new ones and such that were not reset. Who takes them has KVM look at
 * their flags afterwards, when all are marked. */
static uint32_t take_entries(KVMMemoryVcpu *vcpu)
{
    Run run = { .slot = NULL };
    uint32_t count = 0;

    if (!vcpu->ring_found && !find_ring(vcpu)) {
        return 0;
    }
    while (count < vcpu->km->dirty_ring_entries && flags_at(vcpu, vcpu->ring_next + count) != 0) {
        struct kvm_dirty_gfn *entry = entry_at(vcpu, vcpu->ring_next + count);

        if (!extend_run(&run, entry)) {
            mark_run(&run);
            run = begin_run(vcpu->km, entry);
        }
        __atomic_store_n(&entry->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
        count++;
    }
    mark_run(&run);
    if (count == vcpu->km->dirty_ring_entries) {
        overflow(vcpu->km);
    }
    return count;
}

static void mark_logged(const KvmSpace *space)
{
    for (unsigned i = 0; i < space->slots.count; i++) {
        if (space->slots.sorted[i]->info.logged) {
            kvm_dirty_mark_all(space, space->slots.sorted[i]);
        }
    }
}

static void mark_if_overflown(const KVMMemory *km)
{
    for (unsigned i = 0; km->ring_overflown && i < KVM_SPACES; i++) {
        mark_logged(&km->spaces[i]);
    }
}

static void reset_rings(KVMMemory *km)
{
    if (ioctl(km->vm_fd, KVM_RESET_DIRTY_RINGS, 0) < 0 && errno != EINTR && !km->reset_said) {
        km->reset_said = true;
        kvm_host_report(km, MEMORY_LOG_ERROR,
                        "KVM_RESET_DIRTY_RINGS: %s (errno %d); pages stay dirty until it works",
                        strerror(errno), errno);
    }
}

/* Past the entries that KVM has reset; it may have put new ones into their places already. */
static void advance(KVMMemoryVcpu *vcpu, uint32_t count)
{
    while (count > 0 && !(flags_at(vcpu, vcpu->ring_next) & KVM_DIRTY_GFN_F_RESET)) {
        vcpu->ring_next++;
        count--;
    }
}

void kvm_dirty_ring_take(KVMMemory *km)
{
    bool any = false;
    KVMMemoryVcpu *vcpu;

    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        vcpu->ring_taken = take_entries(vcpu);
        any |= vcpu->ring_taken != 0;
        vcpu->ring_idle &= vcpu->ring_taken == 0;
    }
    mark_if_overflown(km);
    if (!any) {
        return;
    }
    reset_rings(km);
    TAILQ_FOREACH(vcpu, &km->vcpus, link) {
        advance(vcpu, vcpu->ring_taken);
    }
}

/* A ring that KVM calls full again and again, with nothing in it to take, by anybody: it has
 * overflown, and KVM still counts the entries that were overwritten. They lie before the next new one; where there is none, they alone
 * make the ring full, which takes more than half of it. Given back as if they had been taken, they
 * let KVM go on; the pages that they name are older ones, or none. */
static void give_back_lost(KVMMemoryVcpu *vcpu)
{
    const uint32_t most = vcpu->km->dirty_ring_entries / 2;
    uint32_t count = 0;

    while (count < most && flags_at(vcpu, vcpu->ring_next + count) == 0) {
        struct kvm_dirty_gfn *entry = entry_at(vcpu, vcpu->ring_next + count);

        __atomic_store_n(&entry->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
        count++;
    }
    reset_rings(vcpu->km);
    advance(vcpu, count);
}

/* ---- The end of a vCPU ------------------------------------------------------------------ */

/* Of a ring that was taken: is there an entry that KVM has not reset? */
static bool has_rest(const KVMMemoryVcpu *vcpu)
{
    return vcpu->ring_found && flags_at(vcpu, vcpu->ring_next) != 0;
}

/* What stays in the ring nobody can mark again, and writes to these pages are not caught until KVM
 * has reset it. Signals only delay that. */
static void take_for_good(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;

    for (unsigned tries = 0; tries == 0 || (has_rest(vcpu) && tries < 100); tries++) {
        kvm_dirty_ring_take(km);
    }
    if (has_rest(vcpu) && !km->ring_overflown) {
        km->ring_overflown = true;
        kvm_host_report(km, MEMORY_LOG_ERROR,
                        "KVM has not reset the dirty ring of a vCPU that was removed; all that is "
                        "logged counts as dirty from now on");
    }
}

void kvm_dirty_vcpu_end(KVMMemoryVcpu *vcpu)
{
    if (vcpu->ring != NULL) {
        MemoryContext *before = memory_context_set_current(vcpu->km->context);

        take_for_good(vcpu);
        memory_context_set_current(before);
        munmap(vcpu->ring, bytes_of_ring(vcpu->km));
        vcpu->ring = NULL;
    }
}

/* ---- Listening -------------------------------------------------------------------------- */

/* Slots that KVM would not log (layout.c has said so) are dirty whenever somebody asks. */
static void mark_unlogged(KvmSpace *space)
{
    const KvmSlot *slot;

    TAILQ_FOREACH(slot, &space->relogged, link) {
        if (slot->log && !slot->info.logged) {
            kvm_dirty_mark_all(space, slot);
        }
    }
}

/* While a kernel that is late fills a ring, taking its entries could lose count of them. */
static void take_stopped(KVMMemory *km)
{
    kvm_vcpus_stop(km);
    kvm_dirty_ring_take(km);
    kvm_vcpus_resume(km);
}

static void take_running(KVMMemory *km)
{
    kvm_vcpus_stop(km);
    kvm_vcpus_resume(km);
    kvm_dirty_ring_take(km);
}

static void take_all(KVMMemory *km)
{
    if (km->ring_overflown) {
        take_stopped(km);
    } else {
        take_running(km);
    }
}

/* Of a commit that changes who logs; once in it the vCPUs are stopped. */
void kvm_dirty_ring_settle(KVMMemory *km)
{
    if (!km->stopped_in_commit) {
        km->stopped_in_commit = true;
        take_all(km);
    } else if (km->ring_overflown) {
        mark_if_overflown(km);
    } else {
        kvm_dirty_ring_take(km);
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

void kvm_dirty_ring_full(KVMMemoryVcpu *vcpu)
{
    KVMMemory *km = vcpu->km;
    MemoryContext *before = memory_context_set_current(km->context);

    memory_context_lock(km->context);
    if (!km->ring_overflown) {
        kvm_dirty_ring_take(km);
    } else {
        take_stopped(km);
        if (vcpu->ring_idle) {
            give_back_lost(vcpu);
        }
        vcpu->ring_idle = vcpu->ring_taken == 0;
    }
    memory_context_unlock(km->context);
    memory_context_set_current(before);
}
