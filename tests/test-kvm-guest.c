/* SPDX-License-Identifier: MIT
 *
 * The guests of the other KVM tests: programs begin and end as tests/kvm/guest.h says.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "kvm/guest.h"

GUEST_CODE(halt_16, 16, "mov %di, %ax; add %si, %ax; hlt");
GUEST_CODE(halt_64, 64, "mov %rdi, %rax; add %rsi, %rax; hlt");
GUEST_CODE(out_16, 16, "mov %di, %ax; out %ax, $0xf4; 1: jmp 1b");
GUEST_CODE(out_64, 64, "mov %edi, %eax; out %eax, $0xf4; 1: jmp 1b");
GUEST_CODE(for_ever, 64, "1: jmp 1b");
GUEST_CODE(store_16, 16, "movl %esi, (%edi); push %ax; pop %ax; hlt");
GUEST_CODE(store_64, 64, "mov %rsi, (%rdi); push %rax; pop %rax; hlt");

static const KVMMemoryOptions no_stopping = { .resume_vcpus = NULL };

/* Makes a guest that runs by kvm_memory_run(), or by KVM_RUN. */
static Guest *guest_of(Machine *m, gconstpointer bare)
{
    KVMMemoryOptions options = no_stopping;

    options.resume_vcpus = unstoppable;
    return guest_new(m, bare ? &options : NULL);
}

static void ends(Machine *m, gconstpointer bare)
{
    g_autoptr(Guest) g = guest_of(m, bare);
    Vcpu *v = vcpu_new(g);

    v->regs.rdi = 0x1200;
    v->regs.rsi = 0x34;
    g_assert_cmphex(vcpu_call(v, &halt_16), ==, 0x1234);
    g_assert_cmpuint(v->exits[KVM_EXIT_HLT], ==, 1);
    g_assert_cmphex(vcpu_call(v, &halt_64), ==, 0x1234);
    v->regs.rdi = 0x87654321;
    g_assert_cmphex(vcpu_call(v, &out_16), ==, 0x4321);
    g_assert_cmpuint(v->exits[KVM_EXIT_HLT], ==, 0);
    g_assert_cmpuint(v->exits[KVM_EXIT_IO], ==, 1);
    g_assert_cmphex(vcpu_call(v, &out_64), ==, 0x87654321);
}

/* A guest that never ends is stopped, by the test or with the guest's end. */
static void is_stopped(Machine *m, gconstpointer bare)
{
    g_autoptr(Guest) g = guest_of(m, bare);
    Vcpu *v = vcpu_new(g), *other = vcpu_new(g);

    vcpu_start(other, &for_ever);
    vcpu_start(v, &for_ever);
    vcpu_stop(v);
    v->regs.rdi = 5;
    g_assert_cmphex(vcpu_call(v, &out_64), ==, 5);
}

static void reaches_memory(Machine *m, gconstpointer bare)
{
    g_autoptr(Guest) g = guest_of(m, bare);
    Vcpu *v = vcpu_new(g);
    uint32_t *near = memory_region_get_ram_ptr(guest_ram(g, "near", 0x40000, 0x1000));
    uint32_t *far = memory_region_get_ram_ptr(guest_ram(g, "far", 0x12340000, 0x1000));
    uint32_t *farthest = memory_region_get_ram_ptr(guest_ram(g, "last", 0x7effff0000, 0x1000));

    guest_map(g, 512);
    v->regs.rsi = 0x11223344;
    v->regs.rdi = 0x40008;
    vcpu_call(v, &store_16);
    g_assert_cmphex(near[2], ==, 0x11223344);
    v->regs.rdi = 0x12340004;
    vcpu_call(v, &store_16);
    g_assert_cmphex(far[1], ==, 0x11223344);
    v->regs.rdi = 0x7effff0000;
    vcpu_call(v, &store_64);
    g_assert_cmphex(farthest[0], ==, 0x11223344);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 0);
}

static void failures_are_counted(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    int all = 0;

    (void)data;
    ioctl_pretend(KVM_CAP_NR_MEMSLOTS, 7);
    ioctl_fail(KVM_GET_API_VERSION, 2, 2, EINTR);
    g_assert_cmpint(ioctl(g->kvm_fd, KVM_GET_API_VERSION, NULL), ==, 12);
    for (int i = 0; i < 3; i++) {
        all += ioctl(g->kvm_fd, KVM_GET_API_VERSION, NULL);
    }
    g_assert_cmpint(all, ==, -1 - 1 + 12);
    g_assert_cmpuint(ioctl_count(KVM_GET_API_VERSION), ==, 4);
    g_assert_cmpint(ioctl(g->vm_fd, KVM_CHECK_EXTENSION, (void *)KVM_CAP_NR_MEMSLOTS), ==, 7);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kvm_test_add("/kvm-guest/ends", ends, NULL);
    kvm_test_add("/kvm-guest/ends/bare", ends, "bare");
    kvm_test_add("/kvm-guest/is-stopped", is_stopped, NULL);
    kvm_test_add("/kvm-guest/is-stopped/bare", is_stopped, "bare");
    kvm_test_add("/kvm-guest/reaches-memory", reaches_memory, NULL);
    kvm_test_add("/kvm-guest/reaches-memory/bare", reaches_memory, "bare");
    kvm_test_add("/kvm-guest/failures-are-counted", failures_are_counted, NULL);
    return g_test_run();
}
