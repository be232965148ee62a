/* SPDX-License-Identifier: MIT
 *
 * Explains why KVM gave up on a guest, if the memory map is the reason (explain.h). KVM fetches
 * instructions from slots only. If a guest runs code elsewhere, KVM ends the run with
 * KVM_EXIT_INTERNAL_ERROR. Called by exit.c, in the vCPU's thread.
 */
#include "explain.h"

#include <sys/ioctl.h>

#include "host.h"
#include "slots.h"

#if defined(__x86_64__) || defined(__i386__)
/* Finds the physical address of the next instruction. */
static bool next_instruction(const KVMMemoryVcpu *vcpu, hwaddr *addr)
{
    struct kvm_translation place;
    struct kvm_sregs sregs;
    struct kvm_regs regs;

    if (ioctl(vcpu->fd, KVM_GET_REGS, &regs) != 0 || ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) != 0) {
        return false;
    }
    place = (struct kvm_translation){ .linear_address = sregs.cs.base + regs.rip };
    if (ioctl(vcpu->fd, KVM_TRANSLATE, &place) != 0 || !place.valid) {
        return false;
    }
    *addr = place.physical_address;
    return true;
}
#else
static bool next_instruction(const KVMMemoryVcpu *vcpu, hwaddr *addr)
{
    (void)vcpu, (void)addr;
    return false;
}
#endif

static bool has_slot(const KvmSpace *space, hwaddr addr)
{
    const KvmSlots *slots = &space->slots;
    unsigned i = kvm_slots_find(slots, addr);

    return i < slots->count && slots->sorted[i]->info.guest_addr <= addr;
}

static void report_region(KVMMemory *km, hwaddr addr, const MemoryRegion *mr, hwaddr offset)
{
    const char *name = memory_region_name(mr);

    kvm_host_report(km, MEMORY_LOG_ERROR,
                    "KVM cannot run the guest's code at 0x%" PRIx64 ": region '%s', offset "
                    "0x%" PRIx64 ", has no slot there; code runs only from whole host pages of "
                    "RAM, ROM, and ROM devices that show their memory",
                    addr, name ? name : "(noname)", offset);
}

/* Called with the context's lock held: a commit may remove a slot for a moment. */
static void report_place(const KvmSpace *space, hwaddr addr)
{
    AddressSpace *as = space->listener.address_space;
    MemoryRegion *mr;
    hwaddr offset, len = 1;

    if (has_slot(space, addr)) {
        return;
    }
    memory_read_lock();
    mr = address_space_translate(as, addr, &offset, &len, false, MEMTXATTRS_UNSPECIFIED);
    if (!memory_access_is_direct(mr, false) && mr->ops == &unassigned_mem_ops) {
        kvm_host_report(space->km, MEMORY_LOG_ERROR,
                        "KVM cannot run the guest's code at 0x%" PRIx64 ": no region is there",
                        addr);
    } else {
        report_region(space->km, addr, mr, offset);
    }
    memory_read_unlock();
}

void kvm_explain_failure(KVMMemoryVcpu *vcpu, const KvmSpace *space)
{
    hwaddr addr;

    if (vcpu->run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION &&
        next_instruction(vcpu, &addr)) {
        memory_context_lock(vcpu->km->context);
        report_place(space, addr);
        memory_context_unlock(vcpu->km->context);
    }
}
