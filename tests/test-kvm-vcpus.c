/* SPDX-License-Identifier: MIT
 *
 * What is refused: vCPUs that are added twice, removed while they run, or run with the context's
 * lock held.
 */
#include <errno.h>
#include <string.h>

#include "kvm/guest.h"
#include "probe.h"

enum { PAGE = 0x1000, DEVICE_AT = 0x20000, COUNTER_AT = 0x8000 };

GUEST_CODE(halts, 64, "hlt\n mov $5, %rax\n hlt");
GUEST_CODE(count_for_ever, 64, "1: incl (%rsi)\n jmp 1b");
GUEST_CODE(write_and_halt, 64, "mov %rax, (%rdi)\n hlt");

/* ---- Added twice ------------------------------------------------------------------------ */

static void assert_not_added(Guest *g, int fd, struct kvm_run *run, const char *word)
{
    Error *err = NULL;

    g_assert_null(kvm_memory_add_vcpu(g->km, fd, run, &err));
    g_assert_nonnull(err);
    g_assert_nonnull(strstr(error_get_pretty(err), word));
    error_free(err);
    g_assert_null(kvm_memory_add_vcpu(g->km, fd, run, NULL));
}

static void twice(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *a = vcpu_new(g), *b = vcpu_new(g);
    g_autofree char *same_fd = g_strdup_printf("descriptor %d was added already", a->fd);
    g_autofree char *same_run =
        g_strdup_printf("descriptor %d has the kvm_run of the vCPU of file descriptor %d",
                        g->vm_fd, b->fd);
    g_autofree char *none = g_strdup_printf("descriptor %d has no kvm_run", g->vm_fd);

    (void)data;
    assert_not_added(g, a->fd, a->run, same_fd);
    assert_not_added(g, a->fd, b->run, same_fd);
    assert_not_added(g, g->vm_fd, b->run, same_run);
    assert_not_added(g, g->vm_fd, NULL, none);
    kvm_memory_remove_vcpu(a->km);
    a->km = kvm_memory_add_vcpu(g->km, a->fd, a->run, NULL);
    g_assert_nonnull(a->km);
    g_assert_cmpuint(vcpu_call(a, &halts), ==, 0);
}

/* ---- Removed while it runs -------------------------------------------------------------- */

#ifndef PHYSMEM_DEBUG
static void wait_until_it_counts(Vcpu *v)
{
    volatile uint32_t *counter = (volatile uint32_t *)(host_of(v->g->low) + COUNTER_AT);
    uint32_t before = *counter;

    while (*counter == before) {
        g_usleep(100);
    }
}

static void expect_runs(Vcpu *v, const char *call)
{
    g_autofree char *name = g_strdup_printf("descriptor %d", v->fd);

    expect_report(v->g, "misuse", call, name, "is running", NULL);
}

static void removed_in_the_guest(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    v->regs.rsi = COUNTER_AT;
    vcpu_start(v, &count_for_ever);
    wait_until_it_counts(v);
    kvm_memory_remove_vcpu(v->km);
    expect_runs(v, "kvm_memory_remove_vcpu");
    wait_until_it_counts(v);
    kvm_memory_pause(g->km);
    kvm_memory_remove_vcpu(v->km);
    expect_runs(v, "kvm_memory_remove_vcpu");
    kvm_memory_resume(g->km);
    wait_until_it_counts(v);
}

typedef void Hook(Probe *p, hwaddr addr, unsigned size, bool is_write);

static Probe *device_at(Guest *g, hwaddr addr, Vcpu *v, Hook *hook)
{
    Probe *p = probe_new_plain(g->m, "d", PAGE);

    p->hook = hook;
    p->opaque = v;
    memory_region_add_subregion(g->root, addr, &p->mr);
    return p;
}

static void remove_from_callback(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Vcpu *v = p->opaque;

    (void)addr, (void)size, (void)is_write;
    kvm_memory_remove_vcpu(v->km);
    expect_runs(v, "kvm_memory_remove_vcpu");
}

/* The vCPU is in kvm_memory_run(), or in the program's own loop. */
static void removed_by_a_device(Machine *m, gconstpointer own_loop)
{
    KVMMemoryOptions options = { .resume_vcpus = own_loop ? unstoppable : NULL };
    g_autoptr(Guest) g = guest_new(m, &options);
    Vcpu *v = vcpu_new(g);

    device_at(g, DEVICE_AT, v, remove_from_callback);
    v->regs.rdi = DEVICE_AT;
    vcpu_call(v, &write_and_halt);
    assert_trace(m, "d:w0/8=0");
    vcpu_call(v, &write_and_halt);
    assert_trace(m, "d:w0/8=0");
}

/* ---- Run with the lock held -------------------------------------------------------------- */

/* If a guest ran with the lock held, no other thread could change the map. */
static void run_with_the_lock(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    vcpu_call(v, &halts);
    memory_context_lock(m->ctx);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EDEADLK);
    expect_report(g, "misuse", "kvm_memory_run", "lock", NULL);
    memory_context_unlock(m->ctx);
    g_assert_cmpint(kvm_memory_run(v->km), ==, 0);
    g_assert_cmpuint(v->run->exit_reason, ==, KVM_EXIT_HLT);
}

static void run_from_callback(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Vcpu *v = p->opaque;

    (void)addr, (void)size, (void)is_write;
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EDEADLK);
    expect_report(v->g, "misuse", "kvm_memory_run", "lock", NULL);
}

static void run_lockless(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Vcpu *v = p->opaque;

    (void)addr, (void)size, (void)is_write;
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EBUSY);
    expect_runs(v, "kvm_memory_run");
}

static void run_by_a_device(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);
    Probe *d = device_at(g, DEVICE_AT, v, run_from_callback);

    (void)data;
    v->regs.rdi = DEVICE_AT;
    vcpu_call(v, &write_and_halt);
    memory_region_enable_lockless_io(&d->mr);
    d->hook = run_lockless;
    vcpu_call(v, &write_and_halt);
    assert_trace(m, "d:w0/8=0 d:w0/8=0");
}

static void run_by_two_threads(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    v->regs.rsi = COUNTER_AT;
    vcpu_start(v, &count_for_ever);
    wait_until_it_counts(v);
    g_assert_cmpint(kvm_memory_run(v->km), ==, -EBUSY);
    expect_runs(v, "kvm_memory_run");
    wait_until_it_counts(v);
}
#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm/vcpus/twice", twice);
#ifndef PHYSMEM_DEBUG
    KVM_TEST("/kvm/vcpus/removed/in-the-guest", removed_in_the_guest);
    KVM_TEST("/kvm/vcpus/removed/by-a-device", removed_by_a_device);
    kvm_test_add("/kvm/vcpus/removed/by-a-device-in-own-loop", removed_by_a_device, "");
    KVM_TEST("/kvm/vcpus/run/with-the-lock", run_with_the_lock);
    KVM_TEST("/kvm/vcpus/run/by-a-device", run_by_a_device);
    KVM_TEST("/kvm/vcpus/run/by-two-threads", run_by_two_threads);
#endif
    return g_test_run();
}
