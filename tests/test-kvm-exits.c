/* SPDX-License-Identifier: MIT
 *
 * Exits: what becomes of a guest's accesses to ports and to memory without a slot. Guests make
 * them in all sizes. Exits that no guest here can make are handed to the adapter as the kernel
 * would do it.
 */
#include <string.h>
#include <unistd.h>

#include "kvm/guest.h"
#include "probe.h"

enum { PAGE = 0x1000, DEVICE_AT = 0x20000, PORT = 0x300 };

static Probe *device_at(Guest *g, hwaddr addr)
{
    Probe *p = probe_new_plain(g->m, "d", PAGE);

    memory_region_add_subregion(g->root, addr, &p->mr);
    return p;
}

static Probe *ports_at(Guest *g, hwaddr port)
{
    Probe *p = probe_new_plain(g->m, "p", 8);

    memory_region_add_subregion(g->ports, port, &p->mr);
    return p;
}

/* ---- Memory ----------------------------------------------------------------------------- */

GUEST_CODE(write_64, 64,
           "movb $0x11, 1(%rsi)\n"
           "movw $0x2221, 2(%rsi)\n"
           "movl $0x44434241, 4(%rsi)\n"
           "movabs $0x8887868584838281, %rax\n"
           "mov %rax, 8(%rsi)\n"
           "hlt");
/* Stores each value in RAM after the last one. */
GUEST_CODE(read_64, 64,
           "movb 1(%rsi), %al\n mov %al, 1(%rdi)\n"
           "movw 2(%rsi), %ax\n mov %ax, 2(%rdi)\n"
           "movl 4(%rsi), %eax\n mov %eax, 4(%rdi)\n"
           "mov 8(%rsi), %rax\n mov %rax, 8(%rdi)\n"
           "hlt");

static void sizes_64(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    device_at(g, DEVICE_AT);
    v->regs.rsi = DEVICE_AT;
    v->regs.rdi = 0x8000;
    vcpu_call(v, &read_64);
    assert_trace(m, "d:r1/1 d:r2/2 d:r4/4 d:r8/8");
    assert_hex(host_of(g->low) + 0x8000, 16, "001112131415161718191a1b1c1d1e1f");
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 4);
    vcpu_call(v, &write_64);
    assert_trace(m, "d:w1/1=11 d:w2/2=2221 d:w4/4=44434241 d:w8/8=8887868584838281");
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 4);
}

GUEST_CODE(write_16, 16,
           "movb $0x11, 1(%esi)\n"
           "movw $0x2221, 2(%esi)\n"
           "movl $0x44434241, 4(%esi)\n"
           "hlt");
GUEST_CODE(read_16, 16,
           "movb 1(%esi), %al\n mov %al, 1(%di)\n"
           "movw 2(%esi), %ax\n mov %ax, 2(%di)\n"
           "movl 4(%esi), %eax\n mov %eax, 4(%di)\n"
           "hlt");

static void sizes_16(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    device_at(g, DEVICE_AT);
    v->regs.rsi = DEVICE_AT;
    v->regs.rdi = 0x8000;
    vcpu_call(v, &read_16);
    assert_trace(m, "d:r1/1 d:r2/2 d:r4/4");
    assert_hex(host_of(g->low) + 0x8000, 8, "0011121314151617");
    vcpu_call(v, &write_16);
    assert_trace(m, "d:w1/1=11 d:w2/2=2221 d:w4/4=44434241");
}

GUEST_CODE(misaligned_64, 64,
           "movl $0x44434241, 1(%rsi)\n"
           "mov 4(%rsi), %rax\n"
           "hlt");

/* A misaligned transfer is cut as one through the space is (specification 10.2). */
static void misaligned(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    device_at(g, DEVICE_AT);
    v->regs.rsi = DEVICE_AT;
    g_assert_cmphex(vcpu_call(v, &misaligned_64), ==, 0x1b1a191817161544);
    assert_trace(m, "d:w1/1=41 d:w2/2=4342 d:w4/1=44 d:r4/4 d:r8/4");
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 2);
}

