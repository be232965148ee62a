/* SPDX-License-Identifier: MIT
 *
 * Attaching spaces to a virtual machine: what is refused, with which words, and that nothing is
 * left of it; detaching; where messages go.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kvm/guest.h"

enum { PAGE = 0x1000 };

/* ---- Options ---------------------------------------------------------------------------- */

static void hook(void *opaque)
{
    (void)opaque;
}

static const struct {
    KVMMemoryOptions options;
    const char *want;
} bad[] = {
    { { .stop_vcpus = hook },
      "the options have only one of stop_vcpus and resume_vcpus: set both or neither" },
    { { .resume_vcpus = hook },
      "the options have only one of stop_vcpus and resume_vcpus: set both or neither" },
    { { .stop_vcpus = hook, .resume_vcpus = hook, .kick_signal = SIGUSR1 },
      "the options have both kick_signal and stop_vcpus: choose one way to stop vCPUs" },
    { { .kick_signal = -1 }, "kick_signal -1 is not a signal: expected 1 to " },
    { { .kick_signal = 1000 }, "kick_signal 1000 is not a signal: expected 1 to " },
};

static void bad_options(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = guest_attach_error(g, &bad[i].options);
        g_assert_true(g_str_has_prefix(text, bad[i].want));
    }
    g_assert_cmpuint(ioctl_count(KVM_SET_USER_MEMORY_REGION), ==, 0);
}

static void assert_refused(int fd, const KVMMemoryOptions *options, const char *want)
{
    Error *err = NULL;

    g_assert_null(kvm_memory_new(fd, options, &err));
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, want);
    error_free(err);
    g_assert_null(kvm_memory_new(fd, options, NULL));
}

static void no_memory(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);

    (void)data;
    assert_refused(g->vm_fd, NULL,
                   "no options were given: set at least 'memory', the guest's memory");
    assert_refused(g->vm_fd, &(KVMMemoryOptions){ .io = g->io },
                   "the options have no 'memory': an address space is needed as the guest's "
                   "memory");
}

static void other_context(Machine *m, gconstpointer data)
{
    MemoryContext *other = memory_context_new(&(MemoryContextOptions){ .name = "other" }, NULL);
    g_autoptr(Guest) g = guest_bare_new(m);
    KVMMemoryOptions options = { .memory = g->as, .io = memory_context_io(other) };
    g_autofree char *want =
        g_strdup_printf("address space 'I/O' belongs to context 'other', not to the current one, "
                        "'%s'",
                        memory_context_name(m->ctx));

    (void)data;
    assert_refused(g->vm_fd, &options, want);
    memory_context_set_current(other);
    assert_refused(g->vm_fd,
                   &(KVMMemoryOptions){ .memory = memory_context_memory(other), .smm = g->as },
                   "address space 'memory' belongs to context 'machine', not to the current one, "
                   "'other'");
    memory_context_set_current(m->ctx);
    g_assert_true(memory_context_destroy(other, NULL));
}

/* ---- Descriptors ------------------------------------------------------------------------ */

static void assert_no_machine(const Guest *g, int fd, int error)
{
    g_autofree char *want = g_strdup_printf("file descriptor %d is not a KVM virtual machine "
                                            "(KVM_CHECK_EXTENSION): %s",
                                            fd, g_strerror(error));

    assert_refused(fd, &(KVMMemoryOptions){ .memory = g->as }, want);
}

static void assert_not_the_device(const Guest *g)
{
    g_autofree char *want = g_strdup_printf("file descriptor %d is /dev/kvm: a virtual machine is "
                                            "needed; make one with KVM_CREATE_VM",
                                            g->kvm_fd);

    assert_refused(g->kvm_fd, &(KVMMemoryOptions){ .memory = g->as }, want);
}

static void no_machine(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    int null = open("/dev/null", O_RDWR), vcpu = ioctl(g->vm_fd, KVM_CREATE_VCPU, NULL);

    (void)data;
    assert_no_machine(g, -1, EBADF);
    assert_no_machine(g, null, ENOTTY);
    assert_not_the_device(g);
    assert_no_machine(g, vcpu, EINVAL);
    close(null);
    close(vcpu);
    ioctl_pretend(KVM_CAP_USER_MEMORY, 0);
    assert_refused(g->vm_fd, &(KVMMemoryOptions){ .memory = g->as },
                   "the host's KVM lacks KVM_CAP_USER_MEMORY, which memory slots need");
}

/* ---- Two for one machine ----------------------------------------------------------------- */

#define HAS_ONE                                                                                   \
    "the virtual machine of file descriptor %d has a KVMMemory already: free the first one "      \
    "before making another"

/* A second KVMMemory for the virtual machine is refused, whatever its descriptor and context: KVM
 * knows slots by number, so the two would remove each other's slots. */
