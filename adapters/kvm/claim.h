/* SPDX-License-Identifier: MIT
 *
 * Sees to it that a virtual machine has only one KVMMemory. KVM itself keeps the mark: an ioeventfd
 * at an address that no guest has. KVM refuses a second one there, through whatever descriptor of
 * the machine and from whatever context it comes. The mark ends with the machine.
 */
#ifndef ADAPTERS_KVM_CLAIM_H
#define ADAPTERS_KVM_CLAIM_H

#include <physmem/kvm.h>

typedef struct KvmClaim {
    EventNotifier mark; /* which KVM has, while 'made' */
    bool made;
} KvmClaim;

/* Marks the virtual machine as that of km. False and an error if it is marked already. */
bool kvm_claim(KVMMemory *km, Error **errp);

/* Takes the mark away, if km has made it. */
void kvm_unclaim(KVMMemory *km);

#endif
