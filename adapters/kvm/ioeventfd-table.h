/* SPDX-License-Identifier: MIT
 *
 * The table of ioeventfds of a machine, in the order in which the library signals them. Makes no
 * ioctl and knows no listener.
 */
#ifndef ADAPTERS_KVM_IOEVENTFD_TABLE_H
#define ADAPTERS_KVM_IOEVENTFD_TABLE_H

#include <physmem/kvm.h>

/* An ioeventfd that the listener was told of. */
typedef struct KvmIoeventfd {
    hwaddr addr;
    uint64_t data; /* in the byte order of the device */
    EventNotifier *e;
    const MemoryRegion *mr; /* the device; only compared, because it may have ended */
    unsigned size;          /* in bytes; 0: any */
    bool pio;
    bool match_data;
    bool in_kvm;
    bool refused;              /* KVM has refused it, which was reported */
    struct kvm_ioeventfd told; /* what KVM has, while in_kvm */
} KvmIoeventfd;

typedef struct KvmIoeventfdTable {
    KvmIoeventfd *entry; /* by (pio, addr) and the library's order */
    size_t count;
    size_t room;
} KvmIoeventfdTable;

/* Whether two ioeventfds are at the same port or address. */
bool kvm_ioeventfd_is_beside(const KvmIoeventfd *a, const KvmIoeventfd *b);

/* Whether two ioeventfds are equal in place, size, match_data, data and notifier. */
bool kvm_ioeventfd_is_equal(const KvmIoeventfd *a, const KvmIoeventfd *b);

/* The index of the first entry that comes after x in the order; it comes after all that equal x. */
size_t kvm_ioeventfd_table_find_after(const KvmIoeventfdTable *table, const KvmIoeventfd *x);

/* Puts a copy of x at its place, after its equals. Returns false if memory is exhausted. */
bool kvm_ioeventfd_table_insert(KvmIoeventfdTable *table, const KvmIoeventfd *x);

/* Takes out the entry with this index. */
void kvm_ioeventfd_table_remove(KvmIoeventfdTable *table, size_t index);

#endif
