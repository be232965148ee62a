/* SPDX-License-Identifier: MIT
 *
 * Breakpoints by KVM_SET_GUEST_DEBUG, and by writing to memory as a loader does.
 */
#include "debugger.h"

#include <errno.h>
#include <sys/ioctl.h>

#define INT3 0xcc
#define DR7_ENABLE(index) (2ull << (2 * (index))) /* execution, in all tasks */
#define DR7_FIXED 0x400

void debugger_init(Debugger *debugger, Vcpu *vcpu, AddressSpace *memory)
{
    *debugger = (Debugger){ .vcpu = vcpu, .memory = memory };
}

/* ---- What KVM is told ------------------------------------------------------------------- */

static bool any_used(const DebuggerBreakpoint *breakpoints, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (breakpoints[i].used) {
            return true;
        }
    }
    return false;
}

static void describe_hardware(const Debugger *debugger, struct kvm_guest_debug *debug)
{
    debug->control |= KVM_GUESTDBG_USE_HW_BP;
    debug->arch.debugreg[7] = DR7_FIXED;
    for (unsigned i = 0; i < DEBUGGER_HARDWARE; i++) {
        if (debugger->hardware[i].used) {
            debug->arch.debugreg[i] = debugger->hardware[i].address;
            debug->arch.debugreg[7] |= DR7_ENABLE(i);
        }
    }
}

static bool tell_kvm(const Debugger *debugger, bool step, Error **errp)
{
    struct kvm_guest_debug debug = { .control = step ? KVM_GUESTDBG_SINGLESTEP : 0 };

    if (any_used(debugger->software, DEBUGGER_SOFTWARE)) {
        debug.control |= KVM_GUESTDBG_USE_SW_BP;
    }
    if (!step && any_used(debugger->hardware, DEBUGGER_HARDWARE)) {
        describe_hardware(debugger, &debug);
    }
    if (debug.control != 0) {
        debug.control |= KVM_GUESTDBG_ENABLE;
    }
    if (ioctl(debugger->vcpu->fd, KVM_SET_GUEST_DEBUG, &debug) != 0) {
        error_setg_errno(errp, errno, "KVM_SET_GUEST_DEBUG");
        return false;
    }
    return true;
}

/* ---- Breakpoints ------------------------------------------------------------------------ */

static DebuggerBreakpoint *find_free(DebuggerBreakpoint *breakpoints, unsigned count, Error **errp)
{
    for (unsigned i = 0; i < count; i++) {
        if (!breakpoints[i].used) {
            return &breakpoints[i];
        }
    }
    error_setg(errp, "all %u breakpoints of this kind are in use", count);
    return NULL;
}

static void write_byte(const Debugger *debugger, hwaddr address, uint8_t byte)
{
    address_space_write_rom(debugger->memory, address, MEMTXATTRS_UNSPECIFIED, &byte, 1);
}

static uint8_t read_byte(const Debugger *debugger, hwaddr address)
{
    return address_space_ldub(debugger->memory, address, MEMTXATTRS_UNSPECIFIED, NULL);
}

/* Writes INT3 over the instruction. Refuses devices and holes. */
static bool plant(const Debugger *debugger, DebuggerBreakpoint *breakpoint, Error **errp)
{
    breakpoint->byte = read_byte(debugger, breakpoint->address);
    if (address_space_is_io(debugger->memory, breakpoint->address)) {
        error_setg(errp, "no memory at 0x%" PRIx64, breakpoint->address);
        return false;
    }
    write_byte(debugger, breakpoint->address, INT3);
    breakpoint->used = true;
    return true;
}

static void unplant(const Debugger *debugger, DebuggerBreakpoint *breakpoint)
{
    write_byte(debugger, breakpoint->address, breakpoint->byte);
    breakpoint->used = false;
}

bool debugger_break_software(Debugger *debugger, hwaddr address, Error **errp)
{
    DebuggerBreakpoint *breakpoint = find_free(debugger->software, DEBUGGER_SOFTWARE, errp);

    if (!breakpoint) {
        return false;
    }
    breakpoint->address = address;
    if (!plant(debugger, breakpoint, errp)) {
        return false;
    }
    if (!tell_kvm(debugger, false, errp)) {
        unplant(debugger, breakpoint);
        return false;
    }
    return true;
}

bool debugger_break_hardware(Debugger *debugger, uint64_t address, Error **errp)
{
    DebuggerBreakpoint *breakpoint = find_free(debugger->hardware, DEBUGGER_HARDWARE, errp);

    if (!breakpoint) {
        return false;
    }
    *breakpoint = (DebuggerBreakpoint){ .used = true, .address = address };
    breakpoint->used = tell_kvm(debugger, false, errp);
    return breakpoint->used;
}