static void second(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryContext *other = memory_context_new(&(MemoryContextOptions){ .name = "other" }, NULL);
    int same = dup(g->vm_fd);
    g_autofree char *want = g_strdup_printf(HAS_ONE, g->vm_fd);
    g_autofree char *want_same = g_strdup_printf(HAS_ONE, same);

    (void)data;
    assert_refused(g->vm_fd, &(KVMMemoryOptions){ .memory = g->as }, want);
    memory_context_set_current(other);
    assert_refused(same, &(KVMMemoryOptions){ .memory = memory_context_memory(other) }, want_same);
    memory_context_set_current(m->ctx);
    g_assert_true(memory_context_destroy(other, NULL));
    close(same);
    assert_slots(g, "0-ffff low@0");
    kvm_memory_free(g->km);
    guest_attach(g, NULL);
}

/* A KVMMemory that could not be made does not prevent the next one. */
static void after_a_failure(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    g_autofree char *text = guest_attach_error(g, &(KVMMemoryOptions){ .dirty_ring_entries = 5 });

    (void)data;
    g_assert_nonnull(strstr(text, "power of two"));
    guest_attach(g, NULL);
}

/* ---- Detaching -------------------------------------------------------------------------- */

static void again(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);

    (void)data;
    guest_ram(g, "ram", 0x20000, PAGE);
    kvm_memory_free(g->km);
    unsigned before = ioctl_count(KVM_SET_USER_MEMORY_REGION);
    memory_region_set_enabled(g->low, false);
    memory_region_set_enabled(g->low, true);
    g_assert_cmpuint(ioctl_count(KVM_SET_USER_MEMORY_REGION), ==, before);
    guest_attach(g, NULL);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
    kvm_memory_free(NULL);
}

static void with_vcpu_left(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);

    (void)data;
    vcpu_new(g);
    kvm_memory_free(g->km);
    expect_report(g, "misuse", "kvm_memory_free", "a vCPU has not been removed", NULL);
    assert_slots(g, "0-ffff low@0");
}

/* A debug build of the library aborts at misuse. */
static void misuse_of_the_end(Machine *m, gconstpointer data)
{
#ifdef PHYSMEM_DEBUG
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
        return;
    }
#endif
    with_vcpu_left(m, data);
}

/* ---- From a callback -------------------------------------------------------------------- */

#ifndef PHYSMEM_DEBUG
/* Listeners cannot be registered or removed from a listener's callback; the library reports it. */
static void attach_and_detach(Spy *s, const char *what, MemoryRegionSection *section)
{
    Guest *g = s->opaque;
    int other;

    (void)section;
    if (!strcmp(what, "commit")) {
        s->hook = NULL;
        other = ioctl(g->kvm_fd, KVM_CREATE_VM, NULL);
        assert_refused(other, &(KVMMemoryOptions){ .memory = g->as },
                       "a listener's callback cannot attach address spaces to a virtual machine: "
                       "call kvm_memory_new() outside of it");
        close(other);
        kvm_memory_free(g->km);
    }
}

static void from_a_callback(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Spy *spy = spy_new(m, "spy", 0);

    (void)data;
    spy->opaque = g;
    spy_start(spy, g->as);
    spy->hook = attach_and_detach;
    guest_ram(g, "ram", 0x20000, PAGE);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
    memory_listener_unregister(&spy->listener);
    g_string_truncate(m->trace, 0);
    g_assert_nonnull(strstr(m->messages->str, "must not be called from a listener's callback"));
    g_string_truncate(m->messages, 0);
}
#endif

/* ---- Messages --------------------------------------------------------------------------- */

/* Without a report callback, messages go to standard error. */
static void to_standard_error(Machine *m, gconstpointer data)
{
    (void)data;
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        g_test_trap_assert_stderr("*physmem-kvm: warning: the host's KVM lacks "
                                  "KVM_CAP_READONLY_MEM: *\n"
                                  "physmem-kvm: error: no slot for region 'ram' at "
                                  "0x20000-0x20fff: all 1 slots are in use; accesses there "
                                  "exit\n*");
        return;
    }
    g_autoptr(Guest) g = guest_bare_new(m);
    KVMMemoryOptions options = { .memory = g->as, .max_slots = 1 };
    MemoryRegion *rom = ram_new(m, "rom", PAGE);

    ioctl_pretend(KVM_CAP_READONLY_MEM, 0);
    memory_region_set_readonly(rom, true);
    KVMMemory *km = kvm_memory_new(g->vm_fd, &options, NULL);
    memory_region_add_subregion(g->root, 0x30000, rom);
    guest_ram(g, "ram", 0x20000, PAGE);
    kvm_memory_free(km);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm-attach/options/bad", bad_options);
    KVM_TEST("/kvm-attach/options/no-memory", no_memory);
    KVM_TEST("/kvm-attach/options/other-context", other_context);
    KVM_TEST("/kvm-attach/no-machine", no_machine);
    KVM_TEST("/kvm-attach/one/second", second);
    KVM_TEST("/kvm-attach/one/after-a-failure", after_a_failure);
    KVM_TEST("/kvm-attach/end/again", again);
    KVM_TEST("/kvm-attach/end/with-vcpu-left", misuse_of_the_end);
#ifndef PHYSMEM_DEBUG
    KVM_TEST("/kvm-attach/from-a-callback", from_a_callback);
#endif
    KVM_TEST("/kvm-attach/to-standard-error", to_standard_error);
    return g_test_run();
}
