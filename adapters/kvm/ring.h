/* SPDX-License-Identifier: MIT
 *
 * The dirty ring of one vCPU: what is in it, and where KVM goes on.
 *
 *     entries   ... 0 | RESET  RESET  DIRTY  DIRTY | 0 ...
 *                       ^ next
 *
 * KVM writes an entry when a page is written for the first time, and sets DIRTY. kvm_ring_take()
 * marks the pages of entries and sets RESET. KVM_RESET_DIRTY_RINGS goes on at next, makes such
 * entries 0 in order, and ends at the first one without RESET.
 *
 * KVM should stop a vCPU while its ring has some entries left. Some kernels are late: they go round
 * the ring and overwrite entries that were not taken. KVM still counts the overwritten ones, so its
 * new entries no longer follow those that it has reset:
 *
 *     entries   ... 0 | 0  0  0  0  0 | DIRTY  DIRTY | 0 ...
 *                       ^ next     ^ where KVM went on
 *
 * The gap is given back to KVM like entries that were taken, if KvmRings.late. The entries in it
 * are for pages that were taken before, or for none.
 *
 * With the context's lock. Calls no ioctl.
 */
#ifndef ADAPTERS_KVM_RING_H
#define ADAPTERS_KVM_RING_H

#include <physmem/kvm.h>

/* The ring of one vCPU. */
typedef struct KvmRing {
    struct kvm_dirty_gfn *entry; /* NULL without rings */
    uint32_t next;               /* the oldest entry that KVM may not have reset, modulo its size */
    uint32_t taken;              /* so many were taken from there on */
    bool found;                  /* 'next' is known */
    bool idle; /* KVM called it full when it was empty, and nothing was taken since */
} KvmRing;

/* What the rings of a machine have in common. */
typedef struct KvmRings {
    unsigned entries; /* of each ring; 0: the machine has bitmaps */
    bool lost;        /* entries of rings are lost: all logged memory has to be marked */
    bool late;        /* entries were lost once (above) */
    bool reset_said;  /* that rings cannot be reset */
    bool stopped_in_commit; /* vCPUs were: processors have kept no page from before it */
} KvmRings;

/* Marks the pages of all entries, and sets RESET. vcpu->ring.taken is their number, including
 * entries that were taken before and that KVM has not reset since. False if the ring was full to
 * the last entry, so that KVM may have overwritten some. */
bool kvm_ring_take(KVMMemoryVcpu *vcpu);

/* After KVM_RESET_DIRTY_RINGS: passes the entries that KVM has reset, and says how many. KVM may
 * have written new ones into their places already. */
uint32_t kvm_ring_advance(KVMMemoryVcpu *vcpu);

/* No entry is DIRTY or RESET. */
bool kvm_ring_is_empty(const KVMMemoryVcpu *vcpu);

/* For an empty ring that KVM calls full, because it still counts overwritten entries, more than
 * half of the ring: gives back half of the ring, or fewer entries if one with flags comes first. */
void kvm_ring_give_back(KVMMemoryVcpu *vcpu);

#endif
