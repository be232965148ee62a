/* SPDX-License-Identifier: MIT
 *
 * Why KVM gave up on a vCPU.
 */
#ifndef ADAPTERS_KVM_EXPLAIN_H
#define ADAPTERS_KVM_EXPLAIN_H

#include "memory.h"

/* After KVM_EXIT_INTERNAL_ERROR: reports it if the next instruction lies where 'space', which the
 * vCPU sees, has no slot. */
void kvm_explain_failure(KVMMemoryVcpu *vcpu, const KvmSpace *space);

#endif
