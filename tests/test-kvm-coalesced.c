/* SPDX-License-Identifier: MIT
 *
 * Coalesced writes: KVM queues them without an exit. Devices get them in the guest's order, and
 * before anything that the guest did later.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm/guest.h"
#include "probe.h"

enum { PAGE = 0x1000, DEVICE_AT = 0x20000, OTHER_AT = 0x30000, PORT = 0x300, FLAG_AT = 0x9000 };

typedef struct Stage {
    Guest *g;
    Vcpu *v;
    Probe *d; /* coalesced from 0 to 0xff */
    Probe *o; /* not coalesced */
} Stage;

/* Lets the library ask the adapter to flush. */
static void set_hook(Stage *s, Machine *m)
{
    MemoryContextHooks hooks = {
        .flush_coalesced_mmio = s ? kvm_memory_flush_coalesced : NULL,
        .opaque = s ? s->g->km : NULL,
    };

    memory_context_set_hooks(m->ctx, &hooks);
}

static void stage_setup_with(Stage *s, Machine *m, const KVMMemoryOptions *options)
{
    s->g = guest_new(m, options);
    s->v = vcpu_new(s->g);
    s->d = probe_new_plain(m, "d", PAGE);
    s->o = probe_new_plain(m, "o", PAGE);
    memory_region_add_subregion(s->g->root, DEVICE_AT, &s->d->mr);
    memory_region_add_subregion(s->g->root, OTHER_AT, &s->o->mr);
    memory_region_add_coalescing(&s->d->mr, 0, 0x100);
    s->v->regs.rsi = DEVICE_AT;
    s->v->regs.rdi = OTHER_AT;
    s->v->regs.rbx = FLAG_AT;
    s->v->regs.rdx = PORT;
}

static void stage_setup(Stage *s, Machine *m)
{
    stage_setup_with(s, m, NULL);
}

static void stage_end(Stage *s, Machine *m)
{
    set_hook(NULL, m);
    guest_free(s->g);
}

static uint32_t *flag(Stage *s)
{
    return (uint32_t *)(host_of(s->g->low) + FLAG_AT);
}

static void wait_for_flag(Stage *s, uint32_t value)
{
    while (__atomic_load_n(flag(s), __ATOMIC_SEQ_CST) != value) {
        g_usleep(100);
    }
}

static void set_flag(Stage *s, uint32_t value)
{
    __atomic_store_n(flag(s), value, __ATOMIC_SEQ_CST);
}

/* ---- Order ------------------------------------------------------------------------------ */

GUEST_CODE(several, 64,
           "movb $1, (%rsi)\n"
           "movw $2, 8(%rsi)\n"
           "movl $3, 16(%rsi)\n"
           "movabs $0x1122334455667788, %rax\n mov %rax, 24(%rsi)\n"
           "movb $5, (%rsi)\n"
           "hlt");
GUEST_CODE(then_other, 64,
           "movb $1, (%rsi)\n movb $2, 1(%rsi)\n movb $3, (%rdi)\n"
           "movb $4, (%rsi)\n hlt");
GUEST_CODE(then_beside, 64, "movb $1, (%rsi)\n mov 0x200(%rsi), %rax\n movb $2, (%rsi)\n hlt");
GUEST_CODE(then_read, 64, "movb $0x77, (%rsi)\n movzbq (%rsi), %rax\n hlt");
GUEST_CODE(then_port, 64, "movb $1, (%rsi)\n mov $2, %al\n out %al, %dx\n hlt");

static void order(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    vcpu_call(s.v, &several);
    assert_trace(m, "d:w0/1=1 d:w8/2=2 d:w10/4=3 d:w18/8=1122334455667788 d:w0/1=5");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 0);
    stage_end(&s, m);
}

static void before_others(Machine *m, gconstpointer data)
{
    Stage s;
    Probe *p = probe_new_plain(m, "p", 8);

    (void)data;
    stage_setup(&s, m);
    memory_region_add_subregion(s.g->ports, PORT, &p->mr);
    vcpu_call(s.v, &then_other);
    assert_trace(m, "d:w0/1=1 d:w1/1=2 o:w0/1=3 d:w0/1=4");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 1);
    vcpu_call(s.v, &then_beside);
    assert_trace(m, "d:w0/1=1 d:r200/8 d:w0/1=2");
    g_assert_cmphex(vcpu_call(s.v, &then_read), ==, 0x77);
    assert_trace(m, "d:w0/1=77 d:r0/1");
    vcpu_call(s.v, &then_port);
    assert_trace(m, "d:w0/1=1 p:w0/1=2");
    stage_end(&s, m);
}

GUEST_CODE(ports_and_memory, 64,
           "mov $1, %al\n out %al, %dx\n movb $2, (%rsi)\n mov $3, %ax\n out %ax, %dx\n hlt");

