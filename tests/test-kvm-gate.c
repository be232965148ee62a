/* SPDX-License-Identifier: MIT
 *
 * Stopping vCPUs: kicks, pauses, and the stops for changes of slots. Guests count in RAM; a guest
 * that is stopped does not.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "kvm/guest.h"
#include "probe.h"

enum { PAGE = 0x1000, DEVICE_AT = 0x20000, COUNTERS_AT = 0x8000, RAM_AT = 0x40000 };
enum { A_WHILE = 10000 }; /* microseconds in which a running guest would count */

GUEST_CODE(count_for_ever, 64, "1: incl (%rsi)\n jmp 1b");
GUEST_CODE(write_for_ever, 64, "1: mov %rax, (%rdi)\n jmp 1b");
GUEST_CODE(halt_and_count, 64, "hlt\n 1: incl (%rsi)\n jmp 1b");
GUEST_CODE(halts, 64, "hlt\n mov $5, %rax\n hlt\n mov $6, %rax\n hlt");
GUEST_CODE(write_and_count, 64, "mov %rax, (%rdi)\n 1: incl (%rsi)\n jmp 1b");
GUEST_CODE(write_and_halt, 64, "mov %rax, (%rdi)\n hlt");
GUEST_CODE(halt_and_read, 64, "hlt\n mov (%rdi), %rax\n hlt");

static uint32_t *counter(Vcpu *v)
{
    return (uint32_t *)(host_of(v->g->low) + COUNTERS_AT + 64 * v->id);
}

static Vcpu *counting_vcpu(Guest *g)
{
    Vcpu *v = vcpu_new(g);

    v->regs.rsi = COUNTERS_AT + 64 * v->id;
    return v;
}

static uint32_t count_of(Vcpu *v)
{
    return __atomic_load_n(counter(v), __ATOMIC_SEQ_CST);
}

static void wait_until_it_counts(Vcpu *v)
{
    uint32_t count = count_of(v);

    while (count_of(v) == count) {
        g_usleep(100);
    }
}

static bool is_in_guest(const Vcpu *v)
{
    return __atomic_load_n(&v->in_guest, __ATOMIC_SEQ_CST);
}

static void assert_stands_still(Vcpu *v)
{
    uint32_t count = count_of(v);

    g_assert_false(is_in_guest(v));
    g_usleep(A_WHILE);
    g_assert_cmpuint(count_of(v), ==, count);
}

static Probe *device_at(Guest *g, hwaddr addr)
{
    Probe *p = probe_new_plain(g->m, "d", PAGE);

    memory_region_add_subregion(g->root, addr, &p->mr);
    return p;
}

/* ---- Pauses ----------------------------------------------------------------------------- */

static void pause_resume(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *a = counting_vcpu(g), *b = counting_vcpu(g);

    (void)data;
    vcpu_start(a, &count_for_ever);
    vcpu_start(b, &count_for_ever);
    for (unsigned i = 0; i < 5; i++) {
        wait_until_it_counts(a);
        wait_until_it_counts(b);
        kvm_memory_pause(g->km);
        assert_stands_still(a);
        assert_stands_still(b);
        kvm_memory_resume(g->km);
    }
    wait_until_it_counts(a);
    wait_until_it_counts(b);
}

static void nested(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = counting_vcpu(g);

    (void)data;
    vcpu_start(v, &count_for_ever);
    wait_until_it_counts(v);
    kvm_memory_pause(g->km);
    kvm_memory_pause(g->km);
    kvm_memory_resume(g->km);
    assert_stands_still(v);
    kvm_memory_resume(g->km);
    wait_until_it_counts(v);
}

/* A program that begins while the gate is closed, on a new vCPU, does not enter the guest. */
static void late_comer(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v;

    (void)data;
    kvm_memory_pause(g->km);
    v = counting_vcpu(g);
    vcpu_start(v, &count_for_ever);
    assert_stands_still(v);
    g_assert_cmpuint(count_of(v), ==, 0);
    kvm_memory_resume(g->km);
    wait_until_it_counts(v);
}

static void *run_vcpu(void *vcpu)
{
    kvm_memory_run(vcpu);
    return NULL;
}

