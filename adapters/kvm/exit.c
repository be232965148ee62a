/* SPDX-License-Identifier: MIT
 *
 * Handles the exits of KVM_RUN: makes accesses to memory and ports that have no slot through the
 * spaces. Called by the vCPU's thread without a lock. Exits for memory and ports take no lock of
 * the adapter.
 */
#include "exit.h"

#include "coalesced.h"
#include "dirty-ring.h"
#include "explain.h"

/* The space that the vCPU sees: spaces[1] in system management mode, if that has slots of its own;
 * else spaces[0]. Sets attrs->secure in system management mode. */
static const KvmSpace *space_of(const KVMMemoryVcpu *vcpu, MemTxAttrs *attrs)
{
    const KVMMemory *km = vcpu->km;
#ifdef KVM_RUN_X86_SMM
    if (vcpu->run->flags & KVM_RUN_X86_SMM) {
        attrs->secure = 1;
        return &km->spaces[km->spaces[1].listener.address_space != NULL];
    }
#endif
    (void)attrs;
    return &km->spaces[0];
}

static AddressSpace *memory_of(const KVMMemoryVcpu *vcpu, MemTxAttrs *attrs)
{
    const KvmSpace *space = space_of(vcpu, attrs);

    return space == &vcpu->km->spaces[0] ? vcpu->memory : space->listener.address_space;
}

static bool do_mmio(KVMMemoryVcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    MemTxAttrs attrs = { 0 };
    AddressSpace *as = memory_of(vcpu, &attrs);

    address_space_rw(as, run->mmio.phys_addr, attrs, run->mmio.data, run->mmio.len,
                     run->mmio.is_write);
    return true;
}

/* A string instruction has several items, which all go to the same port. Out of line: the loop
 * needs registers that an exit for memory need not save. */
static __attribute__((noinline)) bool do_ports(KVMMemoryVcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    AddressSpace *as = vcpu->km->options.io;
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    bool is_write = run->io.direction == KVM_EXIT_IO_OUT;
    uint32_t count = run->io.count;
    uint16_t port = run->io.port;
    uint8_t size = run->io.size;

    if (!as) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        address_space_rw(as, port, (MemTxAttrs){ 0 }, data + (size_t)i * size, size, is_write);
    }
    return true;
}

/* The writes that KVM has queued came before the exit, so they are done first. */
bool kvm_exit_handle(KVMMemoryVcpu *vcpu)
{
    if (kvm_coalesced_waiting(vcpu)) {
        kvm_memory_flush_coalesced(vcpu->km);
    }
    switch (vcpu->run->exit_reason) {
    case KVM_EXIT_MMIO:
        return do_mmio(vcpu);
    case KVM_EXIT_IO:
        return do_ports(vcpu);
    case KVM_EXIT_DIRTY_RING_FULL:
        kvm_dirty_ring_full(vcpu);
        return true;
    case KVM_EXIT_INTERNAL_ERROR:
        kvm_explain_failure(vcpu, space_of(vcpu, &(MemTxAttrs){ 0 }));
        return false;
    default:
        return false;
    }
}

bool kvm_memory_handle_exit(KVMMemoryVcpu *vcpu)
{
    bool before = __atomic_load_n(&vcpu->gate.running, __ATOMIC_RELAXED);
    bool handled;

    __atomic_store_n(&vcpu->gate.running, true, __ATOMIC_RELAXED);
    handled = kvm_exit_handle(vcpu);
    __atomic_store_n(&vcpu->gate.running, before, __ATOMIC_RELEASE);
    return handled;
}
