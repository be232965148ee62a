/* SPDX-License-Identifier: MIT
 *
 * Takes the entries of one dirty ring (ring.h). Called by rings.c and dirty-ring.c.
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
    return __atomic_load_n(&entry_at(vcpu, index)->flags, __ATOMIC_ACQUIRE) & KVM_DIRTY_GFN_F_MASK;
}

/* ---- Pages ------------------------------------------------------------------------------- */

/* Adjacent pages of one slot that are to be marked with one call. Guests write most of their memory
 * in order, and a call for each page would be most of the work. */
typedef struct Run {
    const KvmSpace *space;
    const KvmSlot *slot; /* NULL: the run is empty */
    uint32_t number;     /* of the slot, as it stands in entries */
    uint64_t first;
    uint64_t count;
} Run;

static void mark_run(const Run *run)
{
    if (run->slot) {
        kvm_mark_pages(run->space, run->slot, run->first, run->count);
    }
}

/* Begins with the page of one entry, whose slot and offset are checked before they are used as
 * indices. */
static Run begin_run(const KVMMemory *km, const struct kvm_dirty_gfn *entry)
{
    const unsigned id = entry->slot >> 16;
    const KvmSpace *space = id < KVM_SPACES ? &km->spaces[id] : NULL;
    const KvmSlot *slot = space ? kvm_slots_by_id(&space->slots, entry->slot & 0xffff) : NULL;

    if (!slot || entry->offset >= kvm_mark_page_count(space, slot)) {
        return (Run){ .slot = NULL };
    }
    return (Run){ space, slot, entry->slot, entry->offset, 1 };
}

/* Adds the page of an entry if it is adjacent. The guest may have written its pages in ascending or
 * descending order. */
static bool extend_run(Run *run, const struct kvm_dirty_gfn *entry)
{
    if (!run->slot || entry->slot != run->number) {
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

/* Finds where KVM goes on: at the first entry with flags that follows one without. It need not be
 * entry 0, because the vCPU may have been added to another KVMMemory before. */
static bool find_ring(KVMMemoryVcpu *vcpu)
{
    const uint32_t entries = vcpu->km->rings.entries;

    for (uint32_t i = 0; i < entries && !vcpu->ring.found; i++) {
        vcpu->ring.found = flags_at(vcpu, i) != 0 && flags_at(vcpu, i + entries - 1) == 0;
        vcpu->ring.next = i;
    }
    if (!vcpu->ring.found && flags_at(vcpu, 0) != 0) { /* all entries have flags */
        vcpu->ring.found = true;
        vcpu->ring.next = 0;
    }
    return vcpu->ring.found;
}

static void set_reset(KVMMemoryVcpu *vcpu, uint32_t index)
{
    __atomic_store_n(&entry_at(vcpu, index)->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
}

/* The number of entries from 'next' on that have no flags, up to 'most'. */
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

/* Gives a gap (ring.h) back to KVM, and returns its length. Returns 0 if no new entry follows,
 * because then its length is not known. */
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
