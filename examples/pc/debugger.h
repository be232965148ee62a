/* SPDX-License-Identifier: MIT
 *
 * Breakpoints and single steps for the guest: what a debugger needs of a monitor. All calls are made
 * while the vCPU is paused, by a thread without the context's lock. A vCPU that meets a breakpoint
 * stops before the instruction, which debugger_wait() tells as VCPU_BREAKPOINT.
 *
 * A breakpoint in software is a byte that is written over the instruction, in ROM, too. One in
 * hardware is a register of the processor: nothing is written, and there are four. An INT3
 * instruction of the guest's own stops it like the first while there is one.
 *
 * Where KVM has to emulate the guest's instructions, its emulator does not stop at INT3. In
 * protected mode it gives up there, which is as good; in real mode it does what the guest has set
 * up for INT3, and only breakpoints in hardware work.
 */
#ifndef PC_DEBUGGER_H
#define PC_DEBUGGER_H

#include "vcpu.h"

#define DEBUGGER_SOFTWARE 16
#define DEBUGGER_HARDWARE 4

typedef struct DebuggerBreakpoint {
    bool used;
    uint64_t address;
    uint8_t byte; /* software: what is under it */
} DebuggerBreakpoint;

typedef struct Debugger {
    Vcpu *vcpu;
    AddressSpace *memory;
    DebuggerBreakpoint software[DEBUGGER_SOFTWARE];
    DebuggerBreakpoint hardware[DEBUGGER_HARDWARE];
} Debugger;

void debugger_init(Debugger *debugger, Vcpu *vcpu, AddressSpace *memory);

/* Takes all breakpoints away. */
void debugger_end(Debugger *debugger);

/* Sets a breakpoint, in software at a physical address of memory, in hardware at a linear one.
 * False and an error if there is none left, no memory there, or KVM refuses. */
bool debugger_break_software(Debugger *debugger, hwaddr address, Error **errp);
bool debugger_break_hardware(Debugger *debugger, uint64_t address, Error **errp);

/* Takes both kinds at this address away. */
void debugger_clear(Debugger *debugger, uint64_t address);

/* The linear address of the instruction that comes next. */
uint64_t debugger_address(const Debugger *debugger);

/* As vcpu_wait(), with a breakpoint that KVM's emulator could not do told as one. */
VcpuStop debugger_wait(Debugger *debugger, unsigned milliseconds);

/* Lets the guest do one instruction, waiting for so long at most. */
bool debugger_step(Debugger *debugger, unsigned milliseconds, Error **errp);

/* Lets it run; from a breakpoint, it first does the instruction that is under it. */
bool debugger_continue(Debugger *debugger, unsigned milliseconds, Error **errp);

#endif
