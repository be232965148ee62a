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

/* As KVM wants them, one at a time: it stops at the first that this guest does not have. */
typedef union Msr {
    struct kvm_msrs call;
    uint8_t room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
} Msr;

static Msr msr_of(const struct kvm_msr_entry *entry)
{
    Msr msr = { .call = { .nmsrs = 1 } };

    memcpy(msr.room + sizeof(msr.call), entry, sizeof(*entry));
    return msr;
}

/* Which ones KVM has. */
static bool list_msrs(const Vm *vm, CpuState *state, Error **errp)
{
    struct kvm_msr_list *list = malloc(sizeof(*list) + CPU_STATE_MSRS * sizeof(list->indices[0]));
    bool listed;

    if (!list) {
        error_setg(errp, "no memory for a list of registers");
        return false;
    }
    list->nmsrs = CPU_STATE_MSRS;
    listed = ioctl(vm->kvm_fd, KVM_GET_MSR_INDEX_LIST, list) == 0 ||
             failed("GET", "MSR_INDEX_LIST", errp);
    state->msr_count = listed ? list->nmsrs : 0;
    for (unsigned i = 0; i < state->msr_count; i++) {
        state->msrs[i] = (struct kvm_msr_entry){ .index = list->indices[i] };
    }
    free(list);
    return listed;
}

/* Those that the guest does not have are left out. */
static void get_msrs(int fd, CpuState *state)
{
    unsigned got = 0;

    for (unsigned i = 0; i < state->msr_count; i++) {
        Msr msr = msr_of(&state->msrs[i]);

        if (ioctl(fd, KVM_GET_MSRS, &msr.call) == 1) {
            memcpy(&state->msrs[got++], msr.room + sizeof(msr.call), sizeof(state->msrs[0]));
        }
    }
    state->msr_count = got;
}

/* Some can be read but not written, or not on every host; the guest is as well off without. */
static void set_msrs(int fd, const CpuState *state)
{
    for (unsigned i = 0; i < state->msr_count; i++) {
        Msr msr = msr_of(&state->msrs[i]);

        ioctl(fd, KVM_SET_MSRS, &msr.call);
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

/* The state may come out of a file. */
bool cpu_state_set(const Vm *vm, int vcpu_fd, const CpuState *state, Error **errp)
{
    if (state->msr_count > CPU_STATE_MSRS) {
        error_setg(errp, "%" PRIu32 " model specific registers are more than there can be",
                   state->msr_count);
        return false;
    }
    set_msrs(vcpu_fd, state);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (applies(vm, &parts[i]) &&
            ioctl(vcpu_fd, parts[i].set, (const char *)state + parts[i].offset) != 0) {
            return failed("SET", parts[i].name, errp);
        }
    }
    return true;
}