static void ports(Machine *m, gconstpointer data)
{
    Stage s;
    Probe *p = probe_new_plain(m, "p", 8);

    (void)data;
    stage_setup(&s, m);
    memory_region_add_subregion(s.g->ports, PORT, &p->mr);
    memory_region_set_coalescing(&p->mr);
    vcpu_call(s.v, &ports_and_memory);
    assert_trace(m, "p:w0/1=1 d:w0/1=2 p:w0/2=3");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_IO], ==, 0);
    memory_region_clear_coalescing(&p->mr);
    vcpu_call(s.v, &ports_and_memory);
    assert_trace(m, "p:w0/1=1 d:w0/1=2 p:w0/2=3");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_IO], ==, 2);
    stage_end(&s, m);
}

/* ---- More than there is room for -------------------------------------------------------- */

typedef struct Sequence {
    Probe *p;
    uint64_t next;
} Sequence;

static void check_sequence(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Sequence *q = p->opaque;

    (void)addr, (void)size, (void)is_write;
    q->next++;
    g_string_append_printf(p->m->trace, "(%" PRIu64 ")", q->next);
}

GUEST_CODE(write_numbers, 64, "1: inc %rax\n mov %rax, (%rsi)\n cmp %rcx, %rax\n jne 1b\n hlt");

static void overflow(Machine *m, gconstpointer data)
{
    enum { COUNT = 1000 };
    Stage s;
    Sequence q = { .next = 0 };
    const char *at;
    uint64_t n = 0;

    (void)data;
    stage_setup(&s, m);
    s.d->hook = check_sequence;
    s.d->opaque = &q;
    s.v->regs.rcx = COUNT;
    vcpu_call(s.v, &write_numbers);
    g_assert_cmpuint(q.next, ==, COUNT);
    for (at = m->trace->str; (at = strchr(at, '=')) != NULL; at++) {
        g_assert_cmpuint(strtoull(at + 1, NULL, 16), ==, ++n);
    }
    g_assert_cmpuint(n, ==, COUNT);
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], >=, 1);
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], <, COUNT / 10);
    g_string_truncate(m->trace, 0);
    stage_end(&s, m);
}

/* ---- Others look ------------------------------------------------------------------------ */

/* Reports its writes and waits until it may go on. */
GUEST_CODE(write_and_wait, 64,
           "movb $0x55, (%rsi)\n movb $0x66, 1(%rsi)\n movl $1, (%rbx)\n"
           "1: pause\n cmpl $2, (%rbx)\n jne 1b\n"
           "movb $0x77, (%rdi)\n hlt");

static void from_another_thread(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    set_hook(&s, m);
    vcpu_start(s.v, &write_and_wait);
    wait_for_flag(&s, 1);
    assert_trace(m, "");
    g_assert_cmphex(address_space_ldub(s.g->as, DEVICE_AT, ANY, NULL), ==, 0x55);
    assert_trace(m, "d:w0/1=55 d:w1/1=66 d:r0/1");
    set_flag(&s, 2);
    vcpu_wait(s.v);
    assert_trace(m, "o:w0/1=77");
    stage_end(&s, m);
}

/* If a device moves, it first gets what was written to it. */
static void before_a_move(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    set_hook(&s, m);
    vcpu_start(s.v, &write_and_wait);
    wait_for_flag(&s, 1);
    memory_region_set_address(&s.d->mr, DEVICE_AT + 0x1000);
    assert_trace(m, "d:w0/1=55 d:w1/1=66");
    set_flag(&s, 2);
    vcpu_wait(s.v);
    assert_trace(m, "o:w0/1=77");
    stage_end(&s, m);
}

/* A zone is removed while writes are queued. With the hook they are delivered before, without it
 * at the next exit. */
static void zone_goes(Machine *m, gconstpointer hook)
{
    Stage s;

    stage_setup(&s, m);
    set_hook(hook ? &s : NULL, m);
    vcpu_start(s.v, &write_and_wait);
    wait_for_flag(&s, 1);
    memory_region_clear_coalescing(&s.d->mr);
    assert_trace(m, hook ? "d:w0/1=55 d:w1/1=66" : "");
    set_flag(&s, 2);
    vcpu_wait(s.v);
    assert_trace(m, hook ? "o:w0/1=77" : "d:w0/1=55 d:w1/1=66 o:w0/1=77");
    stage_end(&s, m);
}

/* Stopping a vCPU delivers its queued writes. */
static void stopped(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    vcpu_start(s.v, &write_and_wait);
    wait_for_flag(&s, 1);
    vcpu_stop(s.v);
    assert_trace(m, "d:w0/1=55 d:w1/1=66");
    stage_end(&s, m);
}

