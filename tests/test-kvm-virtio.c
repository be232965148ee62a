/* SPDX-License-Identifier: MIT
 *
 * The example machines' virtio disk under KVM: a guest notifies the device without an exit, halts,
 * and is woken by an interrupt that no thread of the program delivers.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "devices/pci-disk.h"
#include "kvm/guest.h"
#include "probe.h"

enum { INPUT = 11, VECTORS = 0x28, BASE = 0x100000, ROUNDS = 20 };

/* A disk whose wires lead to KVM. */
typedef struct Board {
    Guest *g;
    PciDisk *disk;
    bool connected; /* an irqfd is connected */
} Board;

static void pin_changed(void *opaque, PciFunction *function)
{
    Board *b = opaque;
    struct kvm_irq_level level = { .irq = INPUT, .level = pci_intx_level(function) };

    g_assert_cmpint(ioctl(b->g->vm_fd, KVM_IRQ_LINE, &level), ==, 0);
}

static int route(void *opaque, PciFunction *function)
{
    (void)opaque;
    (void)function;
    return INPUT;
}

static bool add_irqfd(void *opaque, int input, EventNotifier *e, EventNotifier *resample)
{
    Board *b = opaque;
    Error *error = NULL;

    b->connected = kvm_memory_add_irqfd(b->g->km, input, e, resample, &error);
    error_free(error);
    return b->connected;
}

static void remove_irqfd(void *opaque, int input, EventNotifier *e)
{
    Board *b = opaque;

    b->connected = false;
    g_assert_true(kvm_memory_remove_irqfd(b->g->km, input, e, NULL));
}

static void board_setup(Board *b, Machine *m)
{
    const PciWires wires = { pin_changed, route, add_irqfd, remove_irqfd, b };

    *b = (Board){ .g = guest_bare_new(m) };
    g_assert_cmpint(ioctl(b->g->vm_fd, KVM_CREATE_IRQCHIP, 0), ==, 0);
    guest_attach(b->g, NULL);
    b->disk = pd_new_in(m, b->g->root, b->g->as, BASE, &wires);
    pd_place(b->disk, PD_BAR);
    pd_start_driver(b->disk);
    pd_offer(b->disk, 0, VIRTIO_BLK_T_IN, 5);
    for (unsigned i = 0; i < PD_RING_SIZE; i++) { /* the same chain, again and again */
        stw_le_phys(b->g->as, b->disk->ring.available + 4 + 2 * i, 0);
    }
    stw_le_phys(b->g->as, b->disk->ring.available + 2, 0);
}

static void board_end(Board *b)
{
    pd_end(b->disk);
    guest_free(b->g);
}

/* EBX: the available ring's index, ESI: the notify register, EDI: the interrupt status, ECX:
 * rounds. DX counts the interrupts that had a cause; it is the result. */
GUEST_CODE(driver, 16,
           "jmp 2f\n"
           /* The interrupt handler. */
           "1: movb (%edi), %al\n"
           "xor %ah, %ah\n add %ax, %dx\n"
           "mov $0x20, %al\n out %al, $0xa0\n out %al, $0x20\n"
           "iret\n"
           /* Sets its vector and the interrupt controllers: all lines but the disk's are
            * edge-triggered. */
           "2: xor %ax, %ax\n mov %ax, %ds\n"
           "call 3f\n"
           "3: pop %bp\n sub $(3b - 1b), %bp\n"
           "mov %bp, 0xac\n mov %cs, 0xae\n"
           "mov $0x11, %al\n out %al, $0x20\n out %al, $0xa0\n"
           "mov $0x20, %al\n out %al, $0x21\n"
           "mov $0x28, %al\n out %al, $0xa1\n"
           "mov $4, %al\n out %al, $0x21\n"
           "mov $2, %al\n out %al, $0xa1\n"
           "mov $1, %al\n out %al, $0x21\n out %al, $0xa1\n"
           "mov $0xfb, %al\n out %al, $0x21\n"
           "mov $0xf7, %al\n out %al, $0xa1\n"
           "push %dx\n mov $0x4d1, %dx\n mov $8, %al\n out %al, %dx\n pop %dx\n"
           /* Makes a request and waits until as many interrupts have come. */
           "xor %bp, %bp\n"
           "4: incw (%ebx)\n"
           "inc %bp\n"
           "xor %ax, %ax\n"
           "movw %ax, (%esi)\n"
           "5: cli\n cmp %bp, %dx\n je 6f\n"
           "sti\n hlt\n jmp 5b\n"
           "6: loop 4b\n"
           "mov %dx, %ax\n out %ax, $0xf4\n"
           "7: hlt\n jmp 7b");

static void drive(Board *b, Vcpu *v)
{
    v->regs.rbx = b->disk->ring.available + 2;
    v->regs.rsi = b->disk->bar + PD_AT(NOTIFY);
    v->regs.rdi = b->disk->bar + PD_AT(ISR);
    v->regs.rcx = ROUNDS;
    v->regs.rdx = 0;
    g_assert_cmpuint(vcpu_call(v, &driver), ==, ROUNDS);
}

/* There is one exit for each interrupt: to read its cause. */
static void without_exits(Machine *m, gconstpointer data)
{
    Board board, *b = &board;

    (void)data;
    board_setup(b, m);
    g_assert_true(b->connected);
    Vcpu *v = vcpu_new(b->g);
    drive(b, v);
    g_assert_cmpuint(lduw_le_phys(b->g->as, b->disk->ring.used + 2), ==, ROUNDS);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, ROUNDS);
    g_assert_cmphex(*pd_data(b->disk, 0), ==, 5);
    board_end(b);
}

/* The notify register has moved with the BAR. */
static void elsewhere(Machine *m, gconstpointer data)
{
    Board board, *b = &board;

    (void)data;
    board_setup(b, m);
    Vcpu *v = vcpu_new(b->g);
    drive(b, v);
    pd_place(b->disk, 0xd0000000);
    drive(b, v);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, ROUNDS);
    g_assert_cmpuint(b->disk->blk.requests, ==, 2 * ROUNDS);
    board_end(b);
}

/* On a host without irqfds the pin raises the interrupt. */
static void by_the_pin(Machine *m, gconstpointer data)
{
    Board board, *b = &board;

    (void)data;
    ioctl_fail(KVM_IRQFD, 1, 1000, ENOSYS);
    board_setup(b, m);
    g_assert_false(b->connected);
    drive(b, vcpu_new(b->g));
    g_assert_cmpuint(lduw_le_phys(b->g->as, b->disk->ring.used + 2), ==, ROUNDS);
    board_end(b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm-virtio/without-exits", without_exits);
    KVM_TEST("/kvm-virtio/elsewhere", elsewhere);
    KVM_TEST("/kvm-virtio/by-the-pin", by_the_pin);
    return g_test_run();
}