/* A thread that waits at the gate may be cancelled. Others go on, also with that vCPU. */
static void cancelled(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = counting_vcpu(g);
    pthread_t thread;
    void *result;

    (void)data;
    kvm_memory_pause(g->km);
    g_assert_cmpint(pthread_create(&thread, NULL, run_vcpu, v->km), ==, 0);
    g_usleep(1000); /* it probably waits by then; the result does not depend on it */
    g_assert_cmpint(pthread_cancel(thread), ==, 0);
    g_assert_cmpint(pthread_join(thread, &result), ==, 0);
    g_assert_true(result == PTHREAD_CANCELED);
    kvm_memory_resume(g->km);
    vcpu_start(v, &count_for_ever);
    wait_until_it_counts(v);
}

enum { PAUSES = 30 };

static gpointer pause_often(gpointer opaque)
{
    Guest *g = opaque;

    for (unsigned i = 0; i < PAUSES; i++) {
        kvm_memory_pause(g->km);
        for (unsigned k = 0; k < g->count; k++) {
            uint32_t count = count_of(g->vcpus[k]);
            g_assert_false(is_in_guest(g->vcpus[k]));
            g_usleep(100);
            g_assert_cmpuint(count_of(g->vcpus[k]), ==, count);
        }
        kvm_memory_resume(g->km);
    }
    return NULL;
}

static void two_threads(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *a = counting_vcpu(g), *b = counting_vcpu(g);
    GThread *other;

    (void)data;
    vcpu_start(a, &count_for_ever);
    vcpu_start(b, &count_for_ever);
    other = g_thread_new("pauser", pause_often, g);
    pause_often(g);
    g_thread_join(other);
    wait_until_it_counts(a);
    wait_until_it_counts(b);
}

/* vCPUs that are at the gate as often as in the guest, with kicks besides. */
static void between_exits(Machine *m, gconstpointer data)
{
    enum { TIMES = 2000 };
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *a = vcpu_new(g), *b = vcpu_new(g);
    MemoryRegion *device = io_new(m, "device", PAGE);

    (void)data;
    memory_region_enable_lockless_io(device);
    memory_region_add_subregion(g->root, DEVICE_AT, device);
    a->regs.rdi = b->regs.rdi = DEVICE_AT;
    vcpu_start(a, &write_for_ever);
    vcpu_start(b, &write_for_ever);
    for (unsigned i = 0; i < TIMES; i++) {
        kvm_memory_pause(g->km);
        g_assert_false(is_in_guest(a));
        g_assert_false(is_in_guest(b));
        kvm_memory_resume(g->km);
        kvm_memory_kick(i & 1 ? a->km : b->km);
        g_usleep(i % 16);
    }
    vcpu_stop(a);
    vcpu_stop(b);
    g_assert_cmpuint(a->exits[KVM_EXIT_MMIO] + b->exits[KVM_EXIT_MMIO], >, 0);
}

/* A device pauses the vCPUs on a vCPU's own thread. That vCPU is not in the guest. */
static void pause_for_others(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Guest *g = p->opaque;

    (void)addr, (void)size, (void)is_write;
    kvm_memory_pause(g->km);
    assert_stands_still(g->vcpus[0]);
    kvm_memory_resume(g->km);
    wait_until_it_counts(g->vcpus[0]);
    kvm_memory_pause(g->km);
    __atomic_store_n(&p->hook_value, 1, __ATOMIC_SEQ_CST);
}

static void by_a_device(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *a = counting_vcpu(g), *b = counting_vcpu(g);
    Probe *d = device_at(g, DEVICE_AT);

    (void)data;
    d->hook = pause_for_others;
    d->opaque = g;
    b->regs.rdi = DEVICE_AT;
    vcpu_start(a, &count_for_ever);
    wait_until_it_counts(a);
    vcpu_start(b, &write_and_count);
    while (!__atomic_load_n(&d->hook_value, __ATOMIC_SEQ_CST)) {
        g_usleep(100);
    }
    assert_stands_still(a);
    assert_stands_still(b);
    g_assert_cmpuint(count_of(b), ==, 0);
    kvm_memory_resume(g->km);
    wait_until_it_counts(b);
    vcpu_stop(b);
    assert_trace(m, "d:w0/8=0");
}

/* The thread that ran a vCPU has ended. No signal may be sent to it. */
static void ended_thread(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        vcpu_call(v, &halts);
        kvm_memory_pause(g->km);
        kvm_memory_resume(g->km);
        kvm_memory_kick(v->km);
        g_assert_cmpint(kvm_memory_run(v->km), ==, -EINTR);
    }
}

/* ---- Kicks ------------------------------------------------------------------------------ */

static uint64_t get_rax(Vcpu *v)
{
    struct kvm_regs regs;

    g_assert_cmpint(ioctl(v->fd, KVM_GET_REGS, &regs), ==, 0);
    return regs.rax;
}

