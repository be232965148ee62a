/* SPDX-License-Identifier: MIT
 *
 * Interrupts that KVM raises by itself when a notifier is signalled. KVM answers the removal of one
 * that it does not have with success, so the adapter keeps a list of those that it has connected.
 */
#ifndef ADAPTERS_KVM_IRQFD_H
#define ADAPTERS_KVM_IRQFD_H

#include <stdint.h>
#include <sys/queue.h>

#include <physmem/kvm.h>

typedef struct KvmIrqfd {
    uint32_t gsi;
    int fd; /* of the notifier: KVM connects each one once */
    TAILQ_ENTRY(KvmIrqfd) link;
} KvmIrqfd;

typedef TAILQ_HEAD(KvmIrqfdList, KvmIrqfd) KvmIrqfdList;

/* Takes back what is still connected. With the context's lock. */
void kvm_irqfds_end(KVMMemory *km);

#endif
