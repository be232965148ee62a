/* SPDX-License-Identifier: MIT
 *
 * The dirty ring of one vCPU: what is in it, and where KVM goes on.
 *
 *     entries   ... 0 | RESET  RESET  DIRTY  DIRTY | 0 ...
 *                       ^ next
 *
 * KVM writes an entry when a page is written for the first time, and sets DIRTY. kvm_ring_take()
 * marks the pages of the entries and sets RESET. KVM_RESET_DIRTY_RINGS begins at 'next', sets such
 * entries to 0 one after the other, and ends at the first one without RESET.
 *
 * KVM should stop a vCPU while its ring has some entries left. Some kernels are late: they go round
 * the ring and overwrite entries that were not taken. KVM still counts the overwritten ones, so its
 * new entries no longer follow those that it has reset:
 *
 *     entries   ... 0 | 0  0  0  0  0 | DIRTY  DIRTY | 0 ...
 *                       ^ next     ^ where KVM went on
 *
 * If the kernel has been late (KvmRings.late), the gap is given back to KVM like entries that were
 * taken. Its entries belong to pages that were taken before, or to none.
 *
 * Called with the context's lock. Makes no ioctl.
 */
#ifndef ADAPTERS_KVM_RING_H
#define ADAPTERS_KVM_RING_H

#include <physmem/kvm.h>

/* The ring of one vCPU. */
typedef struct KvmRing {
    struct kvm_dirty_gfn *entry; /* the mapped ring; NULL without rings */
    uint32_t next;  /* the oldest entry that KVM may not have reset, modulo the ring's size */
    uint32_t taken; /* the number of entries that were taken from 'next' on */
    bool found;     /* 'next' is known */
    bool idle;      /* KVM called the ring full when it was empty, and nothing was taken since */
} KvmRing;

/* The common state of the rings of a machine. */
typedef struct KvmRings {
    unsigned entries;       /* of each ring; 0: the machine has bitmaps */
    bool lost;              /* KVM has lost entries: all logged memory has to be marked */
    bool late;              /* the kernel is late (see above): it has lost entries once */
    bool reset_said;        /* it was reported that KVM cannot reset rings */
    bool stopped_in_commit; /* the vCPUs were stopped in this commit, so no processor keeps pages
                             * that were written before it */
} KvmRings;

/* Marks the pages of all entries, and sets RESET. vcpu->ring.taken becomes their number, including
 * entries that were taken before and that KVM has not reset yet. Returns false if the ring was full
 * to the last entry, so that KVM may have overwritten some. */
bool kvm_ring_take(KVMMemoryVcpu *vcpu);

/* Called after KVM_RESET_DIRTY_RINGS: moves 'next' past the entries that KVM has reset, and returns
 * how many these are. KVM may have written new ones into their places already. */
uint32_t kvm_ring_advance(KVMMemoryVcpu *vcpu);

/* Whether no entry is DIRTY or RESET. */
bool kvm_ring_is_empty(const KVMMemoryVcpu *vcpu);

/* For an empty ring that KVM calls full, because it still counts overwritten entries, more than
 * half of the ring: gives half of the ring back to KVM, or fewer entries if one with flags comes
 * first. */
void kvm_ring_give_back(KVMMemoryVcpu *vcpu);

#endif
