/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds in KVM: a guest's writes signal what the library would signal, and those that match
 * do not exit.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kvm/guest.h"
#include "probe.h"

enum { PAGE = 0x1000, DEVICE_AT = 0x20000, PORT = 0x300, EVENTS = 6, TABLE_AT = 0x8000 };

/* ---- The stage -------------------------------------------------------------------------- */

/* A guest with one vCPU and a device. Its ioeventfds have numbers. */
typedef struct Stage {
    Guest *g;
    Vcpu *v;
    Probe *d;
    EventNotifier e[EVENTS];
} Stage;

static int in_kvm;     /* ioeventfds that KVM has, of all machines */
static unsigned given; /* how many KVM was asked to take */

/* The adapter marks its virtual machine with an ioeventfd at an address where no guest can
 * write. */
static bool is_a_mark(const struct kvm_ioeventfd *told)
{
    return told->addr >> 52 != 0;
}

static bool note_ioeventfd(int fd, unsigned long request, void *arg, int *result)
{
    const struct kvm_ioeventfd *told = arg;

    if (request != KVM_IOEVENTFD || is_a_mark(told)) {
        return false;
    }
    given += !(told->flags & KVM_IOEVENTFD_FLAG_DEASSIGN);
    *result = ioctl_forward(fd, request, arg);
    if (*result == 0) {
        in_kvm += told->flags & KVM_IOEVENTFD_FLAG_DEASSIGN ? -1 : 1;
    }
    return true;
}

static void stage_setup(Stage *s, Machine *m)
{
    s->g = guest_new(m, NULL);
    s->v = vcpu_new(s->g);
    s->d = probe_new_plain(m, "d", PAGE);
    for (unsigned i = 0; i < EVENTS; i++) {
        g_assert_cmpint(event_notifier_init(&s->e[i], 0), ==, 0);
    }
    in_kvm = 0;
    given = 0;
    ioctl_set_hook(note_ioeventfd);
}

static void stage_end(Stage *s)
{
    guest_free(s->g);
    for (unsigned i = 0; i < EVENTS; i++) {
        event_notifier_cleanup(&s->e[i]);
    }
    g_assert_cmpint(in_kvm, ==, 0);
}

static void show(Stage *s)
{
    memory_region_add_subregion(s->g->root, DEVICE_AT, &s->d->mr);
}

static void bind(Stage *s, hwaddr addr, unsigned size, unsigned e)
{
    memory_region_add_eventfd(&s->d->mr, addr, size, false, 0, &s->e[e]);
}

static void bind_data(Stage *s, hwaddr addr, unsigned size, uint64_t data, unsigned e)
{
    memory_region_add_eventfd(&s->d->mr, addr, size, true, data, &s->e[e]);
}

/* Returns how often each was signalled since the last call: "1 0 0 2 0 0". */
static char *signals_text(Stage *s)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < EVENTS; i++) {
        uint64_t count = 0;
        if (read(event_notifier_get_fd(&s->e[i]), &count, sizeof(count)) < 0) {
            g_assert_cmpint(errno, ==, EAGAIN);
        }
        g_string_append_printf(out, "%s%" PRIu64, i ? " " : "", count);
    }
    return g_string_free(out, false);
}

#define assert_signals(s, want)                                                                   \
    do {                                                                                          \
        g_autofree char *signals_now = signals_text(s);                                           \
        g_assert_cmpstr(signals_now, ==, want);                                                   \
    } while (0)

/* ---- Writes ----------------------------------------------------------------------------- */

typedef struct Write {
    uint64_t addr, size, data;
} Write;

/* Makes rcx writes, as the table at rsi says. */
GUEST_CODE(do_writes, 64,
           "1: mov (%rsi), %rdi\n mov 8(%rsi), %rbx\n mov 16(%rsi), %rax\n"
           "cmp $1, %rbx\n jne 2f\n movb %al, (%rdi)\n jmp 9f\n"
           "2: cmp $2, %rbx\n jne 4f\n movw %ax, (%rdi)\n jmp 9f\n"
           "4: cmp $4, %rbx\n jne 8f\n movl %eax, (%rdi)\n jmp 9f\n"
           "8: mov %rax, (%rdi)\n"
           "9: add $24, %rsi\n dec %rcx\n jnz 1b\n"
           "hlt");
