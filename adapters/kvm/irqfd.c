/* SPDX-License-Identifier: MIT
 *
 * Interrupts that KVM raises by itself when a notifier is signalled.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "memory.h"

static bool change(KVMMemory *km, const struct kvm_irqfd *irqfd, Error **errp)
{
    if (ioctl(km->vm_fd, KVM_IRQFD, irqfd) != 0) {
        error_setg_errno(errp, errno, "KVM does not %s interrupt %u %s a notifier",
                         irqfd->flags & KVM_IRQFD_FLAG_DEASSIGN ? "part" : "connect", irqfd->gsi,
                         irqfd->flags & KVM_IRQFD_FLAG_DEASSIGN ? "from" : "with");
        return false;
    }
    return true;
}

static bool has(const KVMMemory *km, int capability, const char *name, Error **errp)
{
    if (ioctl(km->vm_fd, KVM_CHECK_EXTENSION, capability) <= 0) {
        error_setg(errp, "this host's KVM lacks %s", name);
        return false;
    }
    return true;
}

bool kvm_memory_add_irqfd(KVMMemory *km, uint32_t gsi, EventNotifier *e, EventNotifier *resample,
                          Error **errp)
{
    struct kvm_irqfd irqfd = { .fd = (uint32_t)event_notifier_get_fd(e), .gsi = gsi };

    if (!has(km, KVM_CAP_IRQFD, "KVM_CAP_IRQFD", errp)) {
        return false;
    }
    if (resample != NULL) {
        if (!has(km, KVM_CAP_IRQFD_RESAMPLE, "KVM_CAP_IRQFD_RESAMPLE", errp)) {
            return false;
        }
        irqfd.flags = KVM_IRQFD_FLAG_RESAMPLE;
        irqfd.resamplefd = (uint32_t)event_notifier_get_fd(resample);
    }
    return change(km, &irqfd, errp);
}

bool kvm_memory_remove_irqfd(KVMMemory *km, uint32_t gsi, EventNotifier *e, Error **errp)
{
    struct kvm_irqfd irqfd = {
        .fd = (uint32_t)event_notifier_get_fd(e),
        .gsi = gsi,
        .flags = KVM_IRQFD_FLAG_DEASSIGN,
    };

    return change(km, &irqfd, errp);
}