GUEST_CODE(crossing_64, 64,
           "movabs $0x8887868584838281, %rax\n"
           "mov %rax, (%rsi)\n"
           "mov (%rsi), %rbx\n"
           "mov %rax, (%rdi)\n"
           "mov (%rdi), %rax\n"
           "shl $16, %rax\n"
           "mov %bx, %ax\n"
           "hlt");

/* One access, half of it to RAM: from RAM into a device, and from a device into the RAM after
 * it. */
static void crossing(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    MemoryRegion *below = guest_ram(g, "below", DEVICE_AT - PAGE, PAGE);
    MemoryRegion *above = guest_ram(g, "above", DEVICE_AT + PAGE, PAGE);
    device_at(g, DEVICE_AT);
    v->regs.rsi = DEVICE_AT - 4;
    v->regs.rdi = DEVICE_AT + PAGE - 4;
    g_assert_cmphex(vcpu_call(v, &crossing_64), ==, 0x8685eeeeeeee8281);
    assert_hex(host_of(below) + PAGE - 4, 4, "81828384");
    assert_hex(host_of(above), 4, "85868788");
    assert_trace(m, "d:w0/4=88878685 d:r0/4 d:wffc/4=84838281 d:rffc/4");
}

/* ---- Nobody there ----------------------------------------------------------------------- */

GUEST_CODE(touch_64, 64,
           "mov %rax, (%rsi)\n"
           "mov (%rsi), %rax\n"
           "hlt");
GUEST_CODE(touch_port, 16,
           "out %eax, %dx\n"
           "in %dx, %eax\n"
           "hlt");

static void hole(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    address_space_set_hole(g->as, 0xff, MEMTX_OK);
    v->regs.rax = 0x1234;
    v->regs.rsi = DEVICE_AT;
    g_assert_cmphex(vcpu_call(v, &touch_64), ==, UINT64_MAX);
    v->regs.rdx = PORT;
    g_assert_cmphex(vcpu_call(v, &touch_port), ==, 0);
    g_assert_cmpuint(v->exits[KVM_EXIT_IO], ==, 2);
}

/* A guest that accesses something wrong reads zero and goes on. */
static void rejected(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);
    Probe *d = device_at(g, DEVICE_AT);
    Probe *p = ports_at(g, PORT);

    (void)data;
    probe_ask(d);
    probe_ask(p);
    v->regs.rax = 0x1234;
    v->regs.rsi = DEVICE_AT;
    v->regs.rdx = PORT;
    g_assert_cmphex(vcpu_call(v, &touch_64), ==, 0);
    assert_trace(m, "d:aw0/8 d:ar0/8");
    g_assert_cmphex(vcpu_call(v, &touch_port), ==, 0);
    assert_trace(m, "p:aw0/4 p:ar0/4");
}

/* If a device returns data with an error, the guest gets the data. */
static void failing(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);
    Probe *d = device_at(g, DEVICE_AT);

    (void)data;
    probe_use_attrs(d);
    d->result = MEMTX_ERROR;
    v->regs.rax = 0x1234;
    v->regs.rsi = DEVICE_AT;
    g_assert_cmphex(vcpu_call(v, &touch_64), ==, 0x1234);
    assert_trace(m, "d:w0/8=1234 d:r0/8");
    g_assert_cmpuint(d->attrs.unspecified, ==, 0);
    g_assert_cmpuint(d->attrs.secure, ==, 0);
}

/* ---- Ports ------------------------------------------------------------------------------ */

GUEST_CODE(port_sizes, 16,
           "out %al, %dx\n"
           "out %ax, %dx\n"
           "out %eax, %dx\n"
           "xor %eax, %eax\n"
           "inc %dx\n in %dx, %al\n mov %al, 1(%di)\n"
           "inc %dx\n in %dx, %ax\n mov %ax, 2(%di)\n"
           "add $2, %dx\n in %dx, %eax\n mov %eax, 4(%di)\n"
           "hlt");