GUEST_CODE(do_port_writes, 64,
           "1: mov (%rsi), %rdx\n mov 8(%rsi), %rbx\n mov 16(%rsi), %rax\n"
           "cmp $1, %rbx\n jne 2f\n out %al, %dx\n jmp 9f\n"
           "2: cmp $2, %rbx\n jne 4f\n out %ax, %dx\n jmp 9f\n"
           "4: out %eax, %dx\n"
           "9: add $24, %rsi\n dec %rcx\n jnz 1b\n"
           "hlt");

static void guest_writes(Stage *s, const GuestCode *code, const Write *w, unsigned count)
{
    memcpy(host_of(s->g->low) + TABLE_AT, w, count * sizeof(*w));
    s->v->regs.rsi = TABLE_AT;
    s->v->regs.rcx = count;
    vcpu_call(s->v, code);
}

#define MEMORY_WRITES(s, ...)                                                                     \
    do {                                                                                          \
        const Write table[] = { __VA_ARGS__ };                                                    \
        guest_writes(s, &do_writes, table, G_N_ELEMENTS(table));                                  \
    } while (0)
#define PORT_WRITES(s, ...)                                                                       \
    do {                                                                                          \
        const Write table[] = { __VA_ARGS__ };                                                    \
        guest_writes(s, &do_port_writes, table, G_N_ELEMENTS(table));                             \
    } while (0)

#define AT(offset) (DEVICE_AT + (offset))

/* ---- What signals ----------------------------------------------------------------------- */

static void lengths(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    show(&s);
    for (unsigned i = 0; i < 4; i++) {
        bind(&s, 8 * i, 1u << i, i);
    }
    MEMORY_WRITES(&s, { AT(0), 1, 1 }, { AT(8), 2, 1 }, { AT(16), 4, 1 }, { AT(24), 8, 1 });
    assert_signals(&s, "1 1 1 1 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    MEMORY_WRITES(&s, { AT(0), 2, 1 }, { AT(8), 1, 1 }, { AT(16), 8, 1 }, { AT(24), 4, 1 },
                  { AT(1), 1, 1 });
    assert_signals(&s, "0 0 0 0 0 0");
    assert_trace(m, "d:w0/2=1 d:w8/1=1 d:w10/8=1 d:w18/4=1 d:w1/1=1");
    stage_end(&s);
}

