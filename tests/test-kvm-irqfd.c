/* SPDX-License-Identifier: MIT
 *
 * Interrupts that notifiers raise through KVM's own interrupt controllers. The guest runs in real
 * mode and halts until they come.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm/guest.h"
#include "probe.h"

enum { LINE = 5, COUNT_AT = 0x7000, READY_AT = 0x7004, WANTED = 3 };

/* Programs the first PIC for vectors from 0x20 on, with line 5 only. bl says which of the lines 0
 * to 7 are level-triggered (1). Counts interrupts until there are WANTED. */
#define INTERRUPT_CODE                                                                            \
    "cli\n"                                                                                       \
    "mov $0x11, %al\n out %al, $0x20\n mov $0x20, %al\n out %al, $0x21\n"                         \
    "mov $4, %al\n out %al, $0x21\n mov $1, %al\n out %al, $0x21\n"                               \
    "mov $0xdf, %al\n out %al, $0x21\n"                                                           \
    "mov $0x4d0, %dx\n mov %bl, %al\n out %al, %dx\n"                                             \
    "call 1f\n"                                                                                   \
    "1: pop %bx\n lea 2f-1b(%bx), %ax\n mov %ax, 0x94\n mov %cs, %ax\n mov %ax, 0x96\n"           \
    "movl $1, 0x7004\n"                                                                           \
    "3: sti\n hlt\n cli\n cmpl $3, 0x7000\n jne 3b\n"                                             \
    "mov 0x7000, %ax\n out %ax, $0xf4\n 4: jmp 4b\n"                                              \
    "2: push %ax\n incl 0x7000\n mov $0x20, %al\n out %al, $0x20\n pop %ax\n iret"
GUEST_CODE(count_interrupts, 16, INTERRUPT_CODE);

typedef struct Stage {
    Guest *g;
    Vcpu *v;
    EventNotifier e, resample;
} Stage;

static void stage_setup(Stage *s, Machine *m)
{
    s->g = guest_bare_new(m);
    g_assert_cmpint(ioctl_forward(s->g->vm_fd, KVM_CREATE_IRQCHIP, NULL), ==, 0);
    guest_attach(s->g, NULL);
    s->v = vcpu_new(s->g);
    event_notifier_init(&s->e, 0);
    event_notifier_init(&s->resample, 0);
}

static void stage_end(Stage *s)
{
    guest_free(s->g);
    event_notifier_cleanup(&s->e);
    event_notifier_cleanup(&s->resample);
}

static uint32_t low_word(Stage *s, hwaddr addr)
{
    return __atomic_load_n((uint32_t *)(host_of(s->g->low) + addr), __ATOMIC_SEQ_CST);
}

static void wait_for(Stage *s, hwaddr addr, uint32_t value)
{
    while (low_word(s, addr) != value) {
        g_usleep(100);
    }
}

static void start(Stage *s, unsigned levels)
{
    s->v->regs.rbx = levels;
    vcpu_start(s->v, &count_interrupts);
    wait_for(s, READY_AT, 1);
}

static void add(Stage *s, EventNotifier *resample)
{
    Error *err = NULL;

    kvm_memory_add_irqfd(s->g->km, LINE, &s->e, resample, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
}

static void edge(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    add(&s, NULL);
    start(&s, 0);
    for (uint32_t i = 1; i <= WANTED; i++) {
        event_notifier_set(&s.e);
        wait_for(&s, COUNT_AT, i);
    }
    g_assert_cmpuint(vcpu_wait(s.v), ==, WANTED);
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, LINE, &s.e, NULL));
    stage_end(&s);
}

static bool is_signalled_soon(EventNotifier *e)
{
    struct pollfd p = { .fd = event_notifier_get_fd(e), .events = POLLIN };

    return poll(&p, 1, 60000) == 1 && event_notifier_test_and_clear(e);
}

/* The line goes down when the guest ends the interrupt, and a notifier is signalled. */
static void resample(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    add(&s, &s.resample);
    start(&s, 1u << LINE);
    g_assert_false(event_notifier_test_and_clear(&s.resample));
    for (uint32_t i = 1; i <= WANTED; i++) {
        event_notifier_set(&s.e);
        g_assert_true(is_signalled_soon(&s.resample));
        wait_for(&s, COUNT_AT, i);
    }
    g_assert_cmpuint(vcpu_wait(s.v), ==, WANTED);
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, LINE, &s.e, NULL));
    stage_end(&s);
}

/* After the removal, a signal stays pending in its notifier. */
static void removed(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    add(&s, NULL);
    start(&s, 0);
    event_notifier_set(&s.e);
    wait_for(&s, COUNT_AT, 1);
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, LINE, &s.e, NULL));
    event_notifier_test_and_clear(&s.e);
    event_notifier_set(&s.e);
    g_usleep(10000);
    g_assert_cmpuint(low_word(&s, COUNT_AT), ==, 1);
    g_assert_true(event_notifier_test_and_clear(&s.e));
    add(&s, NULL);
    event_notifier_set(&s.e);
    wait_for(&s, COUNT_AT, 2);
    vcpu_stop(s.v);
    stage_end(&s);
}

