/* SPDX-License-Identifier: MIT
 *
 * From ranges of an address space to slots of a KVM address space. While a commit tells of its
 * ranges, the listener only notes them:
 *
 *     a range vanished     its slot goes on the list 'leaving'      (KVM still has it)
 *     a range appeared     a slot for it goes into 'waiting'        (KVM does not have it yet)
 *
 * At the end of the commit, slot-update.c changes KVM's slots in this order:
 *
 *     1. a slot is leaving and waiting alike   -->  it stays, KVM is not asked
 *     2. leaving slots that overlap no waiting -->  removed
 *     3. leaving and waiting that overlap,
 *        leaving slots that are logged         -->  removed and made with the vCPUs stopped
 *     4. waiting slots that overlap no leaving -->  made
 *     5. slots whose logging is switched       -->  changed in place
 *
 * A slot that KVM refuses to make stays in 'waiting', and one that it refuses to remove stays in
 * 'leaving': both are tried again in the next commit. The guest does not run between removing and
 * making in step 3. It would find no memory where there is memory before and after the commit.
 */
#ifndef ADAPTERS_KVM_LAYOUT_H
#define ADAPTERS_KVM_LAYOUT_H

#include "memory.h"

/* Makes the lists of a space empty. */
void kvm_layout_init(KvmSpace *space);

/* Fills in the callbacks about ranges of a listener that is not yet registered. */
void kvm_layout_listen(KvmSpace *space);

#endif
