/* SPDX-License-Identifier: MIT
 *
 * Makes and ends the virtual machines of the benchmark (see kvm.h).
 */
#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "timer.h"

/* Ends the benchmark if a system call that it needs has failed. */
static int must(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        abort();
    }
    return result;
}

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

const MemoryRegionOps kvm_bench_device = {
    .read = device_read,
    .write = device_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

bool kvm_bench_possible(void)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        fprintf(stderr, "/dev/kvm: %s; the KVM adapter is not measured\n", strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

void kvm_bench_make(KvmBench *b)
{
    *b = (KvmBench){ .context = memory_context_new(NULL, NULL) };
    b->before = memory_context_set_current(b->context);
    b->kvm_fd = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    b->vm_fd = must(ioctl(b->kvm_fd, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    memory_region_init(&b->root, NULL, "memory", UINT64_MAX);
    memory_region_init(&b->ports, NULL, "ports", 0x10000);
    address_space_init(&b->memory, &b->root, "memory");
    address_space_init(&b->io, &b->ports, "io");
}

void kvm_bench_attach(KvmBench *b, KVMMemoryOptions options)
{
    options.memory = &b->memory;
    options.io = &b->io;
    b->km = kvm_memory_new(b->vm_fd, &options, &error_abort);
}

void kvm_bench_cpu_make(const KvmBench *b, KvmBenchCpu *cpu, unsigned number)
{
    cpu->fd = must(ioctl(b->vm_fd, KVM_CREATE_VCPU, (unsigned long)number), "KVM_CREATE_VCPU");
    cpu->size =
        (size_t)must(ioctl(b->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    cpu->run = mmap(NULL, cpu->size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu->fd, 0);
    must(cpu->run == MAP_FAILED ? -1 : 0, "mmap of kvm_run");
    cpu->vcpu = kvm_memory_add_vcpu(b->km, cpu->fd, cpu->run, &error_abort);
}

void kvm_bench_cpu_end(KvmBenchCpu *cpu)
{
    kvm_memory_remove_vcpu(cpu->vcpu);
    munmap(cpu->run, cpu->size);
    close(cpu->fd);
}

void kvm_bench_end(KvmBench *b)
{
    kvm_memory_free(b->km);
    close(b->vm_fd);
    close(b->kvm_fd);
    address_space_destroy(&b->memory);
    address_space_destroy(&b->io);
    memory_drain();
    object_unparent(OBJECT(&b->root));
    object_unparent(OBJECT(&b->ports));
    memory_drain();
    memory_context_set_current(b->before);
    memory_context_destroy(b->context, NULL);
}
