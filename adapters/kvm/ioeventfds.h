/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds: what a listener of a space, of memory or of ports, hands to KVM. What KVM does not
 * take is done in software, because such writes come back as exits.
 *
 * KVM does not take two ioeventfds that one write could match. Of those that collide it has the one
 * that the library would signal, the first in the library's order; the others could never be
 * signalled, and wait until that one is gone.
 */
#ifndef ADAPTERS_KVM_IOEVENTFDS_H
#define ADAPTERS_KVM_IOEVENTFDS_H

#include <physmem/kvm.h>

#include "ioeventfd-table.h"

/* The addresses from the first to the last change in a commit. */
typedef struct KvmChanges {
    bool any;
    hwaddr first;
    hwaddr last;
} KvmChanges;

typedef struct KvmIoeventfds {
    KvmIoeventfdTable table;
    bool big_endian;       /* the CPU */
    KvmChanges changes[2]; /* of memory, of ports */
} KvmIoeventfds;

/* Fills in the callbacks of a listener that is not yet registered: km's for memory, or for
 * ports. */
void kvm_ioeventfds_listen(KVMMemory *km, MemoryListener *listener);

/* For the listener of memory, whose other callbacks are layout.c's: a range came or went, and the
 * end of the commit. */
void kvm_ioeventfds_range_changed(KVMMemory *km, const MemoryRegionSection *section);
void kvm_ioeventfds_committed(KVMMemory *km);

/* Nothing is left when the listeners are gone; frees the table. */
void kvm_ioeventfds_end(KVMMemory *km);

#endif
