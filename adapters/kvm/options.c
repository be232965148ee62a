/* SPDX-License-Identifier: MIT
 *
 * Checks the options of kvm_memory_new(), as far as KVM need not be asked. Called by attach.c.
 */
#include "options.h"

#include <signal.h>

#include <physmem/physmem.h>

static bool spaces_are_good(const KVMMemoryOptions *options, Error **errp)
{
    const AddressSpace *spaces[] = { options->memory, options->io, options->smm };

    if (!options->memory) {
        error_setg(errp, "the options have no 'memory': an address space is needed as the guest's "
                         "memory");
        return false;
    }
    for (unsigned i = 0; i < 3; i++) {
        if (spaces[i] && spaces[i]->context != memory_context_current()) {
            error_setg(errp,
                       "address space '%s' belongs to context '%s', "
                       "not to the current one, '%s'",
                       spaces[i]->name, memory_context_name(spaces[i]->context),
                       memory_context_name(memory_context_current()));
            return false;
        }
    }
    return true;
}

static bool stopping_is_good(const KVMMemoryOptions *options, Error **errp)
{
    if ((options->stop_vcpus == NULL) != (options->resume_vcpus == NULL)) {
        error_setg(errp, "the options have only one of stop_vcpus and resume_vcpus: set both or "
                         "neither");
        return false;
    }
    if (options->kick_signal != 0 && options->stop_vcpus) {
        error_setg(errp,
                   "the options have both kick_signal and stop_vcpus: choose one way to stop "
                   "vCPUs");
        return false;
    }
    if (options->kick_signal < 0 || options->kick_signal > SIGRTMAX) {
        error_setg(errp, "kick_signal %d is not a signal: expected 1 to %d, or 0 for none",
                   options->kick_signal, SIGRTMAX);
        return false;
    }
    return true;
}

bool kvm_options_are_good(const KVMMemoryOptions *options, Error **errp)
{
    if (!options) {
        error_setg(errp, "no options were given: set at least 'memory', the guest's memory");
        return false;
    }
    return spaces_are_good(options, errp) && stopping_is_good(options, errp);
}
