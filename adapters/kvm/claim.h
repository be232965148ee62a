/* SPDX-License-Identifier: MIT
 *
 * Makes sure that a virtual machine has only one KVMMemory. KVM itself keeps the mark: an ioeventfd
 * at an address that no guest has. KVM refuses a second one there, from any descriptor of the
 * machine and from any context. The mark ends with the machine.
 */
#ifndef ADAPTERS_KVM_CLAIM_H
#define ADAPTERS_KVM_CLAIM_H

#include <physmem/kvm.h>

typedef struct KvmClaim {
    EventNotifier mark; /* valid while 'made' */
    bool made;          /* KVM has the mark */
} KvmClaim;

/* Marks the virtual machine as that of km. Returns false and an error if it is marked already. */
bool kvm_claim(KVMMemory *km, Error **errp);

/* Takes the mark away, if km has made it. */
void kvm_unclaim(KVMMemory *km);

#endif
