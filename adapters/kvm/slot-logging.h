/* SPDX-License-Identifier: MIT
 *
 * Switches KVM's logging of slots that it has. Does not take dirty pages: the callers do that.
 */
#ifndef ADAPTERS_KVM_SLOT_LOGGING_H
#define ADAPTERS_KVM_SLOT_LOGGING_H

#include "memory.h"

/* Makes KVM log the slot, or stop logging it, as slot->log says. Returns false if KVM refuses,
 * which is reported. The caller updates slot->info.logged. */
bool kvm_slot_switch_logging(KvmSpace *space, KvmSlot *slot);

/* Switches logging of all logged slots of the space off and on, so that KVM catches the next write
 * to each of their pages. Returns false if KVM refuses that for a slot. Then all pages of that slot
 * count as dirty, and each commit tries again to log it. */
bool kvm_slots_relog(KvmSpace *space);

#endif
