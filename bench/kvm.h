/* SPDX-License-Identifier: MIT
 *
 * Virtual machines for the parts of the benchmark that measure the KVM adapter. Where there is no
 * KVM these parts say so and measure nothing.
 */
#ifndef BENCH_KVM_H
#define BENCH_KVM_H

#include <physmem/kvm.h>

#include "bench.h"

/* A virtual machine and two empty spaces in a context of their own. */
typedef struct KvmBench {
    MemoryContext *context;
    MemoryContext *before; /* current when it was made */
    AddressSpace memory;
    AddressSpace io;
    MemoryRegion root;
    MemoryRegion ports;
    int kvm_fd;
    int vm_fd;
    KVMMemory *km; /* NULL before kvm_bench_attach() */
} KvmBench;

/* Can virtual machines be made? Says it on standard error if not. */
bool kvm_bench_possible(void);

void kvm_bench_make(KvmBench *b);

/* Shows the spaces, which options need not name, to the virtual machine. */
void kvm_bench_attach(KvmBench *b, KVMMemoryOptions options);

/* All regions that were put into the spaces must be out of them. */
void kvm_bench_end(KvmBench *b);

#endif
