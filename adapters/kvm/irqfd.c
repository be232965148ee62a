/* SPDX-License-Identifier: MIT
 *
 * Connecting notifiers with interrupts (irqfd.h). Called by the program.
 */
#include "irqfd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "memory.h"

#define NEEDS_CONTROLLER " (the machine needs an interrupt controller: KVM_CREATE_IRQCHIP)"

/* ---- The list --------------------------------------------------------------------------- */

static KvmIrqfd *find(const KVMMemory *km, int fd)
{
    KvmIrqfd *x;

    TAILQ_FOREACH(x, &km->irqfds, link) {
        if (x->fd == fd) {
            return x;
        }
    }
    return NULL;
}

static void forget(KVMMemory *km, KvmIrqfd *x)
{
    if (x) {
        TAILQ_REMOVE(&km->irqfds, x, link);
        free(x);
    }
}

/* ---- Connecting ------------------------------------------------------------------------- */

static bool has(const KVMMemory *km, int capability, const char *name, Error **errp)
{
    if (ioctl(km->vm_fd, KVM_CHECK_EXTENSION, capability) <= 0) {
        error_setg(errp, "the host's KVM lacks %s: raise the interrupt with KVM_IRQ_LINE", name);
        return false;
    }
    return true;
}

static bool can_connect(const KVMMemory *km, bool resample, Error **errp)
{
    return has(km, KVM_CAP_IRQFD, "KVM_CAP_IRQFD", errp) &&
           (!resample || has(km, KVM_CAP_IRQFD_RESAMPLE, "KVM_CAP_IRQFD_RESAMPLE", errp));
}

static void set_refusal(const KVMMemory *km, const struct kvm_irqfd *wanted, int error,
                        Error **errp)
{
    const KvmIrqfd *other = error == EBUSY ? find(km, (int)wanted->fd) : NULL;

    if (other) {
        error_setg_errno(errp, error,
                         "KVM refuses to connect interrupt %u with a notifier that "
                         "raises interrupt %u already",
                         wanted->gsi, other->gsi);
    } else {
        error_setg_errno(errp, error, "KVM refuses to connect interrupt %u with a notifier%s",
                         wanted->gsi, error == EINVAL ? NEEDS_CONTROLLER : "");
    }
}

/* KVM accepts a notifier only once. So if it accepts a descriptor that the list has already, the
 * notifier of that entry was closed without being removed, and its descriptor was used again. */
static bool connect(KVMMemory *km, const struct kvm_irqfd *wanted, Error **errp)
{
    KvmIrqfd *x = malloc(sizeof(*x));

    if (!x) {
        error_setg(errp, "the host has no memory to connect interrupt %u", wanted->gsi);
        return false;
    }
    if (ioctl(km->vm_fd, KVM_IRQFD, wanted) != 0) {
        set_refusal(km, wanted, errno, errp);
        free(x);
        return false;
    }
    forget(km, find(km, (int)wanted->fd));
    *x = (KvmIrqfd){ .gsi = wanted->gsi, .fd = (int)wanted->fd };
    TAILQ_INSERT_TAIL(&km->irqfds, x, link);
    return true;
}

bool kvm_memory_add_irqfd(KVMMemory *km, uint32_t gsi, EventNotifier *e, EventNotifier *resample,
                          Error **errp)
{
    struct kvm_irqfd wanted = { .fd = (uint32_t)event_notifier_get_fd(e), .gsi = gsi };
    bool done;

    if (resample) {
        wanted.flags = KVM_IRQFD_FLAG_RESAMPLE;
        wanted.resamplefd = (uint32_t)event_notifier_get_fd(resample);
    }
    memory_context_lock(km->context);
    done = can_connect(km, resample != NULL, errp) && connect(km, &wanted, errp);
    memory_context_unlock(km->context);
    return done;
}

/* ---- Disconnecting ---------------------------------------------------------------------- */

static int part(const KVMMemory *km, const KvmIrqfd *x)
{
    struct kvm_irqfd irqfd = {
        .fd = (uint32_t)x->fd,
        .gsi = x->gsi,
        .flags = KVM_IRQFD_FLAG_DEASSIGN,
    };

    return ioctl(km->vm_fd, KVM_IRQFD, &irqfd) == 0 ? 0 : errno;
}

static bool is_connected(const KvmIrqfd *x, uint32_t gsi, Error **errp)
{
    if (!x) {
        error_setg(errp, "interrupt %u is not connected with this notifier", gsi);
        return false;
    }
    if (x->gsi != gsi) {
        error_setg(errp,
                   "interrupt %u is not connected with this notifier, "
                   "which raises interrupt %u",
                   gsi, x->gsi);
        return false;
    }
    return true;
}

static bool disconnect(KVMMemory *km, uint32_t gsi, int fd, Error **errp)
{
    KvmIrqfd *x = find(km, fd);
    int error;

    if (!is_connected(x, gsi, errp)) {
        return false;
    }
    error = part(km, x);
    if (error != 0) {
        error_setg_errno(errp, error, "KVM refuses to disconnect interrupt %u from a notifier",
                         gsi);
        return false;
    }
    forget(km, x);
    return true;
}

bool kvm_memory_remove_irqfd(KVMMemory *km, uint32_t gsi, EventNotifier *e, Error **errp)
{
    bool done;

    memory_context_lock(km->context);
    done = disconnect(km, gsi, event_notifier_get_fd(e), errp);
    memory_context_unlock(km->context);
    return done;
}

/* If a notifier was closed without being removed, KVM has disconnected it, and the ioctl does
 * nothing. */
void kvm_irqfds_end(KVMMemory *km)
{
    KvmIrqfd *x;

    while ((x = TAILQ_FIRST(&km->irqfds))) {
        part(km, x);
        forget(km, x);
    }
}
