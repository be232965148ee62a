/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from KVM into the library's maps: from a bitmap of each slot (dirty-bitmap.c), or
 * from a ring of each vCPU (dirty-ring.c). dirty.c chooses the source of a machine. Both sources
 * mark pages with mark.c.
 *
 * The pages of a slot are marked for the clients that logged it at the last commit. When these
 * clients change, the pages that KVM knows are taken first, for the clients before the change.
 *
 * A reader must not miss a write of the guest. For each page, three steps follow in this order:
 *
 *     1. KVM's bit or entry is taken, and the page is marked in the library's maps
 *     2. KVM catches the next write again: by KVM_CLEAR_DIRTY_LOG or KVM_RESET_DIRTY_RINGS; without
 *        manual clearing, by step 1
 *     3. the reader reads the memory
 *
 * Step 3 sees a write that came before step 2. The next step 1 finds a write that came after it.
 * The library clears its bits between 1 and 3. So step 2 without step 1 would lose pages. Step 1
 * without step 2 does no harm: the pages are marked once more later.
 */
#ifndef ADAPTERS_KVM_DIRTY_H
#define ADAPTERS_KVM_DIRTY_H

#include "memory.h"

/* For attaching: switches rings on if the options want them and the host has them. Returns false
 * and an error if the option dirty_ring_entries is out of range, or KVM refuses it. */
bool kvm_dirty_init(KVMMemory *km, Error **errp);

/* Fills in the logging callbacks of a listener that is not yet registered. */
void kvm_dirty_listen(KvmSpace *space);

/* Takes the dirty pages that KVM knows of a slot that is about to be removed. If it is logged, the
 * vCPUs must be stopped. */
void kvm_dirty_take(KvmSpace *space, KvmSlot *slot);

/* The same for a slot that stays while its region or its clients change. */
void kvm_dirty_settle(KvmSpace *space, KvmSlot *slot);

/* Frees the bitmap of a slot that is removed or no longer logged. */
void kvm_dirty_slot_end(KvmSlot *slot);

#endif
