/* SPDX-License-Identifier: MIT
 *
 * Exits of a KVM guest for costs.h. No guest runs: each exit is written into kvm_run by hand, as
 * KVM would leave it. Without KVM this is left out, because a vCPU cannot be made.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "costs.h"
#include "kvm.h"
#include "machine.h"

enum { COUNT = 2000 };

typedef struct Exits {
    KvmBench kvm;
    MemoryRegion device;
    struct kvm_run *run;
    KVMMemoryVcpu *vcpu;
    bool is_write;
} Exits;

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)size;
    return addr;
}

static void device_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    bench_use(value);
}

static const MemoryRegionOps ops = {
    .read = device_read,
    .write = device_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void handle(void *opaque, unsigned long count)
{
    Exits *e = opaque;

    for (unsigned long i = 0; i < count; i++) {
        e->run->exit_reason = KVM_EXIT_MMIO;
        e->run->mmio.phys_addr = 8;
        e->run->mmio.len = 4;
        e->run->mmio.is_write = e->is_write;
        bench_use(kvm_memory_handle_exit(e->vcpu));
    }
}

static void count_exits(Exits *e)
{
    const int fd = ioctl(e->kvm.vm_fd, KVM_CREATE_VCPU, 0L);
    const size_t size = (size_t)ioctl(e->kvm.kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);

    e->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    e->vcpu = kvm_memory_add_vcpu(e->kvm.km, fd, e->run, &error_abort);
    costs_count("KVM read exit handled", handle, e, COUNT);
    e->is_write = true;
    costs_count("KVM write exit handled", handle, e, COUNT);
    kvm_memory_remove_vcpu(e->vcpu);
    munmap(e->run, size);
    close(fd);
}

void costs_kvm(void)
{
    Exits e = { .is_write = false };

    if (!kvm_bench_possible()) {
        return;
    }
    kvm_bench_make(&e.kvm);
    memory_region_init_io(&e.device, NULL, &ops, NULL, "device", BENCH_PAGE);
    memory_region_add_subregion(&e.kvm.root, 0, &e.device);
    kvm_bench_attach(&e.kvm, (KVMMemoryOptions){ 0 });
    count_exits(&e);
    memory_region_del_subregion(&e.kvm.root, &e.device);
    memory_drain();
    object_unparent(OBJECT(&e.device));
    kvm_bench_end(&e.kvm);
}
