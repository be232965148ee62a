/* SPDX-License-Identifier: MIT
 *
 * The whole state that a vCPU has in the kernel, as plain data. The state of a new vCPU is what a
 * reset restores. The state of a paused one is saved in a snapshot.
 */
#ifndef PC_CPU_STATE_H
#define PC_CPU_STATE_H

#include <linux/kvm.h>
#include <physmem/physmem.h>

#include "vm.h"

#define CPU_STATE_MSRS 512
#define CPU_STATE_XSAVE 4096

typedef struct CpuState {
    struct kvm_regs regs;
    struct kvm_fpu fpu;
    uint8_t xsave[CPU_STATE_XSAVE]; /* a struct kvm_xsave without the flexible array at its end */
    struct kvm_xcrs xcrs;
    struct kvm_sregs sregs;
    struct kvm_debugregs debugregs;
    struct kvm_lapic_state lapic;
    struct kvm_mp_state mp_state;
    struct kvm_vcpu_events events;
    uint32_t msr_count;
    struct kvm_msr_entry msrs[CPU_STATE_MSRS];
} CpuState;

/* Get and set the state of a vCPU that does not run and has finished its last access:
 * kvm_memory_run() has returned -EINTR. They return false and an error that names the call. */
bool cpu_state_get(const Vm *vm, int vcpu_fd, CpuState *state, Error **errp);
bool cpu_state_set(const Vm *vm, int vcpu_fd, const CpuState *state, Error **errp);

#endif
