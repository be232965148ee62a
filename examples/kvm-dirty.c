/* SPDX-License-Identifier: MIT
 *
 * A small live migration. It copies the RAM of a guest that goes on writing, then in each round
 * the pages that the guest has written since the last one. For the last round the guest is paused.
 * docs/kvm.md shows parts of this file.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include <physmem/kvm.h>
#include <physmem/physmem.h>

enum { PAGE = 0x1000, RAM_SIZE = 0x10000, CODE = 0x1000 };

/* 16-bit code that runs at CODE. */
static const uint8_t guest[] = {
    0xff, 0x06, 0x00, 0x30, /* next: inc word [0x3000] */
    0xff, 0x06, 0x00, 0x50, /*       inc word [0x5000] */
    0xff, 0x06, 0xfe, 0x6f, /*       inc word [0x6ffe] */
    0xeb, 0xf2,             /*       jmp next          */
};

typedef struct Machine {
    AddressSpace *memory;
    MemoryRegion ram;
    uint8_t copy[RAM_SIZE];
    bool written[RAM_SIZE / PAGE];
    int vm;
    int vcpu;
    struct kvm_run *run;
    KVMMemory *km;
    KVMMemoryVcpu *cpu;
    pthread_t thread;
} Machine;

static Machine machine;

static int check(int result, const char *what)
{
    if (result < 0) {
        err(EXIT_FAILURE, "%s", what);
    }
    return result;
}

/* ---- The virtual machine ---------------------------------------------------------------- */

static void make_vm(Machine *m)
{
    int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    int size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");

    m->vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    m->vcpu = check(ioctl(m->vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    m->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
    if (m->run == MAP_FAILED) {
        err(EXIT_FAILURE, "mapping the vCPU");
    }
}

static void set_entry(int vcpu, uint64_t address)
{
    struct kvm_regs regs = { .rip = address, .rflags = 2 };
    struct kvm_sregs sregs;

    check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
    sregs.cs.base = sregs.cs.selector = 0;
    check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
    check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* ---- The vCPU's thread ------------------------------------------------------------------ */

static void do_nothing(int signal)
{
    (void)signal;
}

static void attach(Machine *m)
{
    struct sigaction action = { .sa_handler = do_nothing };
    KVMMemoryOptions options = { .memory = m->memory, .kick_signal = SIGUSR1 };

    sigaction(SIGUSR1, &action, NULL);
    m->km = kvm_memory_new(m->vm, &options, &error_fatal);
    m->cpu = kvm_memory_add_vcpu(m->km, m->vcpu, m->run, &error_fatal);
}

/* Runs the guest until it is kicked. This guest does nothing else that ends a run. */
static void *run_guest(void *opaque)
{
    Machine *m = opaque;
    int result = kvm_memory_run(m->cpu);

    if (result != -EINTR) {
        errx(EXIT_FAILURE, "the guest stopped: %s, exit %u", strerror(-result),
             m->run->exit_reason);
    }
    return NULL;
}

/* ---- Copying ---------------------------------------------------------------------------- */

/* Copies the pages that were written since the last round. The first round copies all of RAM. */
static void copy_round(Machine *m, bool first)
{
    DirtyBitmapSnapshot *dirty =
        memory_region_snapshot_and_clear_dirty(&m->ram, 0, RAM_SIZE, DIRTY_MEMORY_MIGRATION);
    hwaddr length;

    for (hwaddr at = 0; memory_region_snapshot_next_dirty(&m->ram, dirty, &at, RAM_SIZE, &length);
         at += length) {
        address_space_read(m->memory, at, MEMTXATTRS_UNSPECIFIED, m->copy + at, length);
        for (hwaddr page = at; !first && page < at + length; page += PAGE) {
            m->written[page / PAGE] = true;
        }
    }
    free(dirty);
}

static bool everything_seen(const Machine *m)
{
    return m->written[3] && m->written[5] && m->written[6];
}

static void copy_while_it_runs(Machine *m)
{
    memory_global_dirty_log_start();
    memory_global_set_all_dirty();
    copy_round(m, true);
    while (!everything_seen(m)) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        copy_round(m, false);
    }
    kvm_memory_pause(m->km);
    copy_round(m, false);
    memory_global_dirty_log_stop();
}

static bool copy_is_equal(const Machine *m)
{
    return memcmp(m->copy, memory_region_get_ram_ptr((MemoryRegion *)&m->ram), RAM_SIZE) == 0;
}

/* ---- The program ------------------------------------------------------------------------ */

int main(void)
{
    Machine *m = &machine;

    m->memory = memory_context_memory(memory_context_current());
    memory_region_init_ram(&m->ram, NULL, "ram", RAM_SIZE, &error_fatal);
    memory_region_add_subregion(get_system_memory(), 0, &m->ram);
    address_space_write(m->memory, CODE, MEMTXATTRS_UNSPECIFIED, guest, sizeof(guest));
    make_vm(m);
    set_entry(m->vcpu, CODE);
    attach(m);

    pthread_create(&m->thread, NULL, run_guest, m);
    copy_while_it_runs(m);
    for (unsigned page = 0; page < RAM_SIZE / PAGE; page++) {
        if (m->written[page]) {
            printf("the guest writes to the page at 0x%x\n", page * PAGE);
        }
    }
    bool equal = copy_is_equal(m);
    printf("the copy is %s\n", equal ? "equal" : "different");

    kvm_memory_kick(m->cpu);
    kvm_memory_resume(m->km);
    pthread_join(m->thread, NULL);
    kvm_memory_remove_vcpu(m->cpu);
    kvm_memory_free(m->km);
    return equal ? EXIT_SUCCESS : EXIT_FAILURE;
}
