/* SPDX-License-Identifier: MIT
 *
 * Making and attaching guests; see guest.h. Their vCPUs are in vcpu.c.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vcpu.h"

/* ---- Tests ------------------------------------------------------------------------------ */

typedef struct KvmTest {
    TestFunc *func;
    gconstpointer data;
    const MemoryContextOptions *options;
} KvmTest;

static void play(gconstpointer data)
{
    const KvmTest *test = data;
    Machine m = { NULL };
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        g_autofree char *why = g_strdup_printf("/dev/kvm: %s", strerror(errno));
        g_test_skip(why);
        return;
    }
    close(fd);
    machine_setup(&m, test->options);
    ioctl_reset();
    test->func(&m, test->data);
    machine_teardown(&m, NULL);
}

void kvm_test_add_with(const char *path, TestFunc *func, gconstpointer data,
                       const MemoryContextOptions *options)
{
    KvmTest *test = g_new(KvmTest, 1);

    *test = (KvmTest){ func, data, options };
    g_test_add_data_func_full(path, test, play, g_free);
}

void kvm_test_add(const char *path, TestFunc *func, gconstpointer data)
{
    kvm_test_add_with(path, func, data, NULL);
}

/* ---- The virtual machine ---------------------------------------------------------------- */

static uint64_t read_end(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return 0;
}

static void write_end(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    vcpu_end(value);
}

