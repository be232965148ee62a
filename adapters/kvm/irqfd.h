/* SPDX-License-Identifier: MIT
 *
 * Interrupts that KVM raises by itself when a notifier is signalled. The adapter keeps a list of
 * the connections that it has made, because KVM reports success even for the removal of a
 * connection that it does not have.
 */
#ifndef ADAPTERS_KVM_IRQFD_H
#define ADAPTERS_KVM_IRQFD_H

#include <stdint.h>
#include <sys/queue.h>

#include <physmem/kvm.h>

typedef struct KvmIrqfd {
    uint32_t gsi;
    int fd; /* of the notifier; KVM connects a notifier only once */
    TAILQ_ENTRY(KvmIrqfd) link;
} KvmIrqfd;

typedef TAILQ_HEAD(KvmIrqfdList, KvmIrqfd) KvmIrqfdList;

/* Ends all connections that are left. With the context's lock. */
void kvm_irqfds_end(KVMMemory *km);

#endif
