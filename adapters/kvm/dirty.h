/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from KVM into the library's maps: from a bitmap of each slot (dirty-bitmap.c), or
 * from a ring of each vCPU (dirty-ring.c). dirty.c knows which one it is; both mark with mark.c.
 *
 * A slot's writes count for the clients that logged it at the last commit. When they change, what
 * KVM knows is taken for those of before. Three steps lie between a guest's write and a reader who
 * must not miss it, in this order for each page:
 *
 *     1. KVM's bit or entry is taken, and the library's bits are set
 *     2. KVM catches the next write again: KVM_CLEAR_DIRTY_LOG, KVM_RESET_DIRTY_RINGS, or, without
 *        manual clearing, together with 1
 *     3. the memory is read
 *
 * A write before 2 is read in 3, one after it is found by the next 1. The library clears its bits
 * between 1 and 3. So 2 without 1 would lose pages, 1 without 2 only repeats them.
 */
#ifndef ADAPTERS_KVM_DIRTY_H
#define ADAPTERS_KVM_DIRTY_H

#include "memory.h"

/* Attaching, before any vCPU: switches rings on if the options want them and the host has them.
 * False and an error if it refuses that many entries. */
bool kvm_dirty_init(KVMMemory *km, Error **errp);

/* Fills in the logging callbacks of a listener that is not yet registered. */
void kvm_dirty_listen(KvmSpace *space);

/* Takes what KVM knows of a slot: of one that is about to be deleted, with the vCPUs stopped if it
 * is logged; of one that stays while its region or its clients change. */
void kvm_dirty_take(KvmSpace *space, KvmSlot *slot);
void kvm_dirty_settle(KvmSpace *space, KvmSlot *slot);

/* Frees what belongs to a slot that is no more, or is no longer logged. */
void kvm_dirty_slot_end(KvmSlot *slot);

#endif
