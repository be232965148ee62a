/* SPDX-License-Identifier: MIT
 *
 * The KVM virtual machine without its memory: descriptors, interrupt controllers, timer, and the
 * features of the processor (CPUID).
 */
#ifndef PC_VM_H
#define PC_VM_H

#include <linux/kvm.h>
#include <signal.h>
#include <physmem/physmem.h>

/* The signal that makes vCPUs leave KVM_RUN. vm_init() sets its handler. */
#define VM_KICK_SIGNAL SIGUSR1

typedef struct Vm {
    int kvm_fd;
    int fd;
    size_t run_size; /* of a vCPU's kvm_run */
    struct kvm_cpuid2 *cpuid;
} Vm;

/* Opens /dev/kvm and makes a virtual machine with PIC, IOAPIC and PIT. Returns false and an error
 * that says what the user can do. */
bool vm_init(Vm *vm, Error **errp);
void vm_end(Vm *vm);

/* Whether KVM has a capability. */
bool vm_has(const Vm *vm, unsigned capability);

/* Sets an input of the interrupt controllers. Any thread. */
void vm_set_irq(const Vm *vm, unsigned gsi, bool level);

/* ---- The state of its devices, for resetting and saving --------------------------------- */

#define VM_CHIPS 3 /* two PICs and the IOAPIC */

typedef struct VmState {
    struct kvm_irqchip chips[VM_CHIPS];
    struct kvm_pit_state2 pit;
    struct kvm_clock_data clock;
} VmState;

/* Get and set the state. No vCPU may run. with_clock: also sets the clock that guests share with
 * KVM. */
bool vm_get_state(const Vm *vm, VmState *state, Error **errp);
bool vm_set_state(const Vm *vm, const VmState *state, bool with_clock, Error **errp);

#endif
