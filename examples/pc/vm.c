/* SPDX-License-Identifier: MIT
 *
 * Making the virtual machine, and its devices in the kernel (vm.h).
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "map.h"

#define KVM_DEVICE "/dev/kvm"
#define CPUID_ENTRIES 256

/* ---- Opening ---------------------------------------------------------------------------- */

static const char *advice(int error)
{
    switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return ": this host has no KVM, or its module is not loaded";
    case EACCES:
    case EPERM:
        return ": add yourself to the group kvm";
    default:
        return "";
    }
}

static bool open_kvm(Vm *vm, Error **errp)
{
    vm->kvm_fd = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);
    if (vm->kvm_fd < 0) {
        error_setg_errno(errp, errno, KVM_DEVICE " cannot be opened%s", advice(errno));
        return false;
    }
    if (ioctl(vm->kvm_fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
        error_setg(errp, KVM_DEVICE " is not KVM, or has another version than %d",
                   KVM_API_VERSION);
        return false;
    }
    return true;
}

bool vm_has(const Vm *vm, unsigned capability)
{
    return ioctl(vm->fd, KVM_CHECK_EXTENSION, capability) > 0;
}

/* ---- Making ----------------------------------------------------------------------------- */

static bool failed(const char *call, Error **errp)
{
    error_setg_errno(errp, errno, "%s", call);
    return false;
}

static bool make_machine(Vm *vm, Error **errp)
{
    uint64_t identity_map = MAP_KVM_TABLES;
    struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
    int run_size = ioctl(vm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);

    vm->run_size = run_size > 0 ? (size_t)run_size : 0;
    vm->fd = ioctl(vm->kvm_fd, KVM_CREATE_VM, 0);
    if (vm->fd < 0) {
        return failed("KVM_CREATE_VM", errp);
    }
    if (ioctl(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity_map) != 0) {
        return failed("KVM_SET_IDENTITY_MAP_ADDR", errp);
    }
    if (ioctl(vm->fd, KVM_SET_TSS_ADDR, MAP_KVM_TABLES + 0x1000) != 0) {
        return failed("KVM_SET_TSS_ADDR", errp);
    }
    if (ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0) != 0) {
        return failed("KVM_CREATE_IRQCHIP", errp);
    }
    return ioctl(vm->fd, KVM_CREATE_PIT2, &pit) == 0 || failed("KVM_CREATE_PIT2", errp);
}

/* Gets all features that the host's KVM can give a guest. */
static bool ask_cpuid(Vm *vm, Error **errp)
{
    vm->cpuid = calloc(1, sizeof(*vm->cpuid) + CPUID_ENTRIES * sizeof(vm->cpuid->entries[0]));
    if (!vm->cpuid) {
        error_setg(errp, "the host has no memory for CPUID");
        return false;
    }
    vm->cpuid->nent = CPUID_ENTRIES;
    return ioctl(vm->kvm_fd, KVM_GET_SUPPORTED_CPUID, vm->cpuid) == 0 ||
           failed("KVM_GET_SUPPORTED_CPUID", errp);
}

static void kicked(int signal)
{
    (void)signal;
}

/* Sets a handler without SA_RESTART, so that the signal makes KVM_RUN return. */
static void handle_kicks(void)
{
    struct sigaction action = { .sa_handler = kicked };

    sigaction(VM_KICK_SIGNAL, &action, NULL);
}

bool vm_init(Vm *vm, Error **errp)
{
    *vm = (Vm){ .kvm_fd = -1, .fd = -1 };
    handle_kicks();
    if (open_kvm(vm, errp) && make_machine(vm, errp) && ask_cpuid(vm, errp)) {
        return true;
    }
    vm_end(vm);
    return false;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void vm_end(Vm *vm)
{
    free(vm->cpuid);
    close_if_open(vm->fd);
    close_if_open(vm->kvm_fd);
    *vm = (Vm){ .kvm_fd = -1, .fd = -1 };
}

/* ---- In operation ----------------------------------------------------------------------- */

void vm_set_irq(const Vm *vm, unsigned gsi, bool level)
{
    struct kvm_irq_level line = { .irq = gsi, .level = level };

    ioctl(vm->fd, KVM_IRQ_LINE, &line);
}

bool vm_get_state(const Vm *vm, VmState *state, Error **errp)
{
    for (unsigned i = 0; i < VM_CHIPS; i++) {
        state->chips[i] = (struct kvm_irqchip){ .chip_id = i };
        if (ioctl(vm->fd, KVM_GET_IRQCHIP, &state->chips[i]) != 0) {
            return failed("KVM_GET_IRQCHIP", errp);
        }
    }
    if (ioctl(vm->fd, KVM_GET_PIT2, &state->pit) != 0) {
        return failed("KVM_GET_PIT2", errp);
    }
    return ioctl(vm->fd, KVM_GET_CLOCK, &state->clock) == 0 || failed("KVM_GET_CLOCK", errp);
}

bool vm_set_state(const Vm *vm, const VmState *state, bool with_clock, Error **errp)
{
    struct kvm_clock_data clock = { .clock = state->clock.clock };

    for (unsigned i = 0; i < VM_CHIPS; i++) {
        if (ioctl(vm->fd, KVM_SET_IRQCHIP, &state->chips[i]) != 0) {
            return failed("KVM_SET_IRQCHIP", errp);
        }
    }
    if (ioctl(vm->fd, KVM_SET_PIT2, &state->pit) != 0) {
        return failed("KVM_SET_PIT2", errp);
    }
    return !with_clock || ioctl(vm->fd, KVM_SET_CLOCK, &clock) == 0 ||
           failed("KVM_SET_CLOCK", errp);
}
