/* SPDX-License-Identifier: MIT
 *
 * The options of kvm_memory_new().
 */
#ifndef ADAPTERS_KVM_OPTIONS_H
#define ADAPTERS_KVM_OPTIONS_H

#include <physmem/kvm.h>

/* False and an error if the options contradict themselves or the current context. */
bool kvm_options_are_good(const KVMMemoryOptions *options, Error **errp);

#endif
