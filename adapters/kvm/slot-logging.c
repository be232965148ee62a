/* SPDX-License-Identifier: MIT
 *
 * Switching KVM's logging of slots (slot-logging.h). Called by slot-update.c in commits, and by
 * rings.c after KVM has lost entries of a dirty ring.
 */
#include "slot-logging.h"

#include "host.h"
#include "slot-report.h"

bool kvm_slot_switch_logging(KvmSpace *space, KvmSlot *slot)
{
    int error = 0;

    if (slot->log != slot->info.logged) {
        error = kvm_host_set_slot(space->km, &slot->info, slot->info.size, slot->log);
    }
    if (error != 0) {
        kvm_slot_report_refusal(space->km, slot, error,
                                slot->log ? "KVM refuses to log" : "KVM refuses to stop logging",
                                slot->log ? "; all of it counts as dirty" : "");
    }
    return error == 0;
}

static bool relog(KvmSpace *space, KvmSlot *slot)
{
    int error = kvm_host_set_slot(space->km, &slot->info, slot->info.size, false);

    if (error == 0) {
        error = kvm_host_set_slot(space->km, &slot->info, slot->info.size, true);
        slot->info.logged = error == 0;
    }
    if (error == 0) {
        slot->refused = 0;
    } else {
        kvm_slot_report_refusal(space->km, slot, error, "KVM refuses to log again",
                                "; all of it counts as dirty");
    }
    if (!slot->info.logged && !kvm_space_is_leaving(space, slot)) {
        kvm_slot_put_on(&space->relogged, slot);
    }
    return error == 0;
}

bool kvm_slots_relog(KvmSpace *space)
{
    bool done = true;

    for (unsigned i = 0; i < space->slots.count; i++) {
        if (space->slots.sorted[i]->info.logged) {
            done &= relog(space, space->slots.sorted[i]);
        }
    }
    return done;
}
