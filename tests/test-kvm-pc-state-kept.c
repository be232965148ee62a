/* SPDX-License-Identifier: MIT
 *
 * A PC of examples/pc that is saved and loaded again is the same as before: everything that KVM
 * holds of it, and what its devices hold, except the disk.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../examples/pc/snapshot.h"
#include "kvm/hlt-pc.h"

/* Saves the PC and returns the one into which it was loaded. */
static Pc *save_and_load(const HltFiles *files, Pc *pc)
{
    g_assert_true(snapshot_save(pc, files->state, &error_abort));
    pc_free(pc);
    pc = hlt_pc_new(files);
    g_assert_true(snapshot_load(pc, files->state, &error_abort));
    return pc;
}

/* ---- What KVM holds --------------------------------------------------------------------- */

/* The state as KVM itself returns it, including what examples/pc does not know of. */
typedef struct Kernel {
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    struct kvm_fpu fpu;
    struct kvm_debugregs debugregs;
    struct kvm_lapic_state lapic;
    struct kvm_mp_state mp_state;
    struct kvm_vcpu_events events;
    struct kvm_irqchip chips[VM_CHIPS];
    struct kvm_pit_state2 pit;
} Kernel;

/* clang-format off */
#define PART(NAME, field, fd) { #NAME, KVM_GET_##NAME, KVM_SET_##NAME, fd,                       \
                                offsetof(Kernel, field), sizeof(((Kernel *)0)->field) }
/* clang-format on */

enum { VCPU, VM };

/* The local APIC's base and mode are among the special registers. */
static const struct {
    const char *name;
    unsigned long get;
    unsigned long set;
    int fd;
    size_t offset;
    size_t size;
} kernel_parts[] = {
    PART(REGS, regs, VCPU),           PART(SREGS, sregs, VCPU),    PART(FPU, fpu, VCPU),
    PART(DEBUGREGS, debugregs, VCPU), PART(LAPIC, lapic, VCPU),    PART(MP_STATE, mp_state, VCPU),
    PART(VCPU_EVENTS, events, VCPU),  PART(IRQCHIP, chips[0], VM), PART(IRQCHIP, chips[1], VM),
    PART(IRQCHIP, chips[2], VM),      PART(PIT2, pit, VM),
};

static void call(const Pc *pc, unsigned i, unsigned long request, Kernel *kernel)
{
    int fd = kernel_parts[i].fd == VCPU ? pc->vcpu.fd : pc->vm.fd;

    if (ioctl(fd, request, (char *)kernel + kernel_parts[i].offset) != 0) {
        g_error("%s: %s", kernel_parts[i].name, g_strerror(errno));
    }
}

static uint32_t *lapic_register(Kernel *kernel, unsigned offset)
{
    return (uint32_t *)(void *)(kernel->lapic.regs + offset);
}

enum {
    LAPIC_TASK_PRIORITY = 0x80,
    LAPIC_SPURIOUS = 0xf0,
    LAPIC_TIMER = 0x320,
    LAPIC_ERROR = 0x370,
    LAPIC_COUNT = 0x390,
    LAPIC_DIVIDE = 0x3e0
};

/* Gets the state without what changes with time. */
static void get_kernel(const Pc *pc, Kernel *kernel)
{
    memset(kernel, 0, sizeof(*kernel));
    for (unsigned i = 0; i < VM_CHIPS; i++) {
        kernel->chips[i].chip_id = i;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(kernel_parts); i++) {
        call(pc, i, kernel_parts[i].get, kernel);
    }
    *lapic_register(kernel, LAPIC_COUNT) = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(kernel->pit.channels); i++) {
        kernel->pit.channels[i].count_load_time = 0;
    }
}

/* Sets values that no processor or chip has at power-on, and that this firmware never sets. */
static void make_distinctive(Kernel *kernel)
{
    kernel->regs.rbx = 0x11223344;
    kernel->sregs.idt = (struct kvm_dtable){ .base = 0x5000, .limit = 0x1ff };
    kernel->fpu.fcw = 0x027f;
    kernel->debugregs.db[0] = 0x1234;
    *lapic_register(kernel, LAPIC_TASK_PRIORITY) = 0x30;
    kernel->sregs.cr8 = 3;
    *lapic_register(kernel, LAPIC_SPURIOUS) = 0x1ef;
    *lapic_register(kernel, LAPIC_TIMER) = 0x10031;
    *lapic_register(kernel, LAPIC_ERROR) = 0x10045;
    *lapic_register(kernel, LAPIC_DIVIDE) = 0xb;
    kernel->mp_state.mp_state = KVM_MP_STATE_HALTED;
    kernel->events.nmi.masked = 1;
    kernel->chips[0].chip.pic.imr = 0xb8;
    kernel->chips[0].chip.pic.irq_base = 0x30;
    kernel->chips[1].chip.pic.imr = 0x7d;
    kernel->chips[1].chip.pic.irq_base = 0x38;
    kernel->chips[2].chip.ioapic.redirtbl[5].bits = 0x10051;
    kernel->pit.channels[2].count = 0x1234;
    kernel->pit.channels[2].mode = 2;
}

