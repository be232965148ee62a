/* SPDX-License-Identifier: MIT
 *
 * A table of the calls that get and set a vCPU's parts, and the model specific registers.
 */
#include "cpu-state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

typedef struct Part {
    const char *name;
    unsigned long get;
    unsigned long set;
    size_t offset;
    unsigned capability; /* 0: every KVM has it */
} Part;

#define PART(NAME, field, capability)                                                             \
    { #NAME, KVM_GET_##NAME, KVM_SET_##NAME, offsetof(CpuState, field), capability }

/* In the order in which they are set: what the local APIC means depends on its base address among
 * the special registers, and pending events come last. */
static const Part parts[] = {
    PART(FPU, fpu, 0),
    PART(XSAVE, xsave, KVM_CAP_XSAVE),
    PART(XCRS, xcrs, KVM_CAP_XCRS),
    PART(SREGS, sregs, 0),
    PART(REGS, regs, 0),
    PART(DEBUGREGS, debugregs, KVM_CAP_DEBUGREGS),
    PART(LAPIC, lapic, 0),
    PART(MP_STATE, mp_state, KVM_CAP_MP_STATE),
    PART(VCPU_EVENTS, events, KVM_CAP_VCPU_EVENTS),
};

static bool applies(const Vm *vm, const Part *part)
{
    return part->capability == 0 || vm_has(vm, part->capability);
}

static bool failed(const char *direction, const char *name, Error **errp)
{
    error_setg_errno(errp, errno, "KVM_%s_%s", direction, name);
    return false;
}

/* ---- Model specific registers ----------------------------------------------------------- */

typedef struct Msrs {
    struct kvm_msrs head;
    struct kvm_msr_entry entries[CPU_STATE_MSRS];
} Msrs;

/* Which ones KVM has. */
static bool list_msrs(const Vm *vm, CpuState *state, Error **errp)
{
    struct {
        struct kvm_msr_list head;
        uint32_t indices[CPU_STATE_MSRS];
    } list = { .head = { .nmsrs = CPU_STATE_MSRS } };

    if (ioctl(vm->kvm_fd, KVM_GET_MSR_INDEX_LIST, &list) != 0) {
        return failed("GET", "MSR_INDEX_LIST", errp);
    }
    state->msr_count = list.head.nmsrs;
    for (unsigned i = 0; i < state->msr_count; i++) {
        state->msrs[i] = (struct kvm_msr_entry){ .index = list.indices[i] };
    }
    return true;
}

/* One by one: KVM stops at the first that this guest does not have, and such are left out. */
static void get_msrs(int fd, CpuState *state)
{
    unsigned got = 0;

    for (unsigned i = 0; i < state->msr_count; i++) {
        Msrs one = { .head = { .nmsrs = 1 }, .entries = { state->msrs[i] } };

        if (ioctl(fd, KVM_GET_MSRS, &one) == 1) {
            state->msrs[got++] = one.entries[0];
        }
    }
    state->msr_count = got;
}

/* Some can be read but not written, or not on every host; the guest is as well off without. */
static void set_msrs(int fd, const CpuState *state)
{
    for (unsigned i = 0; i < state->msr_count; i++) {
        Msrs one = { .head = { .nmsrs = 1 }, .entries = { state->msrs[i] } };

        ioctl(fd, KVM_SET_MSRS, &one);
    }
}

/* ---- Everything ------------------------------------------------------------------------- */

bool cpu_state_get(const Vm *vm, int vcpu_fd, CpuState *state, Error **errp)
{
    memset(state, 0, sizeof(*state));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (applies(vm, &parts[i]) &&
            ioctl(vcpu_fd, parts[i].get, (char *)state + parts[i].offset) != 0) {
            return failed("GET", parts[i].name, errp);
        }
    }
    if (!list_msrs(vm, state, errp)) {
        return false;
    }
    get_msrs(vcpu_fd, state);
    return true;
}

bool cpu_state_set(const Vm *vm, int vcpu_fd, const CpuState *state, Error **errp)
{
    set_msrs(vcpu_fd, state);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (applies(vm, &parts[i]) &&
            ioctl(vcpu_fd, parts[i].set, (const char *)state + parts[i].offset) != 0) {
            return failed("SET", parts[i].name, errp);
        }
    }
    return true;
}
