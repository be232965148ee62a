/* SPDX-License-Identifier: MIT
 *
 * Messages about slots: memory that gets no slot, and what KVM refuses.
 */
#ifndef ADAPTERS_KVM_SLOT_REPORT_H
#define ADAPTERS_KVM_SLOT_REPORT_H

#include "slots.h"

/* "WHAT region 'NAME' at FIRST-LAST: WHY" */
void kvm_slot_report(KVMMemory *km, MemoryLogLevel level, const KVMMemorySlot *slot,
                     const char *what, const char *why);

/* Reports that KVM has refused a change of the slot, with an errno. The same refusal is reported
 * once. The message is as above, and WHY ends with 'consequence'. */
void kvm_slot_report_refusal(KVMMemory *km, KvmSlot *slot, int error, const char *what,
                             const char *consequence);

/* Reports, once, that the slot cannot be made because all ids are in use. */
void kvm_slot_report_no_id(KVMMemory *km, KvmSlot *slot);

#endif