static const MemoryRegionOps end_ops = {
    .read = read_end,
    .write = write_end,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void add_end_port(Guest *g)
{
    MemoryRegion *end = g_new0(MemoryRegion, 1);

    g_ptr_array_add(g->m->regions, end);
    memory_region_init_io(end, NULL, &end_ops, g, "end", 4);
    memory_region_enable_lockless_io(end);
    memory_region_add_subregion(g->ports, END_PORT, end);
}

static void ignore_signal(int signal)
{
    (void)signal;
}

/* Without SA_RESTART, which kick_signal requires. */
static void handle_kicks(void)
{
    struct sigaction action = { .sa_handler = ignore_signal };

    g_assert_cmpint(sigaction(SIGUSR1, &action, NULL), ==, 0);
}

/* Addresses that some processors need for real mode. Kernels for other processors refuse the
 * call. */
static void set_private_pages(int vm_fd)
{
#ifdef KVM_SET_TSS_ADDR
    uint64_t identity = 0xfffbc000;

    ioctl(vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &identity);
    ioctl(vm_fd, KVM_SET_TSS_ADDR, (void *)0xfffbd000UL);
#endif
}

Guest *guest_bare_new(Machine *m)
{
    Guest *g = g_new0(Guest, 1);

    g->m = m;
    g->reports = g_string_new(NULL);
    g_mutex_init(&g->lock);
    g_cond_init(&g->ended);
    g->kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    g_assert_cmpint(g->kvm_fd, >=, 0);
    g->vm_fd = ioctl(g->kvm_fd, KVM_CREATE_VM, NULL);
    g_assert_cmpint(g->vm_fd, >=, 0);
    set_private_pages(g->vm_fd);
    handle_kicks();
    g->root = box_new(m, "memory", UINT64_MAX);
    g->ports = box_new(m, "ports", 0x10000);
    g->as = space_new(m, g->root, "memory");
    g->io = space_new(m, g->ports, "io");
    g->low = guest_ram(g, "low", 0, LOW_SIZE);
    add_end_port(g);
    return g;
}

/* ---- Attaching -------------------------------------------------------------------------- */

static void do_not_resume(void *opaque)
{
    (void)opaque;
}

void (*const unstoppable)(void *opaque) = do_not_resume;

static void note_report(MemoryLogLevel level, const char *message, void *opaque)
{
    static const char *const names[] = { "guest", "warning", "error", "misuse" };
    Guest *g = opaque;

    g_mutex_lock(&g->lock);
    g_string_append_printf(g->reports, "%s: %s\n", names[level], message);
    g_mutex_unlock(&g->lock);
}

static KVMMemoryOptions complete_options(Guest *g, const KVMMemoryOptions *given)
{
    KVMMemoryOptions o = given ? *given : (KVMMemoryOptions){ 0 };

    o.memory = o.memory ? o.memory : g->as;
    o.io = o.io ? o.io : g->io;
    if (!o.report) {
        o.report = note_report;
        o.opaque = g;
    }
    if (o.resume_vcpus == unstoppable && !o.stop_vcpus) {
        o.resume_vcpus = NULL;
    } else if (!o.stop_vcpus && !o.resume_vcpus && !o.kick_signal) {
        o.kick_signal = SIGUSR1;
    }
    return o;
}

void guest_attach(Guest *g, const KVMMemoryOptions *options)
{
    Error *err = NULL;

    g->options = complete_options(g, options);
    g->km = kvm_memory_new(g->vm_fd, &g->options, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
    g_assert_nonnull(g->km);
}

char *guest_attach_error(Guest *g, const KVMMemoryOptions *options)
{
    KVMMemoryOptions complete = complete_options(g, options);
    Error *err = NULL;

    g_assert_null(kvm_memory_new(g->vm_fd, &complete, &err));
    g_assert_nonnull(err);
    char *text = g_strdup(error_get_pretty(err));
    error_free(err);
    return text;
}

Guest *guest_new(Machine *m, const KVMMemoryOptions *options)
{
    Guest *g = guest_bare_new(m);

    guest_attach(g, options);
    return g;
}

void guest_free(Guest *g)
{
    for (unsigned i = g->count; i-- > 0;) {
        vcpu_free(g->vcpus[i]);
    }
    kvm_memory_free(g->km);
    g_assert_cmpint(close(g->vm_fd), ==, 0);
    g_assert_cmpint(close(g->kvm_fd), ==, 0);
    g_assert_cmpstr(g->reports->str, ==, "");
    g_string_free(g->reports, true);
    g_mutex_clear(&g->lock);
    g_cond_clear(&g->ended);
    g_free(g);
}

/* ---- What a test asks of it ------------------------------------------------------------- */

MemoryRegion *guest_ram(Guest *g, const char *name, hwaddr addr, uint64_t size)
{
    MemoryRegion *mr = ram_new(g->m, name, size);

    memory_region_add_subregion(g->root, addr, mr);
    return mr;
}

MemoryRegion *guest_migratable_ram(Guest *g, const char *name, hwaddr addr, uint64_t size)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(g->m->regions, mr);
    g_assert_true(memory_region_init_ram(mr, NULL, name, size, NULL));
    memory_region_add_subregion(g->root, addr, mr);
    return mr;
}

/* Removes the first line and returns it. */
static char *next_report(Guest *g)
{
    g_mutex_lock(&g->lock);
    char *end = strchr(g->reports->str, '\n');
    size_t length = end ? (size_t)(end - g->reports->str) : 0;
    char *line = g_strndup(g->reports->str, length);
    g_string_erase(g->reports, 0, end ? (gssize)length + 1 : 0);
    g_mutex_unlock(&g->lock);
    return line;
}

void expect_report(Guest *g, const char *level, ...)
{
    g_autofree char *line = next_report(g);
    const char *word;
    va_list words;

    if (!g_str_has_prefix(line, level)) {
        g_error("no %s: \"%s\"", level, line);
    }
    va_start(words, level);
    while ((word = va_arg(words, const char *)) != NULL) {
        if (!strstr(line, word)) {
            g_error("no \"%s\" in: %s", word, line);
        }
    }
    va_end(words);
}

static bool append_slot(const KVMMemorySlot *s, void *opaque)
{
    GString *out = opaque;

    g_string_append_printf(out, "%s%s%" PRIx64 "-%" PRIx64 " %s@%" PRIx64 "%s%s",
                           out->len ? ", " : "", s->address_space ? "smm " : "", s->guest_addr,
                           (uint64_t)(s->guest_addr + s->size - 1),
                           s->mr ? memory_region_name(s->mr) : "(gone)", s->offset_within_region,
                           s->readonly ? " ro" : "", s->logged ? " log" : "");
    return false;
}

char *slots_text(Guest *g)
{
    GString *out = g_string_new(NULL);

    kvm_memory_for_each_slot(g->km, append_slot, out);
    return g_string_free(out, false);
}
