/* SPDX-License-Identifier: MIT
 *
 * A monitor with its own loop around KVM_RUN and its own way to stop the vCPU. The guest's code
 * keeps running from RAM that is cut in two and joined again a thousand times. docs/kvm.md shows
 * parts of this file.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <physmem/kvm.h>
#include <physmem/physmem.h>

enum { RAM_SIZE = 0x10000, CODE = 0x1000, COUNT = 0x2000, ROM = 0x8000, CHANGES = 1000 };

/* 16-bit code that runs at CODE. */
static const uint8_t guest[] = {
    0xff, 0x06, 0x00, 0x20, /* next: inc word [COUNT] */
    0xeb, 0xfa,             /*       jmp next         */
};

typedef struct Machine {
    AddressSpace *memory;
    MemoryRegion ram;
    MemoryRegion rom;
    int vcpu;
    struct kvm_run *run;
    KVMMemory *km;
    KVMMemoryVcpu *cpu;

    pthread_t thread;
    pthread_mutex_t lock;   /* protects the rest */
    pthread_cond_t changed; /* one of the rest has changed */
    unsigned stops;         /* how often the vCPU is stopped; it enters the guest at 0 */
    bool inside;            /* the vCPU is in KVM_RUN */
    bool end;               /* the vCPU's thread is to end */
} Machine;

static Machine machine = { .lock = PTHREAD_MUTEX_INITIALIZER,
                           .changed = PTHREAD_COND_INITIALIZER };

static int check(int result, const char *what)
{
    if (result < 0) {
        err(EXIT_FAILURE, "%s", what);
    }
    return result;
}

/* ---- Stopping --------------------------------------------------------------------------- */

/* The signal ends a KVM_RUN that is in the guest. immediate_exit ends one that has not got there
 * yet. */
static void stop_vcpus(void *opaque)
{
    Machine *m = opaque;

    pthread_mutex_lock(&m->lock);
    m->stops++;
    if (m->inside) {
        m->run->immediate_exit = 1;
        pthread_kill(m->thread, SIGUSR1);
    }
    while (m->inside) {
        pthread_cond_wait(&m->changed, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
}

static void resume_vcpus(void *opaque)
{
    Machine *m = opaque;

    pthread_mutex_lock(&m->lock);
    m->stops--;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

/* Waits for a change, and then lets the thread that has stopped the vCPU go on first, because it
 * may stop the vCPU again. Otherwise, if both threads share a processor, the guest would occupy it
 * for a whole time slice after each change of the map. */
static void wait_outside(Machine *m)
{
    pthread_cond_wait(&m->changed, &m->lock);
    pthread_mutex_unlock(&m->lock);
    sched_yield();
    pthread_mutex_lock(&m->lock);
}

static bool enter(Machine *m)
{
    pthread_mutex_lock(&m->lock);
    while (m->stops > 0 && !m->end) {
        wait_outside(m);
    }
    m->inside = !m->end;
    pthread_mutex_unlock(&m->lock);
    return m->inside;
}

static void leave(Machine *m)
{
    pthread_mutex_lock(&m->lock);
    m->inside = false;
    m->run->immediate_exit = 0;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

static void *run_guest(void *opaque)
{
    Machine *m = opaque;

    while (enter(m)) {
        int result = ioctl(m->vcpu, KVM_RUN, 0) == 0 ? 0 : -errno;

        leave(m);
        if (result == 0 && !kvm_memory_handle_exit(m->cpu)) {
            errx(EXIT_FAILURE, "the guest failed: exit %u", m->run->exit_reason);
        }
        if (result != 0 && result != -EINTR) {
            errno = -result;
            err(EXIT_FAILURE, "KVM_RUN");
        }
    }
    return NULL;
}

/* ---- The machine ------------------------------------------------------------------------ */

static void do_nothing(int signal)
{
    (void)signal;
}

static void attach(Machine *m)
{
    struct sigaction action = { .sa_handler = do_nothing };
    KVMMemoryOptions options = {
        .memory = m->memory, .stop_vcpus = stop_vcpus, .resume_vcpus = resume_vcpus, .opaque = m
    };
    int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    int size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");

    sigaction(SIGUSR1, &action, NULL);
    m->vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    m->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
    if (m->run == MAP_FAILED) {
        err(EXIT_FAILURE, "mapping the vCPU");
    }
    m->km = kvm_memory_new(vm, &options, &error_fatal);
    m->cpu = kvm_memory_add_vcpu(m->km, m->vcpu, m->run, &error_fatal);
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

/* Each time the ROM is added, the slot of the RAM is cut in two; they are joined when the ROM is
 * removed. */
static void change_map(Machine *m)
{
    for (unsigned i = 0; i < CHANGES; i++) {
        memory_region_add_subregion_overlap(get_system_memory(), ROM, &m->rom, 1);
        memory_region_del_subregion(get_system_memory(), &m->rom);
    }
}

static void wait_for_count(Machine *m)
{
    unsigned before = address_space_lduw_le(m->memory, COUNT, MEMTXATTRS_UNSPECIFIED, NULL);

    while (address_space_lduw_le(m->memory, COUNT, MEMTXATTRS_UNSPECIFIED, NULL) == before) {
        sched_yield();
    }
}

/* Stops the vCPU as for a change of the map, and then does not let it in again. */
static void end_guest(Machine *m)
{
    stop_vcpus(m);
    pthread_mutex_lock(&m->lock);
    m->end = true;
    pthread_mutex_unlock(&m->lock);
    resume_vcpus(m);
    pthread_join(m->thread, NULL);
}

int main(void)
{
    Machine *m = &machine;

    m->memory = memory_context_memory(memory_context_current());
    attach(m);
    memory_region_init_ram(&m->ram, NULL, "ram", RAM_SIZE, &error_fatal);
    memory_region_init_rom(&m->rom, NULL, "rom", 0x1000, &error_fatal);
    memory_region_add_subregion(get_system_memory(), 0, &m->ram);
    address_space_write(m->memory, CODE, MEMTXATTRS_UNSPECIFIED, guest, sizeof(guest));
    set_entry(m->vcpu, CODE);
    pthread_create(&m->thread, NULL, run_guest, m);

    wait_for_count(m);
    change_map(m);
    wait_for_count(m);
    printf("the map changed %d times, and the guest counts on\n", 2 * CHANGES);
    end_guest(m);
    kvm_memory_remove_vcpu(m->cpu);
    kvm_memory_free(m->km);
    return EXIT_SUCCESS;
}