/* One kick ends one run with -EINTR; so do two kicks before a run. */
static void kick_before(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    vcpu_call(v, &halts);
    kvm_memory_kick(v->km);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EINTR);
    g_assert_cmpint(kvm_memory_run(v->km), ==, 0);
    g_assert_cmpuint(get_rax(v), ==, 5);
    kvm_memory_kick(v->km);
    kvm_memory_kick(v->km);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EINTR);
    g_assert_cmpint(kvm_memory_run(v->km), ==, 0);
    g_assert_cmpuint(get_rax(v), ==, 6);
}

/* Runs a vCPU that halts before it counts, in a thread of its own. */
static gpointer run_on(gpointer opaque)
{
    Vcpu *v = opaque;

    memory_context_set_current(v->g->m->ctx);
    return GINT_TO_POINTER(kvm_memory_run(v->km));
}

static void kick_during(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = counting_vcpu(g);

    (void)data;
    vcpu_call(v, &halt_and_count);
    for (unsigned i = 0; i < 10; i++) {
        GThread *thread = g_thread_new("vcpu", run_on, v);
        wait_until_it_counts(v);
        kvm_memory_kick(v->km);
        g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread)), ==, -EINTR);
        assert_stands_still(v);
    }
}

/* A kick also ends a run that waits for the end of a pause. */
static void kick_while_paused(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = counting_vcpu(g);
    GThread *thread;

    (void)data;
    vcpu_call(v, &halt_and_count);
    thread = g_thread_new("vcpu", run_on, v);
    wait_until_it_counts(v);
    kvm_memory_pause(g->km);
    kvm_memory_kick(v->km);
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread)), ==, -EINTR);
    kvm_memory_kick(v->km);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EINTR);
    kvm_memory_resume(g->km);
    thread = g_thread_new("vcpu", run_on, v);
    wait_until_it_counts(v);
    kvm_memory_kick(v->km);
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread)), ==, -EINTR);
}

static void kick_in_callback(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)addr, (void)size, (void)is_write;
    kvm_memory_kick(p->opaque);
}

/* The access during which the kick came is completed: the register is loaded. */
static void kick_by_a_device(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);
    Probe *d = device_at(g, DEVICE_AT);

    (void)data;
    d->hook = kick_in_callback;
    d->opaque = v->km;
    v->regs.rdi = DEVICE_AT;
    vcpu_call(v, &halt_and_read);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EINTR);
    g_assert_cmphex(get_rax(v), ==, 0x1716151413121110);
    g_assert_cmpint(kvm_memory_run(v->km), ==, 0);
    assert_trace(m, "d:r0/8");
}

/* A signal that the program uses for something else. */
static void other_signal(Machine *m, gconstpointer data)
{
    struct sigaction action = { .sa_handler = SIG_DFL }, kept;
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = counting_vcpu(g);
    pthread_t thread;
    void *result;

    (void)data;
    g_assert_cmpint(sigaction(SIGUSR1, NULL, &action), ==, 0);
    g_assert_cmpint(sigaction(SIGUSR2, &action, &kept), ==, 0);
    vcpu_call(v, &halt_and_count);
    g_assert_cmpint(pthread_create(&thread, NULL, run_on, v), ==, 0);
    wait_until_it_counts(v);
    pthread_kill(thread, SIGUSR2);
    pthread_join(thread, &result);
    g_assert_cmpint(GPOINTER_TO_INT(result), ==, -EINTR);
    g_assert_cmpint(sigaction(SIGUSR2, &kept, NULL), ==, 0);
}

/* A pause does not end a run. */
static gpointer run_and_tell(gpointer opaque)
{
    Vcpu *v = opaque;
    gpointer result = run_on(v);

    __atomic_store_n(&v->stop, true, __ATOMIC_SEQ_CST);
    return result;
}

static void pauses_only(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = counting_vcpu(g);
    GThread *runner;

    (void)data;
    vcpu_call(v, &halt_and_count);
    v->stop = false;
    runner = g_thread_new("vcpu", run_and_tell, v);
    wait_until_it_counts(v);
    for (unsigned i = 0; i < PAUSES; i++) {
        kvm_memory_pause(g->km);
        kvm_memory_resume(g->km);
        wait_until_it_counts(v);
        g_assert_false(__atomic_load_n(&v->stop, __ATOMIC_SEQ_CST));
    }
    kvm_memory_kick(v->km);
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(runner)), ==, -EINTR);
}