static void matching(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    show(&s);
    bind_data(&s, 0, 4, 0x12345678, 0);
    bind_data(&s, 0, 4, 0x12345679, 1);
    bind_data(&s, 8, 8, 0x1122334455667788, 2);
    bind_data(&s, 16, 2, 0xffff, 3);
    MEMORY_WRITES(&s, { AT(0), 4, 0x12345678 }, { AT(0), 4, 0x12345679 }, { AT(0), 4, 0x12345678 },
                  { AT(8), 8, 0x1122334455667788 }, { AT(16), 2, 0xffff });
    assert_signals(&s, "2 1 1 1 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    MEMORY_WRITES(&s, { AT(0), 4, 0x1234567a }, { AT(8), 8, 0x1022334455667788 });
    assert_signals(&s, "0 0 0 0 0 0");
    assert_trace(m, "d:w0/4=1234567a d:w8/8=1022334455667788");
    stage_end(&s);
}

static void any_length(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    show(&s);
    bind(&s, 8, 0, 0);
    memory_region_add_eventfd(&s.d->mr, 16, 0, true, 77, &s.e[1]);
    MEMORY_WRITES(&s, { AT(8), 1, 1 }, { AT(8), 2, 2 }, { AT(8), 4, 3 }, { AT(8), 8, 4 },
                  { AT(16), 4, 5 });
    assert_signals(&s, "4 1 0 0 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    stage_end(&s);
}

/* The device's byte order is the other one. Data is still compared with what the CPU writes. */
static void big_endian(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    s.d->ops.endianness = DEVICE_BIG_ENDIAN;
    show(&s);
    bind_data(&s, 0, 4, 0x11223344, 0);
    bind_data(&s, 8, 2, 0x1122, 1);
    bind_data(&s, 16, 8, 0x1122334455667788, 2);
    bind_data(&s, 24, 1, 0x11, 3);
    MEMORY_WRITES(&s, { AT(0), 4, 0x11223344 }, { AT(8), 2, 0x1122 },
                  { AT(16), 8, 0x1122334455667788 }, { AT(24), 1, 0x11 });
    assert_signals(&s, "1 1 1 1 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    MEMORY_WRITES(&s, { AT(0), 4, 0x44332211 });
    assert_signals(&s, "0 0 0 0 0 0");
    assert_trace(m, "d:w0/4=11223344");
    stage_end(&s);
}

static void ports(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    memory_region_add_subregion(s.g->ports, PORT, &s.d->mr);
    bind(&s, 0, 1, 0);
    bind_data(&s, 4, 2, 0x1234, 1);
    bind(&s, 8, 4, 2);
    bind(&s, 12, 0, 3);
    PORT_WRITES(&s, { PORT, 1, 1 }, { PORT + 4, 2, 0x1234 }, { PORT + 8, 4, 1 },
                { PORT + 12, 1, 1 }, { PORT + 12, 2, 1 }, { PORT + 12, 4, 1 });
    assert_signals(&s, "1 1 1 3 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_IO], ==, 0);
    PORT_WRITES(&s, { PORT, 2, 1 }, { PORT + 4, 2, 0x1235 }, { PORT + 8, 1, 1 });
    MEMORY_WRITES(&s, { PORT, 1, 1 });
    assert_signals(&s, "0 0 0 0 0 0");
    assert_trace(m, "d:w0/2=1 d:w4/2=1235 d:w8/1=1");
    stage_end(&s);
}

/* ---- Edits ------------------------------------------------------------------------------ */

static void moves(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    bind(&s, 0, 4, 0);
    show(&s);
    MEMORY_WRITES(&s, { AT(0), 4, 1 });
    memory_region_set_address(&s.d->mr, DEVICE_AT + 0x10000);
    MEMORY_WRITES(&s, { AT(0), 4, 1 }, { AT(0x10000), 4, 1 });
    assert_signals(&s, "2 0 0 0 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 1);
    memory_region_set_enabled(&s.d->mr, false);
    g_assert_cmpint(in_kvm, ==, 0);
    MEMORY_WRITES(&s, { AT(0x10000), 4, 1 });
    assert_signals(&s, "0 0 0 0 0 0");
    memory_region_set_enabled(&s.d->mr, true);
    memory_region_del_eventfd(&s.d->mr, 0, 4, false, 0, &s.e[0]);
    g_assert_cmpint(in_kvm, ==, 0);
    MEMORY_WRITES(&s, { AT(0x10000), 4, 1 });
    assert_signals(&s, "0 0 0 0 0 0");
    assert_trace(m, "d:w0/4=1");
    stage_end(&s);
}

/* A region that covers the first byte gets the write. The listener is still told of the ioeventfd,
 * as long as one of its bytes is visible. */
static void covered(Machine *m, gconstpointer data)
{
    Stage s;
    MemoryRegion *ram;
    Probe *lid;

    (void)data;
    stage_setup(&s, m);
    bind(&s, 0x100, 4, 0);
    show(&s);
    g_assert_cmpint(in_kvm, ==, 1);
    ram = ram_new(m, "ram", 0x102);
    lid = probe_new_plain(m, "l", 0x102);
    memory_region_add_subregion_overlap(s.g->root, DEVICE_AT, ram, 1);
    MEMORY_WRITES(&s, { AT(0x100), 4, 0x44332211 });
    assert_trace(m, "d:w102/2=4433");
    bind(&s, 0x100, 8, 1);
    g_assert_cmpint(in_kvm, ==, 0);
    memory_region_add_subregion_overlap(s.g->root, DEVICE_AT, &lid->mr, 2);
    MEMORY_WRITES(&s, { AT(0x100), 4, 0x44332211 });
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 1);
    assert_signals(&s, "0 0 0 0 0 0");
    memory_region_del_subregion(s.g->root, &lid->mr);
    memory_region_del_subregion(s.g->root, ram);
    MEMORY_WRITES(&s, { AT(0x100), 4, 1 });
    assert_signals(&s, "1 0 0 0 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    MEMORY_WRITES(&s, { AT(0x100), 8, 1 });
    assert_signals(&s, "0 1 0 0 0 0");
    stage_end(&s);
}

/* Only the last bytes of an ioeventfd are visible. A write at its address reaches the region that
 * is visible there (another device, or the same one at another offset), and does not signal. */
static void begins_hidden(Machine *m, gconstpointer other)
{
    Stage s;
    Probe *o = probe_new_plain(m, "o", PAGE);
    MemoryRegion *below = window_new(m, "below", &o->mr, 0x800, 0x20);
    MemoryRegion *window = window_new(m, "window", &o->mr, 0x12, 0x20);

    stage_setup(&s, m);
    below = other ? &s.d->mr : below;
    memory_region_add_subregion(s.g->root, DEVICE_AT, below);
    memory_region_add_subregion_overlap(s.g->root, AT(0x12), window, 1);
    memory_region_add_eventfd(&o->mr, 0x10, 4, false, 0, &s.e[0]);
    MEMORY_WRITES(&s, { AT(0x10), 4, 1 });
    assert_signals(&s, "0 0 0 0 0 0");
    assert_trace(m, other ? "d:w10/4=1" : "o:w810/4=1");
    g_assert_cmpint(in_kvm, ==, 0);
    memory_region_del_subregion(s.g->root, window);
    stage_end(&s);
}

/* Only the first bytes are visible. The write reaches the device as a whole and signals; once
 * nothing is hidden any more, in KVM again. */
static void ends_hidden(Machine *m, gconstpointer data)
{
    Stage s;
    Probe *over = probe_new_plain(m, "o", 2);

    (void)data;
    stage_setup(&s, m);
    show(&s);
    memory_region_add_subregion_overlap(s.g->root, AT(0x12), &over->mr, 1);
    bind(&s, 0x10, 4, 0);
    MEMORY_WRITES(&s, { AT(0x10), 4, 1 });
    assert_signals(&s, "1 0 0 0 0 0");
    memory_region_del_subregion(s.g->root, &over->mr);
    MEMORY_WRITES(&s, { AT(0x10), 4, 1 });
    assert_signals(&s, "1 0 0 0 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    stage_end(&s);
}

/* Another device takes the place of the first one, with an equal ioeventfd: a listener cannot tell
 * them apart. But its byte order is the other one. The same for ports. */
static void replaced(Machine *m, gconstpointer data)
{
    Stage s;
    Probe *other = probe_new_plain(m, "o", PAGE);
    MemoryRegion *before = io_new(m, "before", 0x10);

    stage_setup(&s, m);
    MemoryRegion *root = data ? s.g->ports : s.g->root;
    hwaddr at = data ? PORT : DEVICE_AT;
    other->ops.endianness = DEVICE_BIG_ENDIAN;
    bind_data(&s, 0, 4, 0x11223344, 0);
    memory_region_add_eventfd(&other->mr, 0, 4, true, 0x44332211, &s.e[0]);
    memory_region_add_subregion(root, 0x40, before);
    memory_region_add_subregion(root, at, &s.d->mr);
    memory_region_transaction_begin();
    memory_region_del_subregion(root, before);
    memory_region_del_subregion(root, &s.d->mr);
    memory_region_add_subregion(root, at, &other->mr);
    memory_region_transaction_commit();
    const Write w[] = { { at, 4, 0x11223344 }, { at, 4, 0x44332211 } };
    guest_writes(&s, data ? &do_port_writes : &do_writes, w, 2);
    assert_signals(&s, "1 0 0 0 0 0");
    assert_trace(m, "o:w0/4=44332211");
    stage_end(&s);
}

/* KVM takes one of several ioeventfds that collide: the first one by (size, match_data, data,
 * notifier), and the next one when that is removed. No write exits meanwhile. */
static void collide(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    show(&s);
    bind_data(&s, 0, 4, 5, 0);
    bind_data(&s, 0, 4, 5, 1);
    bind_data(&s, 0, 4, 6, 2);
    g_assert_cmpint(in_kvm, ==, 2);
    MEMORY_WRITES(&s, { AT(0), 4, 5 }, { AT(0), 4, 6 });
    assert_signals(&s, "1 0 1 0 0 0");
    bind(&s, 0, 4, 3);
    g_assert_cmpint(in_kvm, ==, 1);
    MEMORY_WRITES(&s, { AT(0), 4, 5 }, { AT(0), 4, 6 });
    assert_signals(&s, "0 0 0 2 0 0");
    bind(&s, 0, 0, 4);
    g_assert_cmpint(in_kvm, ==, 1);
    MEMORY_WRITES(&s, { AT(0), 4, 5 }, { AT(0), 4, 6 });
    assert_signals(&s, "0 0 0 0 2 0");
    memory_region_del_eventfd(&s.d->mr, 0, 4, false, 0, &s.e[3]);
    MEMORY_WRITES(&s, { AT(0), 4, 5 });
    assert_signals(&s, "0 0 0 0 1 0");
    memory_region_del_eventfd(&s.d->mr, 0, 0, false, 0, &s.e[4]);
    memory_region_del_eventfd(&s.d->mr, 0, 4, true, 5, &s.e[0]);
    g_assert_cmpint(in_kvm, ==, 2);
    MEMORY_WRITES(&s, { AT(0), 4, 5 }, { AT(0), 4, 6 });
    assert_signals(&s, "0 1 1 0 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    stage_end(&s);
}

/* An ioeventfd that was added twice stays until it was removed twice. */
static void twice(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    show(&s);
    bind(&s, 0, 4, 0);
    bind(&s, 0, 4, 0);
    memory_region_del_eventfd(&s.d->mr, 0, 4, false, 0, &s.e[0]);
    MEMORY_WRITES(&s, { AT(0), 4, 1 });
    assert_signals(&s, "1 0 0 0 0 0");
    g_assert_cmpuint(given, ==, 1);
    memory_region_del_eventfd(&s.d->mr, 0, 4, false, 0, &s.e[0]);
    g_assert_cmpint(in_kvm, ==, 0);
    stage_end(&s);
}

/* ---- What KVM does not take ------------------------------------------------------------- */

static void refused(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    ioctl_set_hook(NULL);
    show(&s);
    unsigned before = ioctl_count(KVM_IOEVENTFD);
    ioctl_fail(KVM_IOEVENTFD, 1, 1, ENOSPC);
    bind(&s, 0x10, 4, 0);
    expect_report(s.g, "warning", "4 bytes",
                  "region 'd', offset 0x10, at address 0x20010: ", g_strerror(ENOSPC), NULL);
    MEMORY_WRITES(&s, { AT(0x10), 4, 1 });
    assert_signals(&s, "1 0 0 0 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 1);
    memory_region_del_eventfd(&s.d->mr, 0x10, 4, false, 0, &s.e[0]);
    g_assert_cmpuint(ioctl_count(KVM_IOEVENTFD) - before, ==, 1);
    stage_end(&s);
}

static void refused_port(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    ioctl_set_hook(NULL);
    memory_region_add_subregion(s.g->ports, 0x300, &s.d->mr);
    ioctl_fail(KVM_IOEVENTFD, 1, 1, ENOSPC);
    memory_region_add_eventfd(&s.d->mr, 8, 0, false, 0, &s.e[0]);
    expect_report(s.g, "warning", "any size",
                  "region 'd', offset 0x8, at port 0x308: ", g_strerror(ENOSPC), NULL);
    memory_region_del_eventfd(&s.d->mr, 8, 0, false, 0, &s.e[0]);
    memory_region_del_subregion(s.g->ports, &s.d->mr);
    stage_end(&s);
}

/* KVM is asked again for it with its neighbours, but it is reported once. */
static void refused_again(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    ioctl_set_hook(NULL);
    show(&s);
    ioctl_fail(KVM_IOEVENTFD, 1, 3, ENOSPC);
    bind(&s, 0, 4, 0);
    expect_report(s.g, "warning", "4 bytes", NULL);
    bind(&s, 0, 2, 1);
    expect_report(s.g, "warning", "2 bytes", NULL);
    bind(&s, 0, 1, 2);
    MEMORY_WRITES(&s, { AT(0), 1, 1 }, { AT(0), 2, 1 }, { AT(0), 4, 1 });
    assert_signals(&s, "1 1 1 0 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    stage_end(&s);
}

/* A host that lacks ioeventfds: the adapter reports it once, and software signals. */
static void lacking(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    ioctl_pretend(KVM_CAP_IOEVENTFD, 0);
    stage_setup(&s, m);
    show(&s);
    bind(&s, 0, 4, 0);
    expect_report(s.g, "warning", "KVM_CAP_IOEVENTFD", NULL);
    bind(&s, 8, 4, 1);
    MEMORY_WRITES(&s, { AT(0), 4, 1 }, { AT(8), 4, 1 });
    assert_signals(&s, "1 1 0 0 0 0");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 2);
    stage_end(&s);
}

/* An ioeventfd that software signals still hides those that come after it. */
static void lacking_any_length(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    ioctl_pretend(KVM_CAP_IOEVENTFD_ANY_LENGTH, 0);
    stage_setup(&s, m);
    show(&s);
    bind(&s, 0, 4, 0);
    bind(&s, 0, 0, 1);
    expect_report(s.g, "warning", "KVM_CAP_IOEVENTFD_ANY_LENGTH", NULL);
    g_assert_cmpint(in_kvm, ==, 0);
    MEMORY_WRITES(&s, { AT(0), 4, 1 });
    assert_signals(&s, "0 1 0 0 0 0");
    memory_region_del_eventfd(&s.d->mr, 0, 0, false, 0, &s.e[1]);
    g_assert_cmpint(in_kvm, ==, 1);
    stage_end(&s);
}

/* KVM has one of the program's own already. */
static void taken(Machine *m, gconstpointer data)
{
    Stage s;
    struct kvm_ioeventfd own = { .addr = AT(0), .len = 4 };

    (void)data;
    stage_setup(&s, m);
    own.fd = event_notifier_get_fd(&s.e[1]);
    g_assert_cmpint(ioctl_forward(s.g->vm_fd, KVM_IOEVENTFD, &own), ==, 0);
    show(&s);
    bind(&s, 0, 4, 0);
    expect_report(s.g, "warning", "0x20000", g_strerror(EEXIST), NULL);
    MEMORY_WRITES(&s, { AT(0), 4, 1 });
    assert_signals(&s, "0 1 0 0 0 0");
    memory_region_del_eventfd(&s.d->mr, 0, 4, false, 0, &s.e[0]);
    MEMORY_WRITES(&s, { AT(0), 4, 1 });
    assert_signals(&s, "0 1 0 0 0 0");
    stage_end(&s);
}

/* The ioeventfd of one machine is not signalled by the other one. */
static void two_machines(Machine *m, gconstpointer data)
{
    Stage s;
    Guest *other = guest_new(m, NULL);
    Vcpu *v = vcpu_new(other);
    const Write w = { AT(0), 4, 1 };

    (void)data;
    stage_setup(&s, m);
    show(&s);
    bind(&s, 0, 4, 0);
    memcpy(host_of(other->low) + TABLE_AT, &w, sizeof(w));
    v->regs.rsi = TABLE_AT;
    v->regs.rcx = 1;
    vcpu_call(v, &do_writes);
    assert_signals(&s, "0 0 0 0 0 0");
    MEMORY_WRITES(&s, { AT(0), 4, 1 });
    assert_signals(&s, "1 0 0 0 0 0");
    guest_free(other);
    stage_end(&s);
}

/* ---- KVM and the library say the same --------------------------------------------------- */

/* The ioeventfds lie apart, because KVM does not find one at whose end another one of any length
 * begins that was added before. Writes to it exit then, and signal by software. */
enum { ROUNDS = 60, MOST = 12, WIDTHS = 4, APART = 16 };

typedef struct Bound {
    unsigned size, e;
    hwaddr addr;
    bool match;
    uint64_t data;
} Bound;

static Bound random_bound(void)
{
    static const unsigned sizes[] = { 0, 1, 2, 4, 8 };

    Bound b = { 0 };

    b.size = sizes[g_test_rand_int_range(0, 5)];
    b.e = (unsigned)g_test_rand_int_range(0, EVENTS);
    b.addr = APART * (hwaddr)g_test_rand_int_range(0, 2);
    b.match = g_test_rand_bit();
    b.data = (uint64_t)g_test_rand_int_range(1, 3);
    return b;
}

static void edit(Stage *s, Bound *bound, unsigned *count)
{
    if (*count == MOST || (*count > 0 && g_test_rand_int_range(0, 3) == 0)) {
        unsigned i = (unsigned)g_test_rand_int_range(0, (int)*count);
        Bound b = bound[i];
        memory_region_del_eventfd(&s->d->mr, b.addr, b.size, b.match, b.data, &s->e[b.e]);
        bound[i] = bound[--*count];
    } else {
        Bound b = bound[(*count)++] = random_bound();
        memory_region_add_eventfd(&s->d->mr, b.addr, b.size, b.match, b.data, &s->e[b.e]);
    }
}

/* Puts all writes that could match something into w. */
static unsigned all_writes(Write *w)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 2 * WIDTHS * 3; i++) {
        w[count++] = (Write){ AT(APART * (i % 2)), 1u << (i / 2 % WIDTHS), i / 2 / WIDTHS };
    }
    return count;
}

static void random_edits(Machine *m, gconstpointer endianness)
{
    Stage s;
    Bound bound[MOST];
    Write w[2 * WIDTHS * 3];
    unsigned count = 0, writes = all_writes(w);

    stage_setup(&s, m);
    s.d->ops.endianness = (enum device_endian)GPOINTER_TO_INT(endianness);
    show(&s);
    for (unsigned round = 0; round < ROUNDS; round++) {
        edit(&s, bound, &count);
        for (unsigned i = 0; i < writes; i++) {
            address_space_write(s.g->as, w[i].addr, ANY, &w[i].data, w[i].size);
        }
        g_autofree char *want = signals_text(&s);
        g_autofree char *device = g_strdup(m->trace->str);
        g_string_truncate(m->trace, 0);
        guest_writes(&s, &do_writes, w, writes);
        assert_signals(&s, want);
        assert_trace(m, device);
        unsigned exits = 0;
        for (const char *p = device; (p = strstr(p, "d:")); p++) {
            exits++;
        }
        g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, exits);
    }
    stage_end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm/ioeventfd/lengths", lengths);
    KVM_TEST("/kvm/ioeventfd/matching", matching);
    KVM_TEST("/kvm/ioeventfd/any-length", any_length);
    KVM_TEST("/kvm/ioeventfd/big-endian", big_endian);
    KVM_TEST("/kvm/ioeventfd/ports", ports);
    KVM_TEST("/kvm/ioeventfd/moves", moves);
    KVM_TEST("/kvm/ioeventfd/covered", covered);
    kvm_test_add("/kvm/ioeventfd/begins-hidden/by-another", begins_hidden, "other");
    kvm_test_add("/kvm/ioeventfd/begins-hidden/by-itself", begins_hidden, NULL);
    KVM_TEST("/kvm/ioeventfd/ends-hidden", ends_hidden);
    kvm_test_add("/kvm/ioeventfd/replaced/memory", replaced, NULL);
    kvm_test_add("/kvm/ioeventfd/replaced/ports", replaced, "ports");
    KVM_TEST("/kvm/ioeventfd/collide", collide);
    KVM_TEST("/kvm/ioeventfd/twice", twice);
    KVM_TEST("/kvm/ioeventfd/refused", refused);
    KVM_TEST("/kvm/ioeventfd/refused-port", refused_port);
    KVM_TEST("/kvm/ioeventfd/refused-again", refused_again);
    KVM_TEST("/kvm/ioeventfd/lacking", lacking);
    KVM_TEST("/kvm/ioeventfd/lacking-any-length", lacking_any_length);
    KVM_TEST("/kvm/ioeventfd/taken", taken);
    KVM_TEST("/kvm/ioeventfd/two-machines", two_machines);
    kvm_test_add("/kvm/ioeventfd/random/little-endian", random_edits,
                 GINT_TO_POINTER(DEVICE_LITTLE_ENDIAN));
    kvm_test_add("/kvm/ioeventfd/random/big-endian", random_edits,
                 GINT_TO_POINTER(DEVICE_BIG_ENDIAN));
    return g_test_run();
}
