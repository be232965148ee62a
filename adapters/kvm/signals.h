/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds and coalesced ranges: what a listener of a space, of memory or of ports, hands to KVM.
 * What KVM does not take is done in software, because such writes come back as exits.
 *
 * KVM does not take two ioeventfds that one write could match. Of those that collide it has the one
 * that the library would signal, the first in the library's order; the others could never be
 * signalled, and wait until that one is gone.
 *
 * A listener is not told which region an ioeventfd belongs to. It is taken to be the one that
 * the first byte reaches at that moment, and KVM has the ioeventfd only while that one is there,
 * and shows all of its bytes. Where something else covers some of them - the ioeventfd may begin
 * in what is hidden - or has taken its place without a word about ioeventfds, writes are exits
 * and the library decides.
 */
#ifndef ADAPTERS_KVM_SIGNALS_H
#define ADAPTERS_KVM_SIGNALS_H

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

/* The addresses from the first to the last change in a commit. */
typedef struct KvmChanges {
    bool any;
    hwaddr first;
    hwaddr last;
} KvmChanges;

typedef struct KvmSignals {
    KvmIoeventfd *entry; /* by (pio, addr) and the library's order */
    size_t count;
    size_t room;
    bool big_endian;       /* the CPU */
    KvmChanges changes[2]; /* of memory, of ports */
} KvmSignals;

/* Fill in the callbacks of a listener that is not yet registered: km's for memory, or for ports. */
void kvm_signals_listen(KVMMemory *km, MemoryListener *listener);
void kvm_coalesced_listen(KVMMemory *km, MemoryListener *listener);

/* For the listener of memory, whose other callbacks are layout.c's: a range came or went, and the
 * end of the commit. */
void kvm_signals_range_changed(KVMMemory *km, const MemoryRegionSection *section);
void kvm_signals_committed(KVMMemory *km);

/* Nothing is left when the listeners are gone; frees the tables. */
void kvm_signals_end(KVMMemory *km);

#endif
