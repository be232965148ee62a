/* SPDX-License-Identifier: MIT
 *
 * One ioeventfd and KVM: which device it belongs to in a view, giving it to KVM, taking it back.
 * Does not look at others at the same address.
 *
 * A listener is not told which region an ioeventfd belongs to. The adapter assumes the region that
 * its first byte reaches when the listener is told of it. KVM has the ioeventfd only while that
 * region is there and shows all bytes of the ioeventfd. If something else covers some of the bytes,
 * or has taken the region's place, writes exit and the library decides whether they signal.
 */
#ifndef ADAPTERS_KVM_IOEVENTFD_H
#define ADAPTERS_KVM_IOEVENTFD_H

#include "ioeventfd-table.h"

/* Returns the device that a write at the address of x reaches; NULL if it reaches none. */
const MemoryRegion *kvm_ioeventfd_device(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x);

/* Whether a write at the address of x reaches x->mr, and x->mr shows all bytes of x. */
bool kvm_ioeventfd_is_at_its_place(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x);

/* Gives x to KVM, if it is at its place and the host has such ioeventfds. */
void kvm_ioeventfd_give(KVMMemory *km, FlatView *fv, KvmIoeventfd *x);

/* Takes x back from KVM, which has it. */
void kvm_ioeventfd_take_back(KVMMemory *km, KvmIoeventfd *x);

#endif
