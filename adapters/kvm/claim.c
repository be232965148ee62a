/* SPDX-License-Identifier: MIT
 *
 * Sees to it that a virtual machine has only one KVMMemory. KVM itself keeps the mark: an ioeventfd
 * at an address that no guest has. KVM refuses a second one there, through whatever descriptor of
 * the machine and from whatever context it comes. The mark ends with the machine. Called by
 * memory.c.
 */
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
        .fd = event_notifier_get_fd(&km->claim),
        .flags = flags,
    };

    return ioctl(km->vm_fd, KVM_IOEVENTFD, &mark) == 0 ? 0 : errno;
}

/* On a host that cannot keep the mark, a second KVMMemory is not refused. */
bool kvm_claim(KVMMemory *km, Error **errp)
{
    int error;

    if (km->features[KVM_FEATURE_IOEVENTFD] == 0 || event_notifier_init(&km->claim, 0) != 0) {
        return true;
    }
    error = tell(km, 0);
    km->claimed = error == 0;
    if (!km->claimed) {
        event_notifier_cleanup(&km->claim);
    }
    if (error == EEXIST) {
        error_setg(errp, "the virtual machine of file descriptor %d has a KVMMemory already: free "
                   "that one first", km->vm_fd);
    }
    return error != EEXIST;
}

void kvm_unclaim(KVMMemory *km)
{
    if (km->claimed) {
        tell(km, KVM_IOEVENTFD_FLAG_DEASSIGN);
        event_notifier_cleanup(&km->claim);
        km->claimed = false;
    }
}