static DebuggerBreakpoint *software_at(Debugger *debugger, uint64_t address)
{
    for (unsigned i = 0; i < DEBUGGER_SOFTWARE; i++) {
        if (debugger->software[i].used && debugger->software[i].address == address) {
            return &debugger->software[i];
        }
    }
    return NULL;
}

void debugger_clear(Debugger *debugger, uint64_t address)
{
    DebuggerBreakpoint *breakpoint;

    while ((breakpoint = software_at(debugger, address)) != NULL) {
        unplant(debugger, breakpoint);
    }
    for (unsigned i = 0; i < DEBUGGER_HARDWARE; i++) {
        if (debugger->hardware[i].address == address) {
            debugger->hardware[i].used = false;
        }
    }
    tell_kvm(debugger, false, NULL);
}

void debugger_end(Debugger *debugger)
{
    for (unsigned i = 0; i < DEBUGGER_SOFTWARE; i++) {
        if (debugger->software[i].used) {
            unplant(debugger, &debugger->software[i]);
        }
    }
    for (unsigned i = 0; i < DEBUGGER_HARDWARE; i++) {
        debugger->hardware[i].used = false;
    }
    tell_kvm(debugger, false, NULL);
}

/* ---- Running ---------------------------------------------------------------------------- */

uint64_t debugger_address(const Debugger *debugger)
{
    struct kvm_regs regs = { 0 };
    struct kvm_sregs sregs = { 0 };

    ioctl(debugger->vcpu->fd, KVM_GET_REGS, &regs);
    ioctl(debugger->vcpu->fd, KVM_GET_SREGS, &sregs);
    return sregs.cs.base + regs.rip;
}

/* Whether KVM's emulator has given up at a software breakpoint. It leaves a fault, which the guest
 * must not see (drop_fault()). */
static bool gave_up_at_breakpoint(Debugger *debugger)
{
    const struct kvm_run *run = debugger->vcpu->run;

    return run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
           run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION &&
           software_at(debugger, debugger_address(debugger)) != NULL;
}

static void drop_fault(const Debugger *debugger)
{
    struct kvm_vcpu_events events;

    if (ioctl(debugger->vcpu->fd, KVM_GET_VCPU_EVENTS, &events) == 0) {
        events.exception.injected = 0;
        events.exception.pending = 0;
        ioctl(debugger->vcpu->fd, KVM_SET_VCPU_EVENTS, &events);
    }
}

VcpuStop debugger_wait(Debugger *debugger, unsigned milliseconds)
{
    VcpuStop stop = vcpu_wait(debugger->vcpu, milliseconds);

    if (stop == VCPU_FAILED && gave_up_at_breakpoint(debugger)) {
        drop_fault(debugger);
        return VCPU_BREAKPOINT;
    }
    return stop;
}

static bool step(const Debugger *debugger, unsigned milliseconds, Error **errp)
{
    VcpuStop stop;

    if (!tell_kvm(debugger, true, errp)) {
        return false;
    }
    vcpu_resume(debugger->vcpu);
    stop = vcpu_wait(debugger->vcpu, milliseconds);
    vcpu_pause(debugger->vcpu);
    if (stop != VCPU_BREAKPOINT) {
        error_setg(errp, "the guest has not executed an instruction in %u ms", milliseconds);
    }
    return tell_kvm(debugger, false, errp) && stop == VCPU_BREAKPOINT;
}

/* If there is a software breakpoint at the instruction, it is removed for the step. */
bool debugger_step(Debugger *debugger, unsigned milliseconds, Error **errp)
{
    DebuggerBreakpoint *here = software_at(debugger, debugger_address(debugger));
    bool stepped;

    if (!here) {
        return step(debugger, milliseconds, errp);
    }
    write_byte(debugger, here->address, here->byte);
    stepped = step(debugger, milliseconds, errp);
    write_byte(debugger, here->address, INT3);
    return stepped;
}

static bool at_breakpoint(const Debugger *debugger)
{
    uint64_t address = debugger_address(debugger);

    for (unsigned i = 0; i < DEBUGGER_HARDWARE; i++) {
        if (debugger->hardware[i].used && debugger->hardware[i].address == address) {
            return true;
        }
    }
    return software_at((Debugger *)debugger, address) != NULL;
}

bool debugger_continue(Debugger *debugger, unsigned milliseconds, Error **errp)
{
    if (at_breakpoint(debugger) && !debugger_step(debugger, milliseconds, errp)) {
        return false;
    }
    vcpu_resume(debugger->vcpu);
    return true;
}
