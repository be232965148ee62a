/* SPDX-License-Identifier: MIT
 *
 * Getting and setting the state of a vCPU: a table of the ioctls for its parts, and the model
 * specific registers.
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
    unsigned capability; /* that the ioctls need; 0: every KVM has them */
} Part;

/* clang-format off */
#define PART(NAME, field, capability)                                                             \
    { #NAME, KVM_GET_##NAME, KVM_SET_##NAME, offsetof(CpuState, field), capability }
/* clang-format on */

/* In the order in which they are set. The special registers come before the local APIC, because
 * they have its base address and mode. Pending events come last. */
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

/* The argument for one register. They are moved one at a time, because KVM stops at the first one
 * that this guest does not have. */
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

/* Lists the registers that KVM has. */
static bool list_msrs(const Vm *vm, CpuState *state, Error **errp)
{
    struct kvm_msr_list *list = malloc(sizeof(*list) + CPU_STATE_MSRS * sizeof(list->indices[0]));
    bool listed;

    if (!list) {
        error_setg(errp, "the host has no memory for the list of registers");
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

/* Reads the registers, and leaves out those that the guest does not have. */
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

/* Ignores errors: some registers can be read but not written, or not on every host. The guest does
 * without them. */
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

/* Checks the count, because the state may come from a file. */
bool cpu_state_set(const Vm *vm, int vcpu_fd, const CpuState *state, Error **errp)
{
    if (state->msr_count > CPU_STATE_MSRS) {
        error_setg(errp, "the state has %" PRIu32 " model specific registers; the limit is %d",
                   state->msr_count, CPU_STATE_MSRS);
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
