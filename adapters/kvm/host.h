/* SPDX-License-Identifier: MIT
 *
 * What the host's KVM can do, and what is said about it: each lack once, when it is first felt. And
 * the ioctl that makes, changes and removes a slot.
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

typedef struct KvmHost {
    int features[KVM_FEATURES]; /* what KVM_CHECK_EXTENSION said; 0: lacking */
    uint64_t said;              /* bits of features: that their lack was reported. Atomic */
    unsigned max_slots;         /* of each KVM address space */
    unsigned page_size;
} KvmHost;

/* Asks for everything at once. False and an error if vm_fd is no virtual machine whose memory
 * programs can give. */
bool kvm_host_init(KVMMemory *km, Error **errp);

/* What KVM_CHECK_EXTENSION said when the adapter was attached; 0: the host lacks it, which is
 * reported at the first such question. */
int kvm_host_feature(KVMMemory *km, KvmFeature feature);

/* Makes KVM's slot like this one, which has its place and id; with size 0, removes it. 0 or an
 * errno. */
int kvm_host_set_slot(const KVMMemory *km, const KVMMemorySlot *slot, uint64_t size, bool logged);

void kvm_host_report(KVMMemory *km, MemoryLogLevel level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A call broke its contract and is refused: says so and, in a debug build, aborts. */
void kvm_host_misuse(KVMMemory *km, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
