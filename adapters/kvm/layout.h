/* SPDX-License-Identifier: MIT
 *
 * From ranges of an address space to slots of a KVM address space. While a commit tells its ranges,
 * nothing is done but to note them; its end does the difference:
 *
 *     what vanished     slots   --->  leaving          (KVM still has them)
 *     what appeared     waiting                        (KVM has them not yet)
 *
 *     1. waiting and leaving are the same      -->  it stays, KVM is not asked
 *     2. leaving, by themselves                -->  removed
 *     3. leaving and waiting that overlap,
 *        leaving that are logged               -->  removed and made with the vCPUs stopped
 *     4. waiting, by themselves                -->  made
 *     5. logging switched                      -->  changed in place
 *
 * What KVM refuses to make stays in 'waiting', what it refuses to remove in 'leaving', both for the
 * next commit. A guest never runs between the two halves of 3: it would find nothing where it has
 * memory before and after.
 */
#ifndef ADAPTERS_KVM_LAYOUT_H
#define ADAPTERS_KVM_LAYOUT_H

#include "memory.h"

void kvm_layout_init(KvmSpace *space);

/* Fills in the callbacks about ranges of a listener that is not yet registered. */
void kvm_layout_listen(KvmSpace *space);

/* Switches logging off and on, so that KVM catches the next write to each page of the logged slots.
 * False if KVM refuses that for a slot. The slot then counts as dirty as a whole, and logging is
 * tried again with each commit. */
bool kvm_layout_relog(KvmSpace *space);

/* The listener is gone, and its last commit has removed all slots that KVM would let go: tries the
 * others once more and frees everything. */
void kvm_layout_end(KvmSpace *space);

#endif
