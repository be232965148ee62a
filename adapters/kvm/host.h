/* SPDX-License-Identifier: MIT
 *
 * What the host's KVM can do, and what is said about it: each lack once, when it is first felt.
 */
#ifndef ADAPTERS_KVM_HOST_H
#define ADAPTERS_KVM_HOST_H

#include <physmem/kvm.h>

/* Capabilities that the adapter can do without. */
typedef enum KvmFeature {
    KVM_FEATURE_READONLY_MEM,
    KVM_FEATURE_MULTI_ADDRESS_SPACE,
    KVM_FEATURE_MANUAL_DIRTY_LOG,
    KVM_FEATURE_DIRTY_RING,
    KVM_FEATURE_IOEVENTFD,
    KVM_FEATURE_IOEVENTFD_ANY_LENGTH,
    KVM_FEATURE_COALESCED_MMIO,
    KVM_FEATURE_COALESCED_PIO,
    KVM_FEATURES,
} KvmFeature;

/* What KVM_CHECK_EXTENSION said when the adapter was attached; 0: the host lacks it, which is
 * reported at the first such question. */
int kvm_host_feature(KVMMemory *km, KvmFeature feature);

void kvm_host_report(KVMMemory *km, MemoryLogLevel level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
