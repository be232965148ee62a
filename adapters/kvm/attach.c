/* SPDX-License-Identifier: MIT
 *
 * Attaching spaces to a virtual machine, detaching them, and looking at its slots. Called by the
 * program.
 */
#include <stdlib.h>
#include <unistd.h>

#include "claim.h"
#include "coalesced.h"
#include "dirty.h"
#include "ioeventfds.h"
#include "layout.h"
#include "memory.h"
#include "options.h"
#include "slot-update.h"

/* ---- Attaching -------------------------------------------------------------------------- */

/* Returns the space that a KVM address space shows; NULL if that KVM address space is not used. */
static AddressSpace *shown_by(KVMMemory *km, unsigned id)
{
    if (id == 0) {
        return km->options.memory;
    }
    if (!km->options.smm) {
        return NULL;
    }
    return kvm_host_feature(km, KVM_FEATURE_MULTI_ADDRESS_SPACE) ? km->options.smm : NULL;
}

static void init_space(KVMMemory *km, unsigned id)
{
    KvmSpace *space = &km->spaces[id];

    space->km = km;
    space->id = id;
    space->listener.name = id == 0 ? "kvm" : "kvm-smm";
    space->listener.priority = MEMORY_LISTENER_PRIORITY_ACCEL;
    kvm_layout_init(space);
    kvm_layout_listen(space);
    kvm_dirty_listen(space);
}

static void init(KVMMemory *km, int vm_fd, const KVMMemoryOptions *options)
{
    km->vm_fd = vm_fd;
    km->context = memory_context_current();
    km->options = *options;
    km->host.page_size = (unsigned)sysconf(_SC_PAGESIZE);
    km->io_listener.name = "kvm-io";
    km->io_listener.priority = MEMORY_LISTENER_PRIORITY_ACCEL;
    kvm_ioeventfds_listen(km, &km->io_listener);
    kvm_coalesced_listen(km, &km->io_listener);
    kvm_gate_init(&km->gate);
    TAILQ_INIT(&km->vcpus);
    TAILQ_INIT(&km->irqfds);
}

/* Fails in a listener's callback, where the library refuses to register listeners. */
static bool attach(KVMMemory *km, Error **errp)
{
    bool attached;

    memory_context_lock(km->context);
    for (unsigned i = 0; i < KVM_SPACES; i++) {
        AddressSpace *as = shown_by(km, i);

        init_space(km, i);
        if (i == 0) {
            kvm_ioeventfds_listen(km, &km->spaces[i].listener);
            kvm_coalesced_listen(km, &km->spaces[i].listener);
        }
        if (as) {
            memory_listener_register(&km->spaces[i].listener, as);
        }
    }
    if (km->options.io) {
        memory_listener_register(&km->io_listener, km->options.io);
    }
    attached = km->spaces[0].listener.address_space != NULL;
    memory_context_unlock(km->context);
    if (!attached) {
        error_setg(errp,
                   "a listener's callback cannot attach address spaces to a virtual machine: "
                   "call kvm_memory_new() outside of it");
    }
    return attached;
}

KVMMemory *kvm_memory_new(int vm_fd, const KVMMemoryOptions *options, Error **errp)
{
    KVMMemory *km;

    if (!kvm_options_are_good(options, errp)) {
        return NULL;
    }
    km = calloc(1, sizeof(*km));
    if (!km) {
        error_setg(errp, "the host has no memory to attach the virtual machine");
        return NULL;
    }
    init(km, vm_fd, options);
    if (!kvm_host_init(km, errp) || !kvm_claim(km, errp) || !kvm_dirty_init(km, errp) ||
        !attach(km, errp)) {
        kvm_unclaim(km);
        kvm_gate_destroy(&km->gate);
        free(km);
        return NULL;
    }
    return km;
}

/* ---- Detaching -------------------------------------------------------------------------- */

/* Returns false, and nothing has changed, in a listener's callback. */
static bool stop_listening(KVMMemory *km)
{
    memory_listener_unregister(&km->io_listener);
    for (unsigned i = KVM_SPACES; i-- > 0;) {
        memory_listener_unregister(&km->spaces[i].listener);
    }
    return km->spaces[0].listener.address_space == NULL;
}

static bool detach(KVMMemory *km)
{
    bool stopped;

    memory_context_lock(km->context);
    stopped = stop_listening(km);
    for (unsigned i = KVM_SPACES; stopped && i-- > 0;) {
        kvm_slots_end(&km->spaces[i]);
    }
    if (stopped) {
        kvm_ioeventfds_end(km);
        kvm_irqfds_end(km);
    }
    memory_context_unlock(km->context);
    return stopped;
}

void kvm_memory_free(KVMMemory *km)
{
    if (!km) {
        return;
    }
    if (!TAILQ_EMPTY(&km->vcpus)) {
        kvm_host_misuse(km,
                        "%s: a vCPU has not been removed: call kvm_memory_remove_vcpu() for "
                        "each one first",
                        __func__);
        return;
    }
    if (detach(km)) {
        kvm_unclaim(km);
        kvm_gate_destroy(&km->gate);
        free(km);
    }
}

/* ---- Looking ---------------------------------------------------------------------------- */

static bool each_slot(const KvmSlots *slots, bool (*func)(const KVMMemorySlot *slot, void *opaque),
                      void *opaque)
{
    for (unsigned i = 0; i < slots->count; i++) {
        if (func(&slots->sorted[i]->info, opaque)) {
            return true;
        }
    }
    return false;
}

void kvm_memory_for_each_slot(KVMMemory *km, bool (*func)(const KVMMemorySlot *slot, void *opaque),
                              void *opaque)
{
    memory_context_lock(km->context);
    for (unsigned i = 0; i < KVM_SPACES; i++) {
        if (each_slot(&km->spaces[i].slots, func, opaque)) {
            break;
        }
    }
    memory_context_unlock(km->context);
}
