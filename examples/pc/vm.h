/* SPDX-License-Identifier: MIT
 *
 * The KVM virtual machine without its memory: descriptors, interrupt controllers, timer, and what
 * the processor is to be able to do.
 */
#ifndef PC_VM_H
#define PC_VM_H

#include <linux/kvm.h>
#include <signal.h>
#include <physmem/physmem.h>

/* The vCPUs' threads leave KVM_RUN by it; vm_init() gives it a handler. */
#define VM_KICK_SIGNAL SIGUSR1

typedef struct Vm {
    int kvm_fd;
    int fd;
    size_t run_size; /* of a vCPU's kvm_run */
    struct kvm_cpuid2 *cpuid;
} Vm;

/* Opens /dev/kvm and makes a virtual machine with PIC, IOAPIC and PIT. An error says what the user
 * can do about it. */
bool vm_init(Vm *vm, Error **errp);
void vm_end(Vm *vm);

bool vm_has(const Vm *vm, unsigned capability);

/* Sets an input of the interrupt controllers. Any thread. */
void vm_set_irq(const Vm *vm, unsigned gsi, bool level);

/* ---- What its devices hold, for resetting and saving ------------------------------------ */

#define VM_CHIPS 3 /* two PICs and the IOAPIC */

typedef struct VmState {
    struct kvm_irqchip chips[VM_CHIPS];
    struct kvm_pit_state2 pit;
    struct kvm_clock_data clock;
} VmState;

/* No vCPU may run. The clock that guests share with KVM is put back only if asked for. */
bool vm_get_state(const Vm *vm, VmState *state, Error **errp);
bool vm_set_state(const Vm *vm, const VmState *state, bool with_clock, Error **errp);

#endif