/* Each kick ends one run, whatever comes at the same time. */
static gpointer kick_and_count(gpointer opaque)
{
    Vcpu *v = opaque;
    int returns = 0;

    memory_context_set_current(v->g->m->ctx);
    while (!__atomic_load_n(&v->stop, __ATOMIC_SEQ_CST)) {
        g_assert_cmpint(kvm_memory_run(v->km), ==, -EINTR);
        __atomic_add_fetch(&v->result, 1, __ATOMIC_SEQ_CST);
        returns++;
    }
    return GINT_TO_POINTER(returns);
}

static void kicks_and_pauses(Machine *m, gconstpointer data)
{
    enum { KICKS = 100 };
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = counting_vcpu(g);
    GThread *runner, *pauser;

    (void)data;
    vcpu_call(v, &halt_and_count);
    v->result = 0;
    v->stop = false;
    runner = g_thread_new("vcpu", kick_and_count, v);
    pauser = g_thread_new("pauser", pause_often, g);
    for (unsigned i = 1; i <= KICKS; i++) {
        if (i == KICKS) {
            __atomic_store_n(&v->stop, true, __ATOMIC_SEQ_CST);
        }
        kvm_memory_kick(v->km);
        while (__atomic_load_n(&v->result, __ATOMIC_SEQ_CST) != i) {
            g_usleep(50);
        }
    }
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(runner)), ==, KICKS);
    g_thread_join(pauser);
}

/* ---- Changes of slots ------------------------------------------------------------------- */

/* A page of a device appears in RAM that another vCPU uses, and goes again. That vCPU never finds
 * the RAM gone, so it never exits. */
typedef struct Splitter {
    Guest *g;
    MemoryRegion *page;
    unsigned left;
} Splitter;

static void split(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Splitter *s = p->opaque;

    (void)addr, (void)size, (void)is_write;
    for (; s->left > 0; s->left--) {
        memory_region_set_enabled(s->page, s->left & 1);
    }
}

static void by_an_edit(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *a = vcpu_new(g), *b = vcpu_new(g);
    MemoryRegion *ram = guest_ram(g, "ram", RAM_AT, 16 * PAGE);
    Probe *d = device_at(g, DEVICE_AT);
    Splitter splitter = { g, io_new(m, "page", PAGE), 60 };

    (void)data;
    memory_region_set_enabled(splitter.page, false);
    memory_region_add_subregion_overlap(g->root, RAM_AT + 8 * PAGE, splitter.page, 1);
    d->hook = split;
    d->opaque = &splitter;
    a->regs.rsi = RAM_AT + 9 * PAGE;
    b->regs.rdi = DEVICE_AT;
    vcpu_start(a, &count_for_ever);
    while (*(volatile uint32_t *)(host_of(ram) + 9 * PAGE) == 0) {
        g_usleep(100);
    }
    vcpu_call(b, &write_and_halt);
    g_assert_cmpuint(splitter.left, ==, 0);
    vcpu_stop(a);
    g_assert_cmpuint(a->exits[KVM_EXIT_MMIO], ==, 0);
    assert_trace(m, "d:w0/8=0");
}

/* ---- The program's own way -------------------------------------------------------------- */

typedef struct Hooks {
    Machine *m;
    unsigned stops, resumes;
} Hooks;

static void stop(void *opaque)
{
    Hooks *h = opaque;

    g_assert_true(memory_context_is_locked(h->m->ctx));
    g_assert_cmpuint(h->stops, ==, h->resumes);
    h->stops++;
}

static void resume(void *opaque)
{
    Hooks *h = opaque;

    g_assert_true(memory_context_is_locked(h->m->ctx));
    h->resumes++;
    g_assert_cmpuint(h->stops, ==, h->resumes);
}

static void report_nothing(MemoryLogLevel level, const char *message, void *opaque)
{
    (void)level, (void)opaque;
    g_error("%s", message);
}

static void hooks(Machine *m, gconstpointer data)
{
    Hooks h = { m, 0, 0 };
    KVMMemoryOptions options = {
        .stop_vcpus = stop,
        .resume_vcpus = resume,
        .report = report_nothing,
        .opaque = &h,
    };
    g_autoptr(Guest) g = guest_bare_new(m);
    MemoryRegion *page = io_new(m, "page", PAGE);

    (void)data;
    guest_ram(g, "ram", RAM_AT, 16 * PAGE);
    guest_attach(g, &options);
    g_assert_cmpuint(h.stops, ==, 0);
    device_at(g, DEVICE_AT);
    guest_ram(g, "more", RAM_AT + 0x100000, PAGE);
    g_assert_cmpuint(h.stops, ==, 0);
    memory_region_add_subregion_overlap(g->root, RAM_AT + 8 * PAGE, page, 1);
    g_assert_cmpuint(h.stops, ==, 1);
    memory_region_set_enabled(page, false);
    g_assert_cmpuint(h.resumes, ==, 2);
}