/* Model specific registers for system calls, which every 64-bit processor has. */
static const struct {
    uint32_t index;
    uint64_t value;
} system_call_msrs[] = {
    { 0x174, 0x18 },                    /* SYSENTER_CS */
    { 0x175, 0x7654321 },               /* SYSENTER_ESP */
    { 0x176, 0x1234567 },               /* SYSENTER_EIP */
    { 0xc0000081, 0x0023001000000000 }, /* STAR */
    { 0xc0000082, 0xffffffff81234560 }, /* LSTAR */
};

/* Returns KVM's count of registers that were read or written. */
static int msr(const Pc *pc, unsigned long request, uint32_t index, uint64_t *value)
{
    union {
        struct kvm_msrs call;
        uint64_t room[3];
    } u = { .room = { 1, index, *value } };
    int done = ioctl(pc->vcpu.fd, request, &u.call);

    *value = u.room[2];
    return done;
}

#define LATE 1000000000000000 /* in ns; no test's PC gets that old */

static void set_kernel(const Pc *pc, Kernel *kernel)
{
    struct kvm_clock_data clock = { .clock = LATE };

    for (unsigned i = 0; i < G_N_ELEMENTS(kernel_parts); i++) {
        call(pc, i, kernel_parts[i].set, kernel);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(system_call_msrs); i++) {
        uint64_t value = system_call_msrs[i].value;
        g_assert_cmpint(msr(pc, KVM_SET_MSRS, system_call_msrs[i].index, &value), ==, 1);
    }
    g_assert_cmpint(ioctl(pc->vm.fd, KVM_SET_CLOCK, &clock), ==, 0);
}

static void compare(const Kernel *kernel, const Kernel *expected)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(kernel_parts); i++) {
        size_t at = kernel_parts[i].offset;

        if (memcmp((char *)kernel + at, (char *)expected + at, kernel_parts[i].size) != 0) {
            g_error("KVM_GET_%s gives another state than expected", kernel_parts[i].name);
        }
    }
}

static void check_kernel(const Pc *pc, const Kernel *expected)
{
    struct kvm_clock_data clock;
    Kernel kernel;

    get_kernel(pc, &kernel);
    compare(&kernel, expected);
    for (unsigned i = 0; i < G_N_ELEMENTS(system_call_msrs); i++) {
        uint64_t value = 0;
        g_assert_cmpint(msr(pc, KVM_GET_MSRS, system_call_msrs[i].index, &value), ==, 1);
        g_assert_cmphex(value, ==, system_call_msrs[i].value);
    }
    g_assert_cmpint(ioctl(pc->vm.fd, KVM_GET_CLOCK, &clock), ==, 0);
    g_assert_cmpuint(clock.clock, >=, LATE);
}

/* The processor has run, or is about to. */
static void kernel_is_kept(HltFiles *files)
{
    Pc *pc = hlt_pc_new(files);
    Kernel kernel, distinctive;

    g_assert_true(pc_resume(pc, &error_abort));
    pc_pause(pc);
    get_kernel(pc, &kernel);
    make_distinctive(&kernel);
    set_kernel(pc, &kernel);
    get_kernel(pc, &kernel);
    distinctive = kernel;
    make_distinctive(&distinctive);
    compare(&kernel, &distinctive);
    pc = save_and_load(files, pc);
    check_kernel(pc, &kernel);
    pc_free(pc);
}

/* ---- What devices hold ------------------------------------------------------------------ */

#define POWER_BASE 0x600
#define TICKS ((uint64_t)1 << 40)

typedef struct PortAccess {
    hwaddr port;
    uint32_t value;
    unsigned size;
} PortAccess;

/* Afterwards three answers of the keyboard wait to be read, a parameter for the controller is
 * expected, and the low half of an address for fw_cfg (big endian) is expected. */
