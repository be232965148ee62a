/* SPDX-License-Identifier: MIT
 *
 * Taking the dirty pages from the rings of all vCPUs (ring.h is about one of them), and becoming
 * exact again after KVM has lost some.
 *
 * After KVM_RESET_DIRTY_RINGS KVM catches the next write to the pages whose entries were taken. The
 * ioctl may stop early, because of a signal or an error. A page whose entry it has not reset may be
 * written without a new entry, so the next kvm_rings_take() marks the page again.
 *
 * A processor may keep pages to itself until its vCPU leaves the guest. So a harvest first stops
 * all vCPUs for a moment. The rings never have entries of removed slots: before a logged slot is
 * removed, the vCPUs are stopped and the rings are taken.
 *
 * If KVM has lost entries, all logged memory is marked, and logging is switched off and on, so
 * that KVM catches every write again. After that the rings are exact. A kernel that has lost
 * entries once is late (ring.h): from then on rings are taken only while the vCPUs are stopped.
 *
 * With the context's lock, and with the context of the adapter as the current one.
 */
#ifndef ADAPTERS_KVM_RINGS_H
#define ADAPTERS_KVM_RINGS_H

#include "memory.h"

/* The largest number of entries that a ring can have; 0 if the host has no rings. */
unsigned kvm_rings_most_entries(KVMMemory *km);

/* Marks the pages in the rings, and has KVM reset the entries. Does not stop vCPUs, and does not
 * recover lost entries. */
void kvm_rings_take(KVMMemory *km);

/* The same with the vCPUs stopped. Recovers if entries are lost. */
void kvm_rings_take_stopped(KVMMemory *km);

/* The same while the vCPUs run. Stops them only to recover. */
void kvm_rings_take_running(KVMMemory *km);

/* The same, and gets the pages that processors have kept so far. For this it stops the vCPUs for a
 * moment. */
void kvm_rings_take_all(KVMMemory *km);

/* Calls KVM_RESET_DIRTY_RINGS. Returns how many entries KVM has reset, or -1 if the call fails. */
int kvm_rings_reset(KVMMemory *km);

#endif
