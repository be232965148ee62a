/* SPDX-License-Identifier: MIT
 *
 * Switches KVM's logging of slots that it has. Takes no dirty pages: the callers do that.
 */
#ifndef ADAPTERS_KVM_SLOT_LOGGING_H
#define ADAPTERS_KVM_SLOT_LOGGING_H

#include "memory.h"

/* Makes KVM log the slot, or not, as slot->log says. False if KVM refuses, which is reported;
 * slot->info.logged is for the caller to change. */
bool kvm_slot_switch_logging(KvmSpace *space, KvmSlot *slot);

/* Switches logging of all logged slots of the space off and on, so that KVM catches the next write
 * to each of their pages. False if KVM refuses that for a slot. The slot then counts as dirty as a
 * whole, and logging is tried again with each commit. */
bool kvm_slots_relog(KvmSpace *space);

#endif
