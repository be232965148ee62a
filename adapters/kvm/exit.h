/* SPDX-License-Identifier: MIT
 *
 * What KVM_RUN comes back with.
 */
#ifndef ADAPTERS_KVM_EXIT_H
#define ADAPTERS_KVM_EXIT_H

#include "memory.h"

/* kvm_memory_handle_exit() of a vCPU that is marked as running. */
bool kvm_exit_handle(KVMMemoryVcpu *vcpu);

#endif
