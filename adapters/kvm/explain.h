/* SPDX-License-Identifier: MIT
 *
 * Explains why KVM gave up on a vCPU.
 */
#ifndef ADAPTERS_KVM_EXPLAIN_H
#define ADAPTERS_KVM_EXPLAIN_H

#include "memory.h"

/* Called after KVM_EXIT_INTERNAL_ERROR. If the next instruction has no slot in 'space', the one
 * that the vCPU sees, a report says so. */
void kvm_explain_failure(KVMMemoryVcpu *vcpu, const KvmSpace *space);

#endif
