/* SPDX-License-Identifier: MIT
 *
 * The dirty ring of one vCPU: what is in it, and where KVM goes on.
 *
 *     entries   ... 0 | RESET  RESET  DIRTY  DIRTY | 0 ...
 *                       ^ ring_next
 *
 * KVM writes an entry when a page is written for the first time, and sets DIRTY. kvm_ring_take()
 * marks the pages of entries and sets RESET. KVM_RESET_DIRTY_RINGS goes on at ring_next, makes such
 * entries 0 in order, and ends at the first one without RESET.
 *
 * KVM should stop a vCPU while its ring has some entries left. Some kernels are late: they go round
 * the ring and overwrite entries that were not taken. KVM still counts the overwritten ones, so its
 * new entries no longer follow those that it has reset:
 *
 *     entries   ... 0 | 0  0  0  0  0 | DIRTY  DIRTY | 0 ...
 *                       ^ ring_next     ^ where KVM went on
 *
 * The gap is given back to KVM like entries that were taken, if km->ring_late. The entries in it
 * are for pages that were taken before, or for none.
 *
 * With the context's lock. Calls no ioctl.
 */
#ifndef ADAPTERS_KVM_RING_H
#define ADAPTERS_KVM_RING_H

#include "memory.h"

/* Marks the pages of all entries, and sets RESET. vcpu->ring_taken is their number, including
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
