/* SPDX-License-Identifier: MIT
 *
 * Messages about slots (slot-report.h). Called by range.c and by the files that change KVM's slots.
 */
#include "slot-report.h"

#include <stdio.h>
#include <string.h>

#include "host.h"
#include "memory.h"

/* The value of 'refused' of a slot for which there is no id. */
#define NO_ID (-1)

void kvm_slot_report(KVMMemory *km, MemoryLogLevel level, const KVMMemorySlot *slot,
                     const char *what, const char *why)
{
    const char *name = slot->mr ? memory_region_name(slot->mr) : "(gone)";

    kvm_host_report(km, level, "%s region '%s' at 0x%" PRIx64 "-0x%" PRIx64 ": %s", what,
                    name ? name : "(noname)", slot->guest_addr,
                    slot->guest_addr + (slot->size - 1), why);
}

void kvm_slot_report_refusal(KVMMemory *km, KvmSlot *slot, int error, const char *what,
                             const char *consequence)
{
    char why[200];

    if (slot->refused == error) {
        return;
    }
    slot->refused = error;
    snprintf(why, sizeof(why), "slot %u: %s%s", slot->info.id, strerror(error), consequence);
    kvm_slot_report(km, MEMORY_LOG_ERROR, &slot->info, what, why);
}

void kvm_slot_report_no_id(KVMMemory *km, KvmSlot *slot)
{
    char why[80];

    if (slot->refused == NO_ID) {
        return;
    }
    slot->refused = NO_ID;
    snprintf(why, sizeof(why), "all %u slots are in use; accesses there exit", km->host.max_slots);
    kvm_slot_report(km, MEMORY_LOG_ERROR, &slot->info, "no slot for", why);
}