static void ports(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);
    Probe *p = ports_at(g, PORT);

    (void)data;
    probe_use_attrs(p);
    v->regs.rax = 0x44332211;
    v->regs.rdx = PORT;
    v->regs.rdi = 0x8000;
    vcpu_call(v, &port_sizes);
    assert_trace(m, "p:w0/1=11 p:w0/2=2211 p:w0/4=44332211 p:r1/1 p:r2/2 p:r4/4");
    assert_hex(host_of(g->low) + 0x8000, 8, "0022334414151617");
    g_assert_cmpuint(v->exits[KVM_EXIT_IO], ==, 6);
    g_assert_cmpuint(p->attrs.unspecified, ==, 0);
}

/* Without a space of ports the caller handles port exits, and finds each exit as KVM left it. */
static void ports_of_caller(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    KVMMemoryOptions options = { .memory = g->as };
    Vcpu *v;

    (void)data;
    g->km = kvm_memory_new(g->vm_fd, &options, NULL);
    g_assert_nonnull(g->km);
    v = vcpu_new(g);
    v->regs.rax = 0x44332211;
    v->regs.rdx = PORT;
    vcpu_start(v, &touch_port);
    g_assert_cmpuint(vcpu_wait_failed(v), ==, KVM_EXIT_IO);
    g_assert_cmpuint(v->run->io.port, ==, PORT);
    g_assert_cmphex(*(uint32_t *)((char *)v->run + v->run->io.data_offset), ==, 0x44332211);
}

/* ---- Code where no slot is --------------------------------------------------------------- */

GUEST_CODE(stop_here, 64, "hlt");
GUEST_CODE(jump, 64, "jmp *%rdi");
GUEST_CODE(jump_16, 16, "push %di\n push $0\n lret"); /* to di:0 */

/* KVM cannot go on there; the adapter reports the address and the region. */
static void assert_no_code(Guest *g, const GuestCode *code, uint64_t rdi, const char *where,
                           const char *why)
{
    Vcpu *v = g->vcpus[0];

    v->regs.rdi = rdi;
    vcpu_start(v, code);
    g_assert_cmpuint(vcpu_wait_failed(v), ==, KVM_EXIT_INTERNAL_ERROR);
    expect_report(g, "error", "KVM cannot run the guest's code at", where, why, NULL);
}

static void code_in_no_slot(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *box = box_new(m, "box", 2 * PAGE), *ram = ram_new(m, "ram", 2 * PAGE);

    (void)data;
    vcpu_new(g);
    device_at(g, DEVICE_AT);
    memory_region_add_subregion(
        box, 0x800, ram); /* its place in the page differs from that of its host address */
    memory_region_add_subregion(g->root, 2 * DEVICE_AT, box);
    expect_report(g, "warning", "'ram'", "host address", NULL);
    assert_no_code(g, &jump, DEVICE_AT + 0x20, "0x20020", "region 'd', offset 0x20, has no slot");
    assert_no_code(g, &jump, 2 * DEVICE_AT + 0x900, "0x40900", "region 'ram', offset 0x100, has");
    assert_no_code(g, &jump, 4 * DEVICE_AT, "0x80000", "no region is there");
    assert_no_code(g, &jump_16, DEVICE_AT >> 4, "0x20000", "region 'd', offset 0x0, has no slot");
    g_string_truncate(m->trace, 0);
}

/* If KVM cannot go on for a reason that has nothing to do with the map, nothing is reported. */
static void other_failures(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);

    (void)data;
    vcpu_call(v, &stop_here);
    v->run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
    v->run->internal.suberror = KVM_INTERNAL_ERROR_EMULATION;
    g_assert_false(kvm_memory_handle_exit(v->km));
    device_at(g, 0);
    v->run->internal.suberror = KVM_INTERNAL_ERROR_DELIVERY_EV;
    g_assert_false(kvm_memory_handle_exit(v->km));
}

