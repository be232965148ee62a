/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds and coalesced ranges: what a listener of a space, of memory or of ports, hands to KVM.
 * What KVM does not take is done in software, because such writes come back as exits.
 */
#ifndef ADAPTERS_KVM_SIGNALS_H
#define ADAPTERS_KVM_SIGNALS_H

#include "memory.h"

/* Fill in the callbacks of a listener that is not yet registered. */
void kvm_signals_listen(KVMMemory *km, MemoryListener *listener);
void kvm_coalesced_listen(KVMMemory *km, MemoryListener *listener);

/* Nothing is left when the listeners are gone; frees the tables. */
void kvm_signals_end(KVMMemory *km);

#endif
