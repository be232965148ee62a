/* SPDX-License-Identifier: MIT
 *
 * Taking the entries of one dirty ring (ring.h). Called by dirty-ring.c.
 */
#include "ring.h"

#include "mark.h"
#include "memory.h"

static struct kvm_dirty_gfn *entry_at(const KVMMemoryVcpu *vcpu, uint32_t index)
{
    return &vcpu->ring.entry[index & (vcpu->km->rings.entries - 1)];
}

static uint32_t flags_at(const KVMMemoryVcpu *vcpu, uint32_t index)
{
    return __atomic_load_n(&entry_at(vcpu, index)->flags, __ATOMIC_ACQUIRE) &
           KVM_DIRTY_GFN_F_MASK;
}

/* ---- Pages ------------------------------------------------------------------------------- */

/* Adjacent pages of one slot that are not marked yet. Guests write most of their memory in
 * order, so one call to mark each page would be most of the work. */
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
        kvm_mark_pages(run->space, run->slot, run->first, run->count);
    }
}

/* The slot and the offset of an entry are checked before they are used as indices. */
static Run begin_run(const KVMMemory *km, const struct kvm_dirty_gfn *entry)
{
    const unsigned id = entry->slot >> 16;
    const KvmSpace *space = id < KVM_SPACES ? &km->spaces[id] : NULL;
    const KvmSlot *slot = space != NULL ? kvm_slots_by_id(&space->slots, entry->slot & 0xffff)
                                        : NULL;

    if (slot == NULL || entry->offset >= kvm_mark_page_count(space, slot)) {
        return (Run){ .slot = NULL };
    }
    return (Run){ space, slot, entry->slot, entry->offset, 1 };
}

/* Entries may come in the order in which pages were written, or the last one first. */
static bool extend_run(Run *run, const struct kvm_dirty_gfn *entry)
{
    if (run->slot == NULL || entry->slot != run->number) {
        return false;
    }
    if (run->first > 0 && entry->offset == run->first - 1) {
        run->first--;
    } else if (entry->offset != run->first + run->count ||
               entry->offset >= kvm_mark_page_count(run->space, run->slot)) {
        return false;
    }
    run->count++;
    return true;
}

/* ---- Entries ----------------------------------------------------------------------------- */

/* Finds where KVM goes on, at the first entry with flags behind one without. A vCPU may have had an
 * adapter before, so this need not be index 0. */
static bool find_ring(KVMMemoryVcpu *vcpu)
{
    const uint32_t entries = vcpu->km->rings.entries;

    for (uint32_t i = 0; i < entries && !vcpu->ring.found; i++) {
        vcpu->ring.found = flags_at(vcpu, i) != 0 && flags_at(vcpu, i + entries - 1) == 0;
        vcpu->ring.next = i;
    }
    if (!vcpu->ring.found && flags_at(vcpu, 0) != 0) { /* none is 0 */
        vcpu->ring.found = true;
        vcpu->ring.next = 0;
    }
    return vcpu->ring.found;
}

static void set_reset(KVMMemoryVcpu *vcpu, uint32_t index)
{
    __atomic_store_n(&entry_at(vcpu, index)->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
}

/* How many entries from ring_next on are 0; no more than 'most'. */
static uint32_t zeros(const KVMMemoryVcpu *vcpu, uint32_t most)
{
    uint32_t count = 0;

    while (count < most && flags_at(vcpu, vcpu->ring.next + count) == 0) {
        count++;
    }
    return count;
}

static uint32_t give_back(KVMMemoryVcpu *vcpu, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        set_reset(vcpu, vcpu->ring.next + i);
    }
    return count;
}

/* Gives a gap (ring.h) back to KVM. If no new entry follows it, its length is not known. */
static uint32_t close_gap(KVMMemoryVcpu *vcpu)
{
    const uint32_t entries = vcpu->km->rings.entries;
    uint32_t gap = vcpu->km->rings.late ? zeros(vcpu, entries) : 0;

    return gap < entries ? give_back(vcpu, gap) : 0;
}

bool kvm_ring_take(KVMMemoryVcpu *vcpu)
{
    const uint32_t entries = vcpu->km->rings.entries;
    Run run = { .slot = NULL };
    uint32_t gap, count;

    vcpu->ring.taken = 0;
    if (!vcpu->ring.found && !find_ring(vcpu)) {
        return true;
    }
    gap = count = close_gap(vcpu);
    while (count < entries && flags_at(vcpu, vcpu->ring.next + count) != 0) {
        const struct kvm_dirty_gfn *entry = entry_at(vcpu, vcpu->ring.next + count);

        if (!extend_run(&run, entry)) {
            mark_run(&run);
            run = begin_run(vcpu->km, entry);
        }
        set_reset(vcpu, vcpu->ring.next + count);
        count++;
    }
    mark_run(&run);
    vcpu->ring.taken = count;
    return count - gap < entries;
}

uint32_t kvm_ring_advance(KVMMemoryVcpu *vcpu)
{
    uint32_t count = 0;

    while (count < vcpu->ring.taken &&
           !(flags_at(vcpu, vcpu->ring.next) & KVM_DIRTY_GFN_F_RESET)) {
        vcpu->ring.next++;
        count++;
    }
    return count;
}

bool kvm_ring_is_empty(const KVMMemoryVcpu *vcpu)
{
    return zeros(vcpu, vcpu->km->rings.entries) == vcpu->km->rings.entries;
}

void kvm_ring_give_back(KVMMemoryVcpu *vcpu)
{
    vcpu->ring.taken = give_back(vcpu, zeros(vcpu, vcpu->km->rings.entries / 2));
}