/* ---- Strings ---------------------------------------------------------------------------- */

/* A port that keeps what is written to it and reads as 0, 1, 2 and so on. */
typedef struct Stream {
    MemoryRegion mr; /* first: the machine frees it */
    GByteArray *written;
    uint64_t reads;
    unsigned sizes; /* the sizes of all accesses, combined with OR */
} Stream;

static uint64_t stream_read(void *opaque, hwaddr addr, unsigned size)
{
    Stream *s = opaque;

    (void)addr;
    s->sizes |= size;
    return s->reads++;
}

static void stream_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    Stream *s = opaque;

    (void)addr;
    s->sizes |= size;
    g_byte_array_append(s->written, (const uint8_t *)&value, size);
}

static const MemoryRegionOps stream_ops = {
    .read = stream_read,
    .write = stream_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static Stream *stream_at(Guest *g, hwaddr port)
{
    Stream *s = g_new0(Stream, 1);

    g_ptr_array_add(g->m->regions, s);
    s->written = g_byte_array_new();
    memory_region_init_io(&s->mr, NULL, &stream_ops, s, "stream", 4);
    memory_region_add_subregion(g->ports, port, &s->mr);
    return s;
}

GUEST_CODE(outs_1, 64, "rep outsb\n hlt");
GUEST_CODE(outs_2, 64, "rep outsw\n hlt");
GUEST_CODE(outs_4, 64, "rep outsl\n hlt");
GUEST_CODE(ins_1, 64, "rep insb\n hlt");
GUEST_CODE(ins_2, 64, "rep insw\n hlt");
GUEST_CODE(ins_4, 64, "rep insl\n hlt");
GUEST_CODE(outs_2_down, 64, "std\n rep outsw\n hlt");
GUEST_CODE(ins_2_down, 64, "std\n rep insw\n hlt");

enum { STRING_AT = 0x8000, STRING_MAX = 0x6000 };

typedef struct StringCase {
    const GuestCode *outs, *ins;
    unsigned size;
    bool down;
} StringCase;

static const StringCase bytes = { &outs_1, &ins_1, 1, false };
static const StringCase words = { &outs_2, &ins_2, 2, false };
static const StringCase longs = { &outs_4, &ins_4, 4, false };
static const StringCase words_down = { &outs_2_down, &ins_2_down, 2, true };

/* The i-th item of a string in memory. */
static uint8_t *item(Guest *g, const StringCase *c, unsigned count, unsigned i)
{
    unsigned place = c->down ? count - 1 - i : i;
    return host_of(g->low) + STRING_AT + place * c->size;
}

static void begin_string(Vcpu *v, const StringCase *c, unsigned count)
{
    v->regs.rsi = v->regs.rdi = STRING_AT + (c->down ? (count - 1) * c->size : 0);
    v->regs.rcx = count;
    v->regs.rdx = PORT;
}

static void check_outs(Vcpu *v, Stream *s, const StringCase *c, unsigned count)
{
    begin_string(v, c, count);
    for (unsigned i = 0; i < count * c->size; i++) {
        host_of(v->g->low)[STRING_AT + i] = (uint8_t)(i * 7 + i / 256);
    }
    vcpu_call(v, c->outs);
    g_assert_cmpuint(s->written->len, ==, count * c->size);
    for (unsigned i = 0; i < count; i++) {
        g_assert_cmpmem(s->written->data + i * c->size, c->size, item(v->g, c, count, i), c->size);
    }
    g_byte_array_set_size(s->written, 0);
}

static void check_ins(Vcpu *v, Stream *s, const StringCase *c, unsigned count)
{
    begin_string(v, c, count);
    memset(host_of(v->g->low) + STRING_AT, 0xee, STRING_MAX);
    s->reads = 0;
    vcpu_call(v, c->ins);
    g_assert_cmpuint(s->reads, ==, count);
    for (unsigned i = 0; i < count; i++) {
        g_assert_cmpmem(item(v->g, c, count, i), c->size, &i, c->size);
    }
    g_assert_cmphex(host_of(v->g->low)[STRING_AT + count * c->size], ==, 0xee);
}

static void strings(Machine *m, gconstpointer data)
{
    static const unsigned counts[] = { 1, 5, 1000, 5000 };
    const StringCase *c = data;
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = vcpu_new(g);
    Stream *s = stream_at(g, PORT);

    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        check_outs(v, s, c, counts[i]);
        check_ins(v, s, c, counts[i]);
    }
    g_assert_cmpuint(s->sizes, ==, c->size);
    g_byte_array_unref(s->written);
}