static const PortAccess stores[] = {
    { PORT_KEYBOARD_COMMAND, 0x60, 1 },
    { PORT_KEYBOARD_DATA, 0x45, 1 },
    { PORT_KEYBOARD_COMMAND, 0xd1, 1 },
    { PORT_KEYBOARD_DATA, 0x13, 1 },
    { PORT_KEYBOARD_DATA, 0xf2, 1 },
    { PORT_KEYBOARD_COMMAND, 0xd4, 1 },
    { POWER_BASE + 2, 0x0321, 2 },
    { POWER_BASE + 4, 0x0401, 2 },
    { PORT_SYSTEM_CONTROL, 0x0e, 1 },
    { PORT_RESET_CONTROL, 2, 1 },
    { PORT_SERIAL + 3, 0x03, 1 },
    { PORT_SERIAL + 7, 0x77, 1 },
    { PORT_CMOS, 0x5e, 1 },
    { PORT_CMOS + 1, 0x99, 1 },
    { PORT_POST_CODE, 0x5a, 1 },
    { PORT_CONFIG_ADDRESS, 0x80000904, 4 },
    { PORT_FW_CFG, FW_CFG_ID, 2 },
    { PORT_FW_CFG_DMA, 0x01000000, 4 },
};
static const PortAccess first_of_item[] = { { PORT_FW_CFG + 1, 3, 1 } };

/* A byte for the mouse gets no answer; what the controller is asked after that gets one. */
static const PortAccess before_asking[] = {
    { PORT_KEYBOARD_DATA, 0xfa, 1 },  { PORT_KEYBOARD_DATA, 0xab, 1 },
    { PORT_KEYBOARD_DATA, 0x83, 1 },  { PORT_KEYBOARD_COMMAND, 0x14, 1 },
    { POWER_BASE + 2, 0x0321, 2 },    { POWER_BASE + 4, 0x0401, 2 },
    { PORT_SYSTEM_CONTROL, 0x0e, 1 }, { PORT_RESET_CONTROL, 2, 1 },
    { PORT_SERIAL + 3, 0x03, 1 },     { PORT_SERIAL + 7, 0x77, 1 },
    { PORT_CMOS + 1, 0x99, 1 },       { PORT_POST_CODE, 0x5a, 1 },
    { PORT_FW_CFG + 1, 0, 1 },        { PORT_CONFIG_ADDRESS, 0x80000904, 4 },
};
static const PortAccess asking[] = { { PORT_KEYBOARD_DATA, 0xf2, 1 },
                                     { PORT_KEYBOARD_COMMAND, 0x20, 1 },
                                     { PORT_KEYBOARD_COMMAND, 0xd0, 1 } };
static const PortAccess answers[] = { { PORT_KEYBOARD_DATA, 0x45, 1 },
                                      { PORT_KEYBOARD_DATA, 0x13, 1 } };

static void out_all(Pc *pc, const PortAccess *accesses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hlt_port_out(pc, accesses[i].port, accesses[i].value, accesses[i].size);
    }
}

static void expect_all(Pc *pc, const PortAccess *accesses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t value = 0;

        address_space_read(pc->io, accesses[i].port, MEMTXATTRS_UNSPECIFIED, &value,
                           accesses[i].size);
        if (GUINT32_FROM_LE(value) != accesses[i].value) {
            g_error("port 0x%x: 0x%x, not 0x%x", (unsigned)accesses[i].port,
                    GUINT32_FROM_LE(value), accesses[i].value);
        }
    }
}

static void devices_are_kept(HltFiles *files)
{
    Pc *pc = hlt_pc_new(files);
    PowerState power;

    hlt_config_out(pc, DEVFN_POWER, 0x40, POWER_BASE | 1, 2);
    hlt_config_out(pc, DEVFN_POWER, 0x80, 1, 1);
    power_load(&pc->power, &(PowerState){ .timer = TICKS });
    out_all(pc, stores, G_N_ELEMENTS(stores));
    expect_all(pc, first_of_item, G_N_ELEMENTS(first_of_item));
    pc = save_and_load(files, pc);
    expect_all(pc, before_asking, G_N_ELEMENTS(before_asking));
    out_all(pc, asking, G_N_ELEMENTS(asking));
    expect_all(pc, answers, G_N_ELEMENTS(answers));
    g_assert_cmphex(pc->fw_cfg.dma_high, ==, 1);
    power_save(&pc->power, &power);
    g_assert_cmpuint(power.timer, >=, TICKS);
    pc_free(pc);
}

/* ---- All -------------------------------------------------------------------------------- */

typedef void Test(HltFiles *files);

static void run(HltFiles *files, gconstpointer data)
{
    if (hlt_pc_is_possible()) {
        ((Test *)(uintptr_t)data)(files);
    }
}

static void add(const char *path, Test *test)
{
    g_test_add(path, HltFiles, (gconstpointer)(uintptr_t)test, hlt_files_make, run,
               hlt_files_remove);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/kvm-pc-state-kept/kernel", kernel_is_kept);
    add("/kvm-pc-state-kept/devices", devices_are_kept);
    return g_test_run();
}
