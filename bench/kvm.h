/* SPDX-License-Identifier: MIT
 *
 * Virtual machines for the parts of the benchmark that measure the KVM adapter. On a host without
 * KVM these parts print a message and measure nothing.
 */
#ifndef BENCH_KVM_H
#define BENCH_KVM_H

#include <physmem/kvm.h>
#include <physmem/physmem.h>

/* A virtual machine and two empty spaces in a context of their own. */
typedef struct KvmBench {
    MemoryContext *context;
    MemoryContext *before; /* the context that was current when this was made */
    AddressSpace memory;
    AddressSpace io;
    MemoryRegion root;
    MemoryRegion ports;
    int kvm_fd;
    int vm_fd;
    KVMMemory *km; /* NULL before kvm_bench_attach() */
} KvmBench;

typedef struct KvmBenchCpu {
    int fd;
    size_t size; /* of 'run' */
    struct kvm_run *run;
    KVMMemoryVcpu *vcpu;
} KvmBenchCpu;

/* A device that does nothing, so that what is measured is the way to it. */
extern const MemoryRegionOps kvm_bench_device;

/* Returns whether virtual machines can be made. If not, says so on standard error. */
bool kvm_bench_possible(void);

void kvm_bench_make(KvmBench *b);

/* Attaches the two spaces to the virtual machine. 'options' need not name them. */
void kvm_bench_attach(KvmBench *b, KVMMemoryOptions options);

/* Makes the vCPU of that number, after kvm_bench_attach(). */
void kvm_bench_cpu_make(const KvmBench *b, KvmBenchCpu *cpu, unsigned number);
void kvm_bench_cpu_end(KvmBenchCpu *cpu);

/* The caller has ended all vCPUs, and removed all regions that it put into the spaces. */
void kvm_bench_end(KvmBench *b);

#endif