/* Removing a vCPU delivers its queued writes, whichever thread has run it. */
static void removed(Machine *m, gconstpointer data)
{
    const KVMMemoryOptions options = { .resume_vcpus = unstoppable };
    Stage s;

    (void)data;
    stage_setup_with(&s, m, &options);
    vcpu_start(s.v, &write_and_wait);
    wait_for_flag(&s, 1);
    vcpu_stop(s.v);
    assert_trace(m, "");
    kvm_memory_remove_vcpu(s.v->km);
    s.v->km = NULL;
    assert_trace(m, "d:w0/1=55 d:w1/1=66");
    stage_end(&s, m);
}

/* One of two threads is in the middle of a queued write. The other's access comes after it,
 * although it needs no lock. */
static void tell_other_and_dawdle(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Stage *s = p->opaque;

    (void)addr, (void)size, (void)is_write;
    set_flag(s, 2);
    g_usleep(20000);
    g_string_append(p->m->trace, " done");
}

GUEST_CODE(wait_and_write, 64, "1: pause\n cmpl $2, (%rbx)\n jne 1b\n movb $1, (%rdi)\n hlt");
GUEST_CODE(write_and_exit, 64, "movb $1, (%rsi)\n hlt");

static void not_before_its_end(Machine *m, gconstpointer data)
{
    Stage s;
    Vcpu *b;

    (void)data;
    stage_setup(&s, m);
    b = vcpu_new(s.g);
    b->regs = s.v->regs;
    memory_region_enable_lockless_io(&s.o->mr);
    s.d->hook = tell_other_and_dawdle;
    s.d->opaque = &s;
    vcpu_start(b, &wait_and_write);
    vcpu_call(s.v, &write_and_exit);
    vcpu_wait(b);
    assert_trace(m, "d:w0/1=1 done o:w0/1=1");
    stage_end(&s, m);
}

/* The queue belongs to the virtual machine: an exit of any vCPU empties it, through that vCPU's
 * mapping. */
static void two_vcpus(Machine *m, gconstpointer data)
{
    Stage s;
    Vcpu *b;

    (void)data;
    stage_setup(&s, m);
    b = vcpu_new(s.g);
    b->regs.rdi = OTHER_AT;
    b->regs.rsi = DEVICE_AT;
    vcpu_start(s.v, &write_and_wait);
    wait_for_flag(&s, 1);
    vcpu_call(b, &then_other);
    assert_trace(m, "d:w0/1=55 d:w1/1=66 d:w0/1=1 d:w1/1=2 o:w0/1=3 d:w0/1=4");
    set_flag(&s, 2);
    vcpu_wait(s.v);
    assert_trace(m, "o:w0/1=77");
    kvm_memory_remove_vcpu(s.v->km);
    s.v->km = NULL;
    vcpu_call(b, &then_other);
    assert_trace(m, "d:w0/1=1 d:w1/1=2 o:w0/1=3 d:w0/1=4");
    stage_end(&s, m);
}

/* A device removes another vCPU, the one through whose mapping the queue is being read. */
static void take_first_away(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Stage *s = p->opaque;

    (void)addr, (void)size, (void)is_write;
    kvm_memory_remove_vcpu(s->v->km);
    s->v->km = NULL;
}

static void removed_by_a_device(Machine *m, gconstpointer data)
{
    Stage s;
    Vcpu *b;

    (void)data;
    stage_setup(&s, m);
    b = vcpu_new(s.g);
    b->regs = s.v->regs;
    s.d->hook = take_first_away;
    s.d->opaque = &s;
    vcpu_call(b, &several);
    assert_trace(m, "d:w0/1=1 d:w8/2=2 d:w10/4=3 d:w18/8=1122334455667788 d:w0/1=5");
    stage_end(&s, m);
}

static void without_vcpu(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);

    (void)data;
    kvm_memory_flush_coalesced(g->km);
}

/* ---- A device that comes back ----------------------------------------------------------- */

/* Accesses another device, which flushes, and edits the map, which flushes, too. */
static void come_back(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Stage *s = p->opaque;

    (void)size;
    if (is_write && addr == 0) {
        address_space_ldub(s->g->as, OTHER_AT, ANY, NULL);
        memory_region_set_enabled(&s->o->mr, false);
        memory_region_set_enabled(&s->o->mr, true);
    }
}

static void comes_back(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_setup(&s, m);
    set_hook(&s, m);
    memory_region_set_flush_coalesced(&s.o->mr);
    s.d->hook = come_back;
    s.d->opaque = &s;
    vcpu_call(s.v, &several);
    assert_trace(m, "d:w0/1=1 o:r0/1 d:w8/2=2 d:w10/4=3 d:w18/8=1122334455667788 "
                    "d:w0/1=5 o:r0/1");
    stage_end(&s, m);
}

