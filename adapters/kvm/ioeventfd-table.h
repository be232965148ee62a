/* SPDX-License-Identifier: MIT
 *
 * The table of ioeventfds of a machine, in the order in which the library signals them. A table:
 * makes no ioctl, knows no listener.
 */
#ifndef ADAPTERS_KVM_IOEVENTFD_TABLE_H
#define ADAPTERS_KVM_IOEVENTFD_TABLE_H

#include <physmem/kvm.h>

/* As the listener was told of it. */
typedef struct KvmIoeventfd {
    hwaddr addr;
    uint64_t data; /* as the device sees it */
    EventNotifier *e;
    const MemoryRegion *mr; /* to be compared only: it may be gone */
    unsigned size; /* 0: any */
    bool pio;
    bool match_data;
    bool in_kvm;
    bool refused;          /* was reported */
    struct kvm_ioeventfd told; /* what KVM was given, while in_kvm */
} KvmIoeventfd;

typedef struct KvmIoeventfdTable {
    KvmIoeventfd *entry; /* by (pio, addr) and the library's order */
    size_t count;
    size_t room;
} KvmIoeventfdTable;

/* Whether two ioeventfds are at the same port or address. */
bool kvm_ioeventfd_is_beside(const KvmIoeventfd *a, const KvmIoeventfd *b);

/* Whether a write that matches one matches the other, and they signal the same notifier. */
bool kvm_ioeventfd_is_equal(const KvmIoeventfd *a, const KvmIoeventfd *b);

/* The index of the first entry after x in the order, and after all that equal x. */
size_t kvm_ioeventfd_table_find_behind(const KvmIoeventfdTable *table, const KvmIoeventfd *x);

/* Puts a copy of x at its place, after its equals. False if memory is exhausted. */
bool kvm_ioeventfd_table_insert(KvmIoeventfdTable *table, const KvmIoeventfd *x);

void kvm_ioeventfd_table_remove(KvmIoeventfdTable *table, size_t index);

#endif
