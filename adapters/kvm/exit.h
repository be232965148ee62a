/* SPDX-License-Identifier: MIT
 *
 * Exits of KVM_RUN.
 */
#ifndef ADAPTERS_KVM_EXIT_H
#define ADAPTERS_KVM_EXIT_H

#include "memory.h"

/* The same as kvm_memory_handle_exit(), for a vCPU that is marked as running. */
bool kvm_exit_handle(KVMMemoryVcpu *vcpu);

#endif