/* ---- Misuse ----------------------------------------------------------------------------- */

/* ---- A kernel that fails ---------------------------------------------------------------- */

/* A KVM_RUN that fails ends the run with its errno. The vCPU is outside then, and what was asked
 * for meanwhile is for its next run. */
static void run_fails(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    ioctl_fail(KVM_RUN, 1, 2, EFAULT);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EFAULT);
    kvm_memory_pause(g->km);
    kvm_memory_resume(g->km);
    kvm_memory_kick(v->km);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EFAULT);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EINTR);
    g_assert_cmpuint(vcpu_call(v, &halts), ==, 0);
}

#ifndef PHYSMEM_DEBUG
static void misuse(Machine *m, gconstpointer data)
{
    KVMMemoryOptions options = { .resume_vcpus = unstoppable };
    g_autoptr(Guest) g = guest_new(m, NULL);
    g_autoptr(Guest) other = guest_new(m, &options);

    (void)data;
    kvm_memory_resume(g->km);
    expect_report(g, "misuse", "kvm_memory_resume", "not paused", NULL);
    kvm_memory_pause(other->km);
    expect_report(other, "misuse", "kvm_memory_pause", "kick_signal", NULL);
    kvm_memory_kick(vcpu_new(other)->km);
    expect_report(other, "misuse", "kvm_memory_kick", "kick_signal", NULL);
    g_assert_cmpuint(vcpu_call(vcpu_new(g), &halts), ==, 0);
}

/* A resume too many must not open the gate for a thread that changes slots. */
static Vcpu *standing; /* the vCPU that is stopped while slots change */

static bool resume_in_a_commit(int fd, unsigned long request, void *arg, int *result)
{
    (void)fd, (void)arg, (void)result;
    if (request == KVM_SET_USER_MEMORY_REGION) {
        ioctl_set_hook(NULL);
        kvm_memory_resume(standing->g->km);
        assert_stands_still(standing);
    }
    return false;
}

static void resumed_too_often(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = guest_ram(g, "ram", RAM_AT, 2 * PAGE);

    (void)data;
    standing = counting_vcpu(g);
    vcpu_start(standing, &count_for_ever);
    wait_until_it_counts(standing);
    ioctl_set_hook(resume_in_a_commit);
    memory_region_set_size(ram, PAGE);
    expect_report(g, "misuse", "kvm_memory_resume", "not paused", NULL);
    wait_until_it_counts(standing);
}
#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm/gate/pause/resume", pause_resume);
    KVM_TEST("/kvm/gate/pause/nested", nested);
    KVM_TEST("/kvm/gate/pause/late-comer", late_comer);
    KVM_TEST("/kvm/gate/pause/cancelled", cancelled);
    KVM_TEST("/kvm/gate/pause/by-two-threads", two_threads);
    KVM_TEST("/kvm/gate/pause/between-exits", between_exits);
    KVM_TEST("/kvm/gate/pause/by-a-device", by_a_device);
    KVM_TEST("/kvm/gate/pause/ends-no-run", pauses_only);
    KVM_TEST("/kvm/gate/pause/ended-thread", ended_thread);
    KVM_TEST("/kvm/gate/kick/before", kick_before);
    KVM_TEST("/kvm/gate/kick/during", kick_during);
    KVM_TEST("/kvm/gate/kick/while-paused", kick_while_paused);
    KVM_TEST("/kvm/gate/kick/by-a-device", kick_by_a_device);
    KVM_TEST("/kvm/gate/kick/other-signal", other_signal);
    KVM_TEST("/kvm/gate/kick/and-pauses", kicks_and_pauses);
    KVM_TEST("/kvm/gate/slots/by-an-edit", by_an_edit);
    KVM_TEST("/kvm/gate/slots/hooks", hooks);
    KVM_TEST("/kvm/gate/run-fails", run_fails);
#ifndef PHYSMEM_DEBUG
    KVM_TEST("/kvm/gate/misuse", misuse);
    KVM_TEST("/kvm/gate/misuse/resumed-too-often", resumed_too_often);
#endif
    return g_test_run();
}