/* ---- Hosts that lack it ----------------------------------------------------------------- */

static void lacking(Machine *m, gconstpointer data)
{
    Stage s;
    Probe *p = probe_new_plain(m, "p", 8);

    (void)data;
    ioctl_pretend(KVM_CAP_COALESCED_MMIO, 0);
    ioctl_pretend(KVM_CAP_COALESCED_PIO, 0);
    stage_setup(&s, m);
    expect_report(s.g, "warning", "KVM_CAP_COALESCED_MMIO", NULL);
    memory_region_add_subregion(s.g->ports, PORT, &p->mr);
    memory_region_set_coalescing(&p->mr);
    expect_report(s.g, "warning", "KVM_CAP_COALESCED_PIO", NULL);
    vcpu_call(s.v, &ports_and_memory);
    assert_trace(m, "p:w0/1=1 d:w0/1=2 p:w0/2=3");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 1);
    stage_end(&s, m);
}

/* KVM stores the size of a zone in 32 bits. */
static uint64_t zone_bytes;

static bool add_up_zones(int fd, unsigned long request, void *arg, int *result)
{
    const struct kvm_coalesced_mmio_zone *zone = arg;

    (void)fd, (void)result;
    if (request == KVM_REGISTER_COALESCED_MMIO) {
        zone_bytes += zone->size;
    } else if (request == KVM_UNREGISTER_COALESCED_MMIO) {
        zone_bytes -= zone->size;
    }
    return false;
}

static void larger_than_a_zone(Machine *m, gconstpointer data)
{
    const uint64_t size = 5 * (UINT64_C(1) << 30) + PAGE;
    g_autoptr(Guest) g = guest_new(m, NULL);
    Probe *p = probe_new_plain(m, "p", size);

    (void)data;
    zone_bytes = 0;
    ioctl_set_hook(add_up_zones);
    memory_region_set_coalescing(&p->mr);
    memory_region_add_subregion(g->root, UINT64_C(1) << 32, &p->mr);
    g_assert_cmphex(zone_bytes, ==, size);
    memory_region_del_subregion(g->root, &p->mr);
    g_assert_cmphex(zone_bytes, ==, 0);
}

static void refused(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    ioctl_fail(KVM_REGISTER_COALESCED_MMIO, 1, 1, ENOSPC);
    stage_setup(&s, m);
    expect_report(s.g, "warning", "0x20000-0x200ff", g_strerror(ENOSPC), NULL);
    vcpu_call(s.v, &then_other);
    assert_trace(m, "d:w0/1=1 d:w1/1=2 o:w0/1=3 d:w0/1=4");
    g_assert_cmpuint(s.v->exits[KVM_EXIT_MMIO], ==, 4);
    stage_end(&s, m);
}

/* Without a mapping of the queue no zone is made, because the queue would swallow writes. */
static void no_mapping(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    int fd = ioctl_forward(g->vm_fd, KVM_CREATE_VCPU, NULL);
    g_autofree struct kvm_run *run = g_malloc0(PAGE);
    Error *err = NULL;

    (void)data;
    mmap_fail(1, 1, ENOMEM);
    g_assert_null(kvm_memory_add_vcpu(g->km, fd, run, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "coalesced"));
    error_free(err);
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm/coalesced/order", order);
    KVM_TEST("/kvm/coalesced/before-others", before_others);
    KVM_TEST("/kvm/coalesced/ports", ports);
    KVM_TEST("/kvm/coalesced/overflow", overflow);
    KVM_TEST("/kvm/coalesced/from-another-thread", from_another_thread);
    KVM_TEST("/kvm/coalesced/before-a-move", before_a_move);
    kvm_test_add("/kvm/coalesced/zone-goes/hook", zone_goes, "hook");
    kvm_test_add("/kvm/coalesced/zone-goes/no-hook", zone_goes, NULL);
    KVM_TEST("/kvm/coalesced/stopped", stopped);
    KVM_TEST("/kvm/coalesced/removed", removed);
    KVM_TEST("/kvm/coalesced/not-before-its-end", not_before_its_end);
    KVM_TEST("/kvm/coalesced/two-vcpus", two_vcpus);
    KVM_TEST("/kvm/coalesced/removed-by-a-device", removed_by_a_device);
    KVM_TEST("/kvm/coalesced/without-vcpu", without_vcpu);
    KVM_TEST("/kvm/coalesced/comes-back", comes_back);
    KVM_TEST("/kvm/coalesced/lacking", lacking);
    KVM_TEST("/kvm/coalesced/larger-than-a-zone", larger_than_a_zone);
    KVM_TEST("/kvm/coalesced/refused", refused);
    KVM_TEST("/kvm/coalesced/no-mapping", no_mapping);
    return g_test_run();
}
