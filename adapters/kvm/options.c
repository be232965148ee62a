/* SPDX-License-Identifier: MIT
 *
 * Checks the options of kvm_memory_new() that need no question to KVM. Called by attach.c.
 */
#include "options.h"

#include <signal.h>

#include <physmem/physmem.h>

static bool spaces_are_good(const KVMMemoryOptions *options, Error **errp)
{
    const AddressSpace *spaces[] = { options->memory, options->io, options->smm };

    if (options->memory == NULL) {
        error_setg(errp, "no address space was given as the guest's memory");
        return false;
    }
    for (unsigned i = 0; i < 3; i++) {
        if (spaces[i] != NULL && spaces[i]->context != memory_context_current()) {
            error_setg(errp, "address space '%s' belongs to context '%s', not to the current one, "
                       "'%s'", spaces[i]->name, memory_context_name(spaces[i]->context),
                       memory_context_name(memory_context_current()));
            return false;
        }
    }
    return true;
}

static bool stopping_is_good(const KVMMemoryOptions *options, Error **errp)
{
    if ((options->stop_vcpus == NULL) != (options->resume_vcpus == NULL)) {
        error_setg(errp, "stop_vcpus and resume_vcpus are given both or not at all");
        return false;
    }
    if (options->kick_signal != 0 && options->stop_vcpus != NULL) {
        error_setg(errp, "vCPUs are stopped by kick_signal or by stop_vcpus, not by both");
        return false;
    }
    if (options->kick_signal < 0 || options->kick_signal > SIGRTMAX) {
        error_setg(errp, "kick_signal %d is no signal: expected 1 to %d, or 0 for none",
                   options->kick_signal, SIGRTMAX);
        return false;
    }
    return true;
}

bool kvm_options_are_good(const KVMMemoryOptions *options, Error **errp)
{
    if (options == NULL) {
        error_setg(errp, "no options were given: at least the guest's memory is needed");
        return false;
    }
    return spaces_are_good(options, errp) && stopping_is_good(options, errp);
}
