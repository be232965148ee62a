/* SPDX-License-Identifier: MIT
 *
 * Chooses the ioeventfds of memory and of the ports that KVM gets. A write to one that KVM does
 * not have exits, and the library signals it.
 *
 * KVM refuses an ioeventfd if one write could match it and another one that KVM has. If several
 * match a write, the library signals only the first in its order, so KVM gets that one. The others
 * wait in the table until it is removed.
 */
#ifndef ADAPTERS_KVM_IOEVENTFDS_H
#define ADAPTERS_KVM_IOEVENTFDS_H

#include <physmem/kvm.h>

#include "ioeventfd-table.h"

/* The smallest range of addresses with all changes of a commit. */
typedef struct KvmChanges {
    bool any;
    hwaddr first;
    hwaddr last;
} KvmChanges;

typedef struct KvmIoeventfds {
    KvmIoeventfdTable table;
    bool big_endian;       /* the byte order of the CPU */
    KvmChanges changes[2]; /* [false]: memory, [true]: ports */
} KvmIoeventfds;

/* Fills in the callbacks about ioeventfds of a listener that is not yet registered: km's for
 * memory, or for ports. */
void kvm_ioeventfds_listen(KVMMemory *km, MemoryListener *listener);

/* For layout.c, which has the other callbacks of the listener of memory: a range came or went. */
void kvm_ioeventfds_range_changed(KVMMemory *km, const MemoryRegionSection *section);

/* For layout.c: the commit ends. */
void kvm_ioeventfds_committed(KVMMemory *km);

/* Frees the table. The listeners must be unregistered: that has taken all ioeventfds back from
 * KVM. */
void kvm_ioeventfds_end(KVMMemory *km);

#endif
