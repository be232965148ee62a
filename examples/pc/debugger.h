/* SPDX-License-Identifier: MIT
 *
 * Breakpoints and single steps for the guest: what a debugger needs from a monitor. Call these
 * functions while the vCPU is paused, without the context's lock. A vCPU that reaches a breakpoint
 * stops before the instruction, and debugger_wait() returns VCPU_BREAKPOINT.
 *
 * A software breakpoint is a byte, INT3, that is written over the instruction; it works in ROM,
 * too. A hardware breakpoint is a register of the processor. It writes nothing, and there are
 * four. While there are software breakpoints, an INT3 of the guest's own stops the vCPU, too.
 *
 * If KVM has to emulate the guest's instructions, its emulator does not stop at INT3. In protected
 * mode it gives up there, and debugger_wait() takes that for a breakpoint. In real mode it runs
 * the guest's own handler for INT3, so only hardware breakpoints work.
 */
#ifndef PC_DEBUGGER_H
#define PC_DEBUGGER_H

#include "vcpu.h"

#define DEBUGGER_SOFTWARE 16
#define DEBUGGER_HARDWARE 4

typedef struct DebuggerBreakpoint {
    bool used;
    uint64_t address;
    uint8_t byte; /* of a software breakpoint: the guest's byte that it has replaced */
} DebuggerBreakpoint;

typedef struct Debugger {
    Vcpu *vcpu;
    AddressSpace *memory;
    DebuggerBreakpoint software[DEBUGGER_SOFTWARE];
    DebuggerBreakpoint hardware[DEBUGGER_HARDWARE];
} Debugger;

void debugger_init(Debugger *debugger, Vcpu *vcpu, AddressSpace *memory);

/* Removes all breakpoints. */
void debugger_end(Debugger *debugger);

/* Set a breakpoint: a software one at a physical address, a hardware one at a linear address. They
 * return false and an error if none is left, if there is no memory at the address, or if KVM
 * refuses. */
bool debugger_break_software(Debugger *debugger, hwaddr address, Error **errp);
bool debugger_break_hardware(Debugger *debugger, uint64_t address, Error **errp);

/* Removes the breakpoints of both kinds at this address. */
void debugger_clear(Debugger *debugger, uint64_t address);

/* The linear address of the next instruction. */
uint64_t debugger_address(const Debugger *debugger);

/* The same as vcpu_wait(), but if KVM's emulator gave up at a software breakpoint, that is
 * VCPU_BREAKPOINT, too. */
VcpuStop debugger_wait(Debugger *debugger, unsigned milliseconds);

/* Lets the guest execute one instruction. Returns false and an error if it has not done so in this
 * time. */
bool debugger_step(Debugger *debugger, unsigned milliseconds, Error **errp);

/* Lets the guest run. If it is at a breakpoint, it first executes the instruction there. */
bool debugger_continue(Debugger *debugger, unsigned milliseconds, Error **errp);

#endif
