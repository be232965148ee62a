/* SPDX-License-Identifier: MIT
 *
 * The vCPUs of guests: their first state, their threads and how programs end; see guest.h.
 */
#include "vcpu.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATIENCE = 120 }; /* seconds after which a program counts as hanging */

static __thread Vcpu *current; /* the vCPU that this thread runs */

/* ---- First states ----------------------------------------------------------------------- */

static struct kvm_segment flat_segment(unsigned type)
{
    return (struct kvm_segment){ .limit = 0xffffffff,
                                 .selector = type & 8 ? 8 : 16,
                                 .type = (uint8_t)type,
                                 .present = 1,
                                 .s = 1,
                                 .db = 1,
                                 .g = 1 };
}

static void set_data_segments(struct kvm_sregs *s, struct kvm_segment segment)
{
    s->ds = s->es = s->fs = s->gs = s->ss = segment;
}

/* 16-bit code with segments whose limit is 4 GiB, as firmware sets them. */
static void enter_16(struct kvm_sregs *s, struct kvm_regs *r, hwaddr addr)
{
    struct kvm_segment data = flat_segment(3);

    g_assert_cmphex(addr, <, 0x100000);
    data.selector = 0;
    data.db = 0;
    set_data_segments(s, data);
    s->cs = flat_segment(11);
    s->cs.base = addr & ~15UL;
    s->cs.selector = (uint16_t)(addr >> 4);
    s->cs.limit = 0xffff;
    s->cs.db = s->cs.g = 0;
    s->cr0 = 0x60000010;
    s->cr4 = 0;
    s->efer = 0;
    r->rip = addr & 15;
}

enum { PRESENT = 1, WRITABLE = 2, ACCESSED = 0x20, DIRTY = 0x40, LARGE = 0x80 };
enum { TABLE = 0x1000, TABLE_ENTRIES = 512, LARGE_SIZE = 0x200000 };

/* One table of 512 GiB, a table of 1 GiB for each of its entries, and tables of 2 MiB pages. */
static void fill_tables(uint64_t *host, uint64_t gib)
{
    uint64_t *directories = host + 2 * TABLE_ENTRIES;

    host[0] = (TABLES_AT + TABLE) | PRESENT | WRITABLE | ACCESSED;
    for (uint64_t i = 0; i < gib; i++) {
        host[TABLE_ENTRIES + i] = (TABLES_AT + (2 + i) * TABLE) | PRESENT | WRITABLE | ACCESSED;
    }
    for (uint64_t i = 0; i < gib * TABLE_ENTRIES; i++) {
        directories[i] = i * LARGE_SIZE | PRESENT | WRITABLE | ACCESSED | DIRTY | LARGE;
    }
}

void guest_map(Guest *g, uint64_t gib)
{
    g_assert_null(g->tables);
    g_assert_cmpuint(gib, <=, TABLE_ENTRIES);
    g->tables = guest_ram(g, "tables", TABLES_AT, (2 + gib) * TABLE);
    fill_tables(memory_region_get_ram_ptr(g->tables), gib);
}

static void enter_64(Guest *g, struct kvm_sregs *s, struct kvm_regs *r, hwaddr addr)
{
    if (!g->tables) {
        guest_map(g, 4);
    }
    set_data_segments(s, flat_segment(3));
    s->cs = flat_segment(11);
    s->cs.l = 1;
    s->cs.db = 0;
    s->cr3 = TABLES_AT;
    s->cr4 = 0x20;       /* PAE */
    s->cr0 = 0x80000031; /* PG, NE, ET, PE */
    s->efer = 0x500;     /* LMA, LME */
    r->rip = addr;
}

static void set_state(Vcpu *v, unsigned bits, hwaddr addr)
{
    struct kvm_regs regs = v->regs;
    struct kvm_sregs sregs;

    g_assert_cmpint(ioctl(v->fd, KVM_GET_SREGS, &sregs), ==, 0);
    if (bits == 16) {
        enter_16(&sregs, &regs, addr);
    } else {
        enter_64(v->g, &sregs, &regs, addr);
    }
    regs.rflags = 2;
    regs.rsp = LOW_SIZE - 16 - v->id * 0x1000;
    g_assert_cmpint(ioctl(v->fd, KVM_SET_SREGS, &sregs), ==, 0);
    g_assert_cmpint(ioctl(v->fd, KVM_SET_REGS, &regs), ==, 0);
}

/* A guest can use long mode and wide addresses only if its CPUID says so. */
static void set_cpuid(Guest *g, int fd)
{
    enum { ENTRIES = 256 };
    struct kvm_cpuid2 *cpuid =
        g_malloc0(sizeof(*cpuid) + ENTRIES * sizeof(struct kvm_cpuid_entry2));

    cpuid->nent = ENTRIES;
    g_assert_cmpint(ioctl(g->kvm_fd, KVM_GET_SUPPORTED_CPUID, cpuid), ==, 0);
    g_assert_cmpint(ioctl(fd, KVM_SET_CPUID2, cpuid), ==, 0);
    g_free(cpuid);
}

