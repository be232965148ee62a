/* SPDX-License-Identifier: MIT
 *
 * Makes KVM's slots of a space those that the space shows.
 */
#ifndef ADAPTERS_KVM_SLOT_UPDATE_H
#define ADAPTERS_KVM_SLOT_UPDATE_H

#include "memory.h"

/* Takes 'leaving' from KVM, gives it 'waiting', and switches the logging of 'relogged', as far as
 * KVM allows (layout.h). */
void kvm_slots_update(KvmSpace *space);

/* When the space shows nothing any more: removes what is left, reports what KVM still keeps, and
 * frees all slots and tables. */
void kvm_slots_end(KvmSpace *space);

#endif
