/* SPDX-License-Identifier: MIT
 *
 * One ioeventfd and KVM (ioeventfd.h). Called by ioeventfds.c.
 */
#include "ioeventfd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "host.h"
#include "memory.h"

/* Whether the device sees the bytes of a write in another order than the CPU. */
static bool is_swapped(const KVMMemory *km, const MemoryRegion *mr)
{
    enum device_endian endianness = mr->ops->endianness;
    bool native = endianness == DEVICE_NATIVE_ENDIAN;

    return !native && (endianness == DEVICE_BIG_ENDIAN) != km->ioeventfds.big_endian;
}

static MemoryRegion *reached_by(FlatView *fv, hwaddr addr, hwaddr *offset)
{
    hwaddr len = 1;

    return flatview_translate(fv, addr, offset, &len, true, (MemTxAttrs){ 0 });
}

/* Whether all bytes of x lie in one piece of a region. */
static bool is_shown(FlatView *fv, const KvmIoeventfd *x)
{
    hwaddr first, offset;
    const MemoryRegion *mr = reached_by(fv, x->addr, &first);

    for (unsigned i = 1; i < x->size; i++) {
        if (reached_by(fv, x->addr + i, &offset) != mr || offset != first + i) {
            return false;
        }
    }
    return true;
}

/* The target of a write at the address of an ioeventfd x. */
typedef struct Target {
    const MemoryRegion *device; /* NULL: none, so the write does not signal */
    hwaddr offset;              /* in the device */
    bool whole;                 /* all bytes of x reach the device */
    uint64_t data;              /* x->data in the byte order of the CPU, as KVM compares it */
} Target;

static Target target_of(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x)
{
    Target t = { .data = x->data };
    MemoryRegion *mr;

    memory_read_lock();
    mr = reached_by(fv, x->addr, &t.offset);
    t.device = memory_access_is_direct(mr, true) || mr->ops == &unassigned_mem_ops ? NULL : mr;
    t.whole = is_shown(fv, x);
    if (x->size && is_swapped(km, mr)) {
        t.data = __builtin_bswap64(x->data) >> (64 - 8 * x->size);
    }
    memory_read_unlock();
    return t;
}

const MemoryRegion *kvm_ioeventfd_device(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x)
{
    return target_of(km, fv, x).device;
}

static bool is_its_own(const Target *t, const KvmIoeventfd *x)
{
    return t->device == x->mr && t->whole;
}

bool kvm_ioeventfd_is_at_its_place(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x)
{
    Target t = target_of(km, fv, x);

    return is_its_own(&t, x);
}

static void report_refusal(KVMMemory *km, KvmIoeventfd *x, const Target *t, int error)
{
    const char *name = memory_region_name(t->device);
    char size[32] = "any size";

    if (x->refused) {
        return;
    }
    x->refused = true;
    if (x->size != 0) {
        snprintf(size, sizeof(size), "%u bytes", x->size);
    }
    kvm_host_report(km, MEMORY_LOG_WARNING,
                    "KVM refuses an ioeventfd of %s of region '%s', offset 0x%" PRIx64
                    ", at %s 0x%" PRIx64 ": %s; its writes exit, and the library signals it",
                    size, name ? name : "(noname)", t->offset, x->pio ? "port" : "address",
                    x->addr, strerror(error));
}

void kvm_ioeventfd_give(KVMMemory *km, FlatView *fv, KvmIoeventfd *x)
{
    Target t = target_of(km, fv, x);

    if (!kvm_host_feature(km, KVM_FEATURE_IOEVENTFD) || !x->mr || !is_its_own(&t, x) ||
        (!x->size && !kvm_host_feature(km, KVM_FEATURE_IOEVENTFD_ANY_LENGTH))) {
        return;
    }
    x->told = (struct kvm_ioeventfd){
        .datamatch = t.data,
        .addr = x->addr,
        .len = x->size,
        .fd = event_notifier_get_fd(x->e),
        .flags = (x->size && x->match_data ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0) |
                 (x->pio ? KVM_IOEVENTFD_FLAG_PIO : 0),
    };
    x->in_kvm = ioctl(km->vm_fd, KVM_IOEVENTFD, &x->told) == 0;
    if (!x->in_kvm) {
        report_refusal(km, x, &t, errno);
    }
}

void kvm_ioeventfd_take_back(KVMMemory *km, KvmIoeventfd *x)
{
    x->told.flags |= KVM_IOEVENTFD_FLAG_DEASSIGN;
    if (ioctl(km->vm_fd, KVM_IOEVENTFD, &x->told) != 0) {
        kvm_host_report(km, MEMORY_LOG_ERROR, "KVM keeps an ioeventfd at %s 0x%" PRIx64 ": %s",
                        x->pio ? "port" : "address", x->addr, strerror(errno));
    }
    x->in_kvm = false;
}
