/* SPDX-License-Identifier: MIT
 *
 * The time of one call right after an exit of a KVM guest. The caches are full of the kernel's data
 * then, and the processor has forgotten where calls go. So a call takes several times as long as in
 * a loop. For kvm-exits.c.
 */
#ifndef BENCH_KVM_CALL_H
#define BENCH_KVM_CALL_H

#include "kvm.h"

/* The guest of 'cpu' makes so many accesses that exit, and then stops with HLT. */
enum { KVM_BENCH_BURST = 200 };

/* Handles an exit. Returns false if the exit is not that of an access. */
typedef bool KvmBenchHandler(KvmBench *b, const KvmBenchCpu *cpu);

KvmBenchHandler kvm_bench_ignore; /* does nothing */
KvmBenchHandler kvm_bench_handle; /* kvm_memory_handle_exit() */

/* Returns the time of one call of the handler. */
double kvm_bench_call(KvmBench *b, const KvmBenchCpu *cpu, KvmBenchHandler *handler);

/* Reports what the parts of a read exit cost. The guest reads a device of kvm_bench_device. */
void kvm_bench_read_exit(KvmBench *b, const KvmBenchCpu *cpu);

#endif
