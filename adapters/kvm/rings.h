/* SPDX-License-Identifier: MIT
 *
 * Taking the dirty pages from the rings of all vCPUs (ring.h is about one of them), and becoming
 * exact again after KVM has lost some.
 *
 * After KVM_RESET_DIRTY_RINGS KVM catches the next write to the pages whose entries were taken. The
 * ioctl may stop early, because of a signal or an error. The pages that it has left may be written
 * meanwhile without a new entry, so the next kvm_rings_take() marks them again.
 *
 * A processor may keep pages to itself until its vCPU leaves the guest, so all of them are stopped
 * for a moment first. Entries of slots that are no more do not exist: a logged slot is deleted with
 * the vCPUs stopped and the rings taken.
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

/* The most entries that a ring can have; 0: the host has no rings. */
unsigned kvm_rings_most_entries(KVMMemory *km);

/* Marks what is in the rings and has KVM reset it, once, with the vCPUs as they are. */
void kvm_rings_take(KVMMemory *km);

/* The same with the vCPUs stopped: recovers if entries are lost. */
void kvm_rings_take_stopped(KVMMemory *km);

/* The same while the vCPUs run: stops them only if entries are lost. */
void kvm_rings_take_running(KVMMemory *km);

/* The same, and including the pages that processors have kept so far: stops the vCPUs for a
 * moment. */
void kvm_rings_take_all(KVMMemory *km);

/* KVM_RESET_DIRTY_RINGS: how many entries KVM has reset; -1: it does not say. */
int kvm_rings_reset(KVMMemory *km);

#endif
