/* SPDX-License-Identifier: MIT
 *
 * Changes KVM's slots of a space to those that the space shows.
 */
#ifndef ADAPTERS_KVM_SLOT_UPDATE_H
#define ADAPTERS_KVM_SLOT_UPDATE_H

#include "memory.h"

/* Removes the slots in 'leaving' from KVM, makes those in 'waiting', and switches the logging of
 * those in 'relogged', as far as KVM allows (layout.h). */
void kvm_slots_update(KvmSpace *space);

/* For a space whose listener is gone: removes the slots that are left, reports those that KVM still
 * keeps, and frees all slots and tables. */
void kvm_slots_end(KvmSpace *space);

#endif
