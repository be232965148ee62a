/* SPDX-License-Identifier: MIT
 *
 * One ioeventfd and KVM: which device it belongs to in a view, giving it to KVM, taking it back.
 * Does not know of others at the same address.
 *
 * A listener is not told which region an ioeventfd belongs to. It is taken to be the one that
 * the first byte reaches at that moment, and KVM has the ioeventfd only while that one is there,
 * and shows all of its bytes. Where something else covers some of them - the ioeventfd may begin
 * in what is hidden - or has taken its place without a word about ioeventfds, writes are exits
 * and the library decides.
 */
#ifndef ADAPTERS_KVM_IOEVENTFD_H
#define ADAPTERS_KVM_IOEVENTFD_H

#include "ioeventfd-table.h"

/* The device that a write at the address of x reaches; NULL if it is none. */
const MemoryRegion *kvm_ioeventfd_device(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x);

/* Whether x->mr is that device, and shows all bytes of x. */
bool kvm_ioeventfd_is_at_its_place(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x);

/* Gives x to KVM, if it is at its place and the host has such ioeventfds. */
void kvm_ioeventfd_give(KVMMemory *km, FlatView *fv, KvmIoeventfd *x);

/* Takes x, which KVM has, from KVM. */
void kvm_ioeventfd_take_back(KVMMemory *km, KvmIoeventfd *x);

#endif