static void assert_not_connected(Stage *s, uint32_t gsi, EventNotifier *e, const char *word)
{
    Error *err = NULL;

    g_assert_false(kvm_memory_remove_irqfd(s->g->km, gsi, e, &err));
    g_assert_nonnull(err);
    g_assert_nonnull(strstr(error_get_pretty(err), word));
    error_free(err);
}

/* The adapter refuses these removals, for which KVM itself reports success. */
static void never_connected(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    assert_not_connected(&s, LINE, &s.e, "interrupt 5 is not connected with this notifier");
    add(&s, NULL);
    assert_not_connected(&s, 9, &s.e,
                         "interrupt 9 is not connected with this notifier, which "
                         "raises interrupt 5");
    assert_not_connected(&s, LINE, &s.resample, "interrupt 5 is not connected with this notifier");
    start(&s, 0);
    event_notifier_set(&s.e);
    wait_for(&s, COUNT_AT, 1);
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, LINE, &s.e, NULL));
    assert_not_connected(&s, LINE, &s.e, "interrupt 5 is not connected with this notifier");
    vcpu_stop(s.v);
    stage_end(&s);
}

/* KVM connects a notifier once. An interrupt may have any number of notifiers. */
static void two_of_a_kind(Machine *m, gconstpointer data)
{
    Stage s;
    Error *err = NULL;

    (void)data;
    stage_setup(&s, m);
    add(&s, NULL);
    g_assert_false(kvm_memory_add_irqfd(s.g->km, 9, &s.e, NULL, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "that raises interrupt 5 already"));
    g_assert_nonnull(strstr(error_get_pretty(err), g_strerror(EBUSY)));
    error_free(err);
    assert_not_connected(&s, 9, &s.e, "which raises interrupt 5");
    g_assert_true(kvm_memory_add_irqfd(s.g->km, LINE, &s.resample, NULL, NULL));
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, LINE, &s.e, NULL));
    g_assert_true(kvm_memory_add_irqfd(s.g->km, 9, &s.e, NULL, NULL));
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, 9, &s.e, NULL));
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, LINE, &s.resample, NULL));
    stage_end(&s);
}

/* KVM disconnects a notifier that is closed. A later notifier may get the same descriptor. */
static void ended_notifier(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    add(&s, NULL);
    event_notifier_cleanup(&s.e);
    event_notifier_init(&s.e, 0);
    g_assert_true(kvm_memory_add_irqfd(s.g->km, 9, &s.e, NULL, NULL));
    assert_not_connected(&s, LINE, &s.e, "which raises interrupt 9");
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, 9, &s.e, NULL));
    stage_end(&s);
}

/* kvm_memory_free() disconnects the interrupts, so that the next KVMMemory can have the
 * notifiers. */
static void end_of_the_adapter(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    add(&s, NULL);
    kvm_memory_remove_vcpu(s.v->km);
    kvm_memory_free(s.g->km);
    guest_attach(s.g, NULL);
    s.v->km = kvm_memory_add_vcpu(s.g->km, s.v->fd, s.v->run, NULL);
    assert_not_connected(&s, LINE, &s.e, "interrupt 5 is not connected with this notifier");
    add(&s, NULL);
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, LINE, &s.e, NULL));
    stage_end(&s);
}

static void assert_fails(Stage *s, EventNotifier *resample, const char *word)
{
    Error *err = NULL;

    g_assert_false(kvm_memory_add_irqfd(s->g->km, LINE, &s->e, resample, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), word));
    error_free(err);
}

static void refused(Machine *m, gconstpointer data)
{
    Stage s;
    Error *err = NULL;

    (void)data;
    stage_setup(&s, m);
    add(&s, NULL);
    assert_fails(&s, NULL, g_strerror(EBUSY));
    ioctl_fail(KVM_IRQFD, 1, 1, EBADF);
    g_assert_false(kvm_memory_remove_irqfd(s.g->km, LINE, &s.e, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "interrupt 5"));
    error_free(err);
    g_assert_true(kvm_memory_remove_irqfd(s.g->km, LINE, &s.e, NULL));
    ioctl_pretend(KVM_CAP_IRQFD_RESAMPLE, 0);
    assert_fails(&s, &s.resample, "KVM_CAP_IRQFD_RESAMPLE");
    ioctl_pretend(KVM_CAP_IRQFD, 0);
    assert_fails(&s, NULL, "KVM_CAP_IRQFD");
    stage_end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm/irqfd/edge", edge);
    KVM_TEST("/kvm/irqfd/resample", resample);
    KVM_TEST("/kvm/irqfd/removed", removed);
    KVM_TEST("/kvm/irqfd/refused", refused);
    KVM_TEST("/kvm/irqfd/never-connected", never_connected);
    KVM_TEST("/kvm/irqfd/two-of-a-kind", two_of_a_kind);
    KVM_TEST("/kvm/irqfd/ended-notifier", ended_notifier);
    KVM_TEST("/kvm/irqfd/end-of-the-adapter", end_of_the_adapter);
    return g_test_run();
}