/* ---- What no guest here does ------------------------------------------------------------ */

/* A vCPU whose kvm_run the test fills in. It never runs. */
typedef struct Fake {
    Guest *g;
    int fd;
    struct kvm_run *run;
    KVMMemoryVcpu *vcpu;
} Fake;

static Fake fake_new(Guest *g)
{
    Fake f = { .g = g, .run = g_malloc0(2 * PAGE) };

    f.fd = ioctl_forward(g->vm_fd, KVM_CREATE_VCPU, NULL);
    f.vcpu = kvm_memory_add_vcpu(g->km, f.fd, f.run, NULL);
    g_assert_nonnull(f.vcpu);
    return f;
}

static void fake_end(Fake *f)
{
    kvm_memory_remove_vcpu(f->vcpu);
    close(f->fd);
    g_free(f->run);
}

static void fake_mmio(Fake *f, hwaddr addr, const void *data, unsigned len)
{
    f->run->exit_reason = KVM_EXIT_MMIO;
    f->run->mmio.phys_addr = addr;
    f->run->mmio.len = len;
    f->run->mmio.is_write = data != NULL;
    memset(f->run->mmio.data, 0xcc, 8);
    memcpy(f->run->mmio.data, data ? data : "", data ? len : 0);
    g_assert_true(kvm_memory_handle_exit(f->vcpu));
}

static void odd_sizes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Fake f = fake_new(g);

    (void)data;
    device_at(g, DEVICE_AT);
    fake_mmio(&f, DEVICE_AT, "\1\2\3", 3);
    assert_trace(m, "d:w0/2=201 d:w2/1=3");
    fake_mmio(&f, DEVICE_AT + 8, NULL, 7);
    assert_hex(f.run->mmio.data, 8, "18191a1b1c1d1ecc");
    assert_trace(m, "d:r8/4 d:rc/2 d:re/1");
    fake_mmio(&f, DEVICE_AT + 3, "\1\2\3\4\5", 5);
    assert_trace(m, "d:w3/1=1 d:w4/4=5040302");
    fake_mmio(&f, DEVICE_AT, NULL, 6);
    assert_trace(m, "d:r0/4 d:r4/2");
    fake_end(&f);
}

static void other_exits(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Fake f = fake_new(g);

    (void)data;
    for (unsigned reason = 0; reason < 40; reason++) {
        if (reason != KVM_EXIT_MMIO && reason != KVM_EXIT_IO &&
            reason != KVM_EXIT_DIRTY_RING_FULL) {
            f.run->exit_reason = reason;
            g_assert_false(kvm_memory_handle_exit(f.vcpu));
        }
    }
    fake_end(&f);
}

