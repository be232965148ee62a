/* SPDX-License-Identifier: MIT
 *
 * Capabilities, messages, and the ioctl of slots. Called by all of the adapter.
 */
#include "host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "memory.h"

#define DEFAULT_SLOTS 32 /* of a host that does not say how many it has */

/* A feature may have two capabilities: the second is asked for if the host lacks the first. */
static const struct {
    const char *name;
    int capability[2];
    const char *instead; /* what is done without it, for the report */
    int none;            /* the highest answer that means that the host lacks it */
} features[KVM_FEATURES] = {
    [KVM_FEATURE_READONLY_MEM] = { "KVM_CAP_READONLY_MEM",
                                   { KVM_CAP_READONLY_MEM },
                                   "ROM is read by exits, and code does not run from it" },
    [KVM_FEATURE_MULTI_ADDRESS_SPACE] = { "KVM_CAP_MULTI_ADDRESS_SPACE",
                                          { KVM_CAP_MULTI_ADDRESS_SPACE },
                                          "system management mode sees ordinary memory",
                                          .none = 1 },
    [KVM_FEATURE_MANUAL_DIRTY_LOG] = { "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2",
                                       { KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 },
                                       "reading a dirty bitmap protects all of its pages again" },
    [KVM_FEATURE_DIRTY_RING] = { "KVM_CAP_DIRTY_LOG_RING",
                                 { KVM_CAP_DIRTY_LOG_RING_ACQ_REL, KVM_CAP_DIRTY_LOG_RING },
                                 "dirty pages come from bitmaps" },
    [KVM_FEATURE_IOEVENTFD] = { "KVM_CAP_IOEVENTFD",
                                { KVM_CAP_IOEVENTFD },
                                "writes to ioeventfds exit, and the library signals them" },
    [KVM_FEATURE_IOEVENTFD_ANY_LENGTH] = { "KVM_CAP_IOEVENTFD_ANY_LENGTH",
                                           { KVM_CAP_IOEVENTFD_ANY_LENGTH },
                                           "writes to ioeventfds of any length exit, and the "
                                           "library signals them" },
    [KVM_FEATURE_COALESCED_MMIO] = { "KVM_CAP_COALESCED_MMIO",
                                     { KVM_CAP_COALESCED_MMIO },
                                     "coalesced writes exit one by one" },
    [KVM_FEATURE_COALESCED_PIO] = { "KVM_CAP_COALESCED_PIO",
                                    { KVM_CAP_COALESCED_PIO },
                                    "coalesced writes to ports exit one by one" },
};

/* ---- Messages --------------------------------------------------------------------------- */

static const char *severity(MemoryLogLevel level)
{
    switch (level) {
    case MEMORY_LOG_GUEST:
        return "guest error";
    case MEMORY_LOG_WARNING:
        return "warning";
    case MEMORY_LOG_ERROR:
        return "error";
    default:
        return "misuse";
    }
}

static void __attribute__((format(printf, 3, 0)))
say(KVMMemory *km, MemoryLogLevel level, const char *format, va_list arguments)
{
    char message[512];

    vsnprintf(message, sizeof(message), format, arguments);
    if (km->options.report) {
        km->options.report(level, message, km->options.opaque);
    } else {
        fprintf(stderr, "physmem-kvm: %s: %s\n", severity(level), message);
    }
}

void kvm_host_report(KVMMemory *km, MemoryLogLevel level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(km, level, format, arguments);
    va_end(arguments);
}

void kvm_host_misuse(KVMMemory *km, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(km, MEMORY_LOG_MISUSE, format, arguments);
    va_end(arguments);
#ifdef PHYSMEM_DEBUG
    abort();
#endif
}

/* ---- Capabilities ----------------------------------------------------------------------- */

/* Returns what KVM_CHECK_EXTENSION answers: -1 if the descriptor is not one of KVM. */
static int check(const KVMMemory *km, int capability)
{
    return ioctl(km->vm_fd, KVM_CHECK_EXTENSION, capability);
}

static int ask(const KVMMemory *km, KvmFeature feature)
{
    int answer = check(km, features[feature].capability[0]);

    if (answer <= 0 && features[feature].capability[1] != 0) {
        answer = check(km, features[feature].capability[1]);
    }
    return answer > features[feature].none ? answer : 0;
}

/* /dev/kvm answers KVM_CHECK_EXTENSION like a virtual machine, but only /dev/kvm answers
 * KVM_GET_API_VERSION. */
static bool is_machine(const KVMMemory *km, Error **errp)
{
    if (check(km, KVM_CAP_USER_MEMORY) < 0) {
        error_setg_errno(errp, errno,
                         "file descriptor %d is not a KVM virtual machine "
                         "(KVM_CHECK_EXTENSION)",
                         km->vm_fd);
        return false;
    }
    if (ioctl(km->vm_fd, KVM_GET_API_VERSION, 0) >= 0) {
        error_setg(errp,
                   "file descriptor %d is /dev/kvm: a virtual machine is needed; make one "
                   "with KVM_CREATE_VM",
                   km->vm_fd);
        return false;
    }
    return true;
}

static unsigned slots_of_host(const KVMMemory *km)
{
    int answer = check(km, KVM_CAP_NR_MEMSLOTS);

    return answer > 0 ? (unsigned)answer : DEFAULT_SLOTS;
}

bool kvm_host_init(KVMMemory *km, Error **errp)
{
    unsigned wanted = km->options.max_slots;

    if (!is_machine(km, errp)) {
        return false;
    }
    if (check(km, KVM_CAP_USER_MEMORY) == 0) {
        error_setg(errp, "the host's KVM lacks KVM_CAP_USER_MEMORY, which memory slots need");
        return false;
    }
    km->host.max_slots = slots_of_host(km);
    if (wanted != 0 && wanted < km->host.max_slots) {
        km->host.max_slots = wanted;
    }
    for (unsigned i = 0; i < KVM_FEATURES; i++) {
        km->host.features[i] = ask(km, (KvmFeature)i);
    }
    return true;
}

/* May be called without the lock, so the bit in 'said' decides which thread reports. */
int kvm_host_feature(KVMMemory *km, KvmFeature feature)
{
    uint64_t bit = (uint64_t)1 << feature;

    if (km->host.features[feature] == 0 &&
        !(__atomic_fetch_or(&km->host.said, bit, __ATOMIC_RELAXED) & bit)) {
        kvm_host_report(km, MEMORY_LOG_WARNING, "the host's KVM lacks %s: %s",
                        features[feature].name, features[feature].instead);
    }
    return km->host.features[feature];
}

/* ---- Slots ------------------------------------------------------------------------------ */

int kvm_host_set_slot(const KVMMemory *km, const KVMMemorySlot *slot, uint64_t size, bool logged)
{
    struct kvm_userspace_memory_region region = {
        .slot = kvm_slot_number(slot),
        .flags = (slot->readonly ? KVM_MEM_READONLY : 0) | (logged ? KVM_MEM_LOG_DIRTY_PAGES : 0),
        .guest_phys_addr = slot->guest_addr,
        .memory_size = size,
        .userspace_addr = (uintptr_t)slot->host,
    };

    return ioctl(km->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) < 0 ? errno : 0;
}
