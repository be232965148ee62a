/* SPDX-License-Identifier: MIT
 *
 * The options of kvm_memory_new().
 */
#ifndef ADAPTERS_KVM_OPTIONS_H
#define ADAPTERS_KVM_OPTIONS_H

#include <physmem/kvm.h>

/* Returns false and an error if the options contradict each other, or a space belongs to another
 * context than the current one. */
bool kvm_options_are_good(const KVMMemoryOptions *options, Error **errp);

#endif
