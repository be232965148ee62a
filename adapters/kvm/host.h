/* SPDX-License-Identifier: MIT
 *
 * The host's KVM: its capabilities, the adapter's messages, and the ioctl that makes, changes and
 * removes a slot. A capability that is lacking is reported once, when it is first wanted.
 */
#ifndef ADAPTERS_KVM_HOST_H
#define ADAPTERS_KVM_HOST_H

#include <physmem/kvm.h>

/* Capabilities that the adapter uses but does not need. */
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
    int features[KVM_FEATURES]; /* the answers of KVM_CHECK_EXTENSION; 0: the host lacks it */
    uint64_t said;              /* a bit for each feature whose lack was reported. Atomic */
    unsigned max_slots;         /* of each KVM address space */
    unsigned page_size;         /* in bytes */
} KvmHost;

/* Asks KVM for all capabilities. Returns false and an error if vm_fd is not a virtual machine, or
 * the host lacks KVM_CAP_USER_MEMORY. */
bool kvm_host_init(KVMMemory *km, Error **errp);

/* Returns what KVM_CHECK_EXTENSION answered when the adapter was attached. 0 means that the host
 * lacks the feature; the first such call for a feature reports that. Any thread. */
int kvm_host_feature(KVMMemory *km, KvmFeature feature);

/* Makes or changes KVM's slot with the id of this one; removes it if 'size' is 0. Returns 0 or an
 * errno. */
int kvm_host_set_slot(const KVMMemory *km, const KVMMemorySlot *slot, uint64_t size, bool logged);

/* Gives a message to the option 'report', or to standard error. Any thread. */
void kvm_host_report(KVMMemory *km, MemoryLogLevel level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports that a call broke its contract and is refused; aborts in a debug build. Any thread. */
void kvm_host_misuse(KVMMemory *km, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
