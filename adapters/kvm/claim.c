/* SPDX-License-Identifier: MIT
 *
 * Marks a virtual machine as one that has a KVMMemory (claim.h). Called by attach.c.
 */
#include "claim.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "host.h"
#include "memory.h"

#define CLAIM_ADDR UINT64_C(0xfffffffffffffff0) /* physical addresses have 52 bits at most */

static int tell(KVMMemory *km, uint32_t flags)
{
    struct kvm_ioeventfd mark = {
        .addr = CLAIM_ADDR,
        .len = 8,
        .fd = event_notifier_get_fd(&km->claim.mark),
        .flags = flags,
    };

    return ioctl(km->vm_fd, KVM_IOEVENTFD, &mark) == 0 ? 0 : errno;
}

/* Succeeds on a host that cannot keep the mark: a second KVMMemory is not noticed there. */
bool kvm_claim(KVMMemory *km, Error **errp)
{
    int error;

    if (km->host.features[KVM_FEATURE_IOEVENTFD] == 0 ||
        event_notifier_init(&km->claim.mark, 0) != 0) {
        return true;
    }
    error = tell(km, 0);
    km->claim.made = error == 0;
    if (!km->claim.made) {
        event_notifier_cleanup(&km->claim.mark);
    }
    if (error == EEXIST) {
        error_setg(errp,
                   "the virtual machine of file descriptor %d has a KVMMemory already: free "
                   "the first one before making another",
                   km->vm_fd);
    }
    return error != EEXIST;
}

void kvm_unclaim(KVMMemory *km)
{
    if (km->claim.made) {
        tell(km, KVM_IOEVENTFD_FLAG_DEASSIGN);
        event_notifier_cleanup(&km->claim.mark);
        km->claim.made = false;
    }
}