#ifdef KVM_RUN_X86_SMM
/* The host cannot run a guest in this mode, so the space gets no slot. */
static void management_mode(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    MemoryRegion *root = box_new(m, "smm", UINT64_MAX);
    KVMMemoryOptions options = { .smm = space_new(m, root, "smm") };
    Probe *d = device_at(g, DEVICE_AT), *s = probe_new_plain(m, "s", PAGE);
    Fake f;

    (void)data;
    memory_region_add_subregion(root, DEVICE_AT, &s->mr);
    probe_use_attrs(d);
    probe_use_attrs(s);
    ioctl_pretend(KVM_CAP_MULTI_ADDRESS_SPACE, 2);
    guest_attach(g, &options);
    f = fake_new(g);
    f.run->flags = KVM_RUN_X86_SMM;
    fake_mmio(&f, DEVICE_AT, "\1", 1);
    assert_trace(m, "s:w0/1=1");
    g_assert_cmpuint(s->attrs.secure, ==, 1);
    g_assert_cmpuint(s->attrs.unspecified, ==, 0);
    f.run->flags = 0;
    fake_mmio(&f, DEVICE_AT, "\1", 1);
    assert_trace(m, "d:w0/1=1");
    g_assert_cmpuint(d->attrs.secure, ==, 0);
    fake_end(&f);
}

/* Without a space for the mode, the guest sees ordinary memory there, and attributes that say
 * which mode it is in. */
static void management_mode_alone(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Probe *d = device_at(g, DEVICE_AT);
    Fake f = fake_new(g);

    (void)data;
    probe_use_attrs(d);
    f.run->flags = KVM_RUN_X86_SMM;
    fake_mmio(&f, DEVICE_AT, "\1", 1);
    assert_trace(m, "d:w0/1=1");
    g_assert_cmpuint(d->attrs.secure, ==, 1);
    fake_end(&f);
}
#endif

/* Two machines in one process do not affect each other. */
static void two_machines(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) a = guest_new(m, NULL);
    g_autoptr(Guest) b = guest_new(m, NULL);
    Vcpu *va = vcpu_new(a), *vb = vcpu_new(b);

    (void)data;
    device_at(a, DEVICE_AT);
    address_space_set_hole(b->as, 0x77, MEMTX_OK);
    va->regs.rsi = vb->regs.rsi = DEVICE_AT;
    va->regs.rax = vb->regs.rax = 5;
    vcpu_start(va, &touch_64);
    vcpu_start(vb, &touch_64);
    g_assert_cmphex(vcpu_wait(va), ==, 5);
    g_assert_cmphex(vcpu_wait(vb), ==, 0x7777777777777777);
    assert_trace(m, "d:w0/8=5 d:r0/8");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm/exits/memory/64-bit", sizes_64);
    KVM_TEST("/kvm/exits/memory/16-bit", sizes_16);
    KVM_TEST("/kvm/exits/memory/misaligned", misaligned);
    KVM_TEST("/kvm/exits/memory/into-and-out-of-RAM", crossing);
    KVM_TEST("/kvm/exits/memory/odd-sizes", odd_sizes);
    KVM_TEST("/kvm/exits/nobody-there", hole);
    KVM_TEST("/kvm/exits/rejected", rejected);
    KVM_TEST("/kvm/exits/failing", failing);
    KVM_TEST("/kvm/exits/ports/sizes", ports);
    KVM_TEST("/kvm/exits/ports/of-the-caller", ports_of_caller);
    kvm_test_add("/kvm/exits/strings/bytes", strings, &bytes);
    kvm_test_add("/kvm/exits/strings/words", strings, &words);
    kvm_test_add("/kvm/exits/strings/longs", strings, &longs);
    kvm_test_add("/kvm/exits/strings/words-backwards", strings, &words_down);
    KVM_TEST("/kvm/exits/others", other_exits);
    KVM_TEST("/kvm/exits/code/in-no-slot", code_in_no_slot);
    KVM_TEST("/kvm/exits/code/other-failures", other_failures);
#ifdef KVM_RUN_X86_SMM
    KVM_TEST("/kvm/exits/management-mode/own-space", management_mode);
    KVM_TEST("/kvm/exits/management-mode/ordinary-memory", management_mode_alone);
#endif
    KVM_TEST("/kvm/exits/two-machines", two_machines);
    return g_test_run();
}