Vcpu *vcpu_new(Guest *g)
{
    Vcpu *v = g_new0(Vcpu, 1);
    Error *err = NULL;

    g_assert_cmpuint(g->count, <, GUEST_VCPUS);
    v->g = g;
    v->id = g->count;
    v->code_at = CODE_AT + v->id * 0x1000;
    v->failure = g_string_new(NULL);
    v->fd = ioctl(g->vm_fd, KVM_CREATE_VCPU, (void *)(uintptr_t)v->id);
    g_assert_cmpint(v->fd, >=, 0);
    set_cpuid(g, v->fd);
    v->run_size = (size_t)ioctl(g->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, NULL);
    v->run = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
    g_assert_true(v->run != MAP_FAILED);
    v->km = kvm_memory_add_vcpu(g->km, v->fd, v->run, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
    g_assert_nonnull(v->km);
    g->vcpus[g->count++] = v;
    return v;
}

void vcpu_free(Vcpu *v)
{
    vcpu_stop(v);
    kvm_memory_remove_vcpu(v->km);
    g_assert_cmpint(munmap(v->run, v->run_size), ==, 0);
    g_assert_cmpint(close(v->fd), ==, 0);
    g_string_free(v->failure, true);
    g_free(v);
}

/* ---- Running ---------------------------------------------------------------------------- */

static void set_in_guest(bool in_guest)
{
    if (current) {
        __atomic_store_n(&current->in_guest, in_guest, __ATOMIC_SEQ_CST);
    }
}

int guest_run(int fd)
{
    set_in_guest(true);
    int result = ioctl_forward(fd, KVM_RUN, NULL);
    set_in_guest(false);
    if (current && result == 0 && current->run->exit_reason < GUEST_EXITS) {
        __atomic_add_fetch(&current->exits[current->run->exit_reason], 1, __ATOMIC_RELAXED);
    }
    return result;
}

/* A signal makes both ways of running return. */
static void interrupt(Vcpu *v)
{
    __atomic_store_n(&v->stop, true, __ATOMIC_SEQ_CST);
    if (v->g->options.kick_signal) {
        kvm_memory_kick(v->km);
    } else {
        __atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
        if (current != v) {
            pthread_kill(v->thread, SIGUSR1);
        }
    }
}

void vcpu_end(uint64_t result)
{
    g_assert_nonnull(current);
    current->result = result;
    interrupt(current);
}

/* Runs the vCPU once and returns 0 or the errno. */
static int run_once(Vcpu *v)
{
    if (v->g->options.kick_signal) {
        return -kvm_memory_run(v->km);
    }
    while (ioctl(v->fd, KVM_RUN, NULL) == 0) {
        if (!kvm_memory_handle_exit(v->km)) {
            return 0;
        }
        if (__atomic_load_n(&v->stop, __ATOMIC_SEQ_CST)) {
            return EINTR;
        }
    }
    return errno;
}

static uint64_t get_rax(Vcpu *v)
{
    struct kvm_regs regs;

    g_assert_cmpint(ioctl(v->fd, KVM_GET_REGS, &regs), ==, 0);
    return regs.rax;
}

static void note_failure(Vcpu *v, int error)
{
    struct kvm_regs regs;

    ioctl(v->fd, KVM_GET_REGS, &regs);
    g_string_printf(v->failure, "exit %u (%s) at rip %llx", v->run->exit_reason, g_strerror(error),
                    regs.rip);
}

static void run_to_the_end(Vcpu *v)
{
    while (!__atomic_load_n(&v->stop, __ATOMIC_SEQ_CST)) {
        int error = run_once(v);
        if (error == 0 && v->run->exit_reason == KVM_EXIT_HLT) {
            v->result = get_rax(v);
            return;
        }
        if (error != EINTR && error != EAGAIN) {
            note_failure(v, error);
            return;
        }
    }
}

static void *run_thread(void *opaque)
{
    Vcpu *v = opaque;

    current = v;
    memory_context_set_current(v->g->m->ctx);
    run_to_the_end(v);
    g_mutex_lock(&v->g->lock);
    v->running = false;
    g_cond_broadcast(&v->g->ended);
    g_mutex_unlock(&v->g->lock);
    return NULL;
}

void vcpu_start_at(Vcpu *v, unsigned bits, hwaddr addr)
{
    g_assert_false(v->started);
    set_state(v, bits, addr);
    memset(v->exits, 0, sizeof(v->exits));
    g_string_truncate(v->failure, 0);
    v->stop = false;
    v->run->immediate_exit = 0;
    v->result = 0;
    v->running = true;
    g_assert_cmpint(pthread_create(&v->thread, NULL, run_thread, v), ==, 0);
    v->started = true;
}

void vcpu_start(Vcpu *v, const GuestCode *code)
{
    size_t size = (size_t)(code->end - code->begin);

    g_assert_cmpint(address_space_write_rom(v->g->as, v->code_at, MEMTXATTRS_UNSPECIFIED,
                                            code->begin, size),
                    ==, MEMTX_OK);
    vcpu_start_at(v, code->bits, v->code_at);
}

static void join(Vcpu *v)
{
    gint64 deadline = g_get_monotonic_time() + PATIENCE * G_TIME_SPAN_SECOND;

    g_mutex_lock(&v->g->lock);
    while (v->running) {
        if (!g_cond_wait_until(&v->g->ended, &v->g->lock, deadline)) {
            g_error("vCPU %u does not end", v->id);
        }
    }
    g_mutex_unlock(&v->g->lock);
    pthread_join(v->thread, NULL);
    v->started = false;
}

uint64_t vcpu_wait(Vcpu *v)
{
    join(v);
    g_assert_cmpstr(v->failure->str, ==, "");
    return v->result;
}

unsigned vcpu_wait_failed(Vcpu *v)
{
    join(v);
    g_assert_cmpstr(v->failure->str, !=, "");
    return v->run->exit_reason;
}

uint64_t vcpu_call(Vcpu *v, const GuestCode *code)
{
    vcpu_start(v, code);
    return vcpu_wait(v);
}

void vcpu_stop(Vcpu *v)
{
    if (v->started) {
        interrupt(v);
        vcpu_wait(v);
    }
}
