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
 * memory before and after. slot-update.c does these steps.
 */
#ifndef ADAPTERS_KVM_LAYOUT_H
#define ADAPTERS_KVM_LAYOUT_H

#include "memory.h"

void kvm_layout_init(KvmSpace *space);

/* Fills in the callbacks about ranges of a listener that is not yet registered. */
void kvm_layout_listen(KvmSpace *space);

#endif
