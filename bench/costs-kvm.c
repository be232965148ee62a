/* SPDX-License-Identifier: MIT
 *
 * Exits of a KVM guest for costs.h. No guest runs: each exit is written into kvm_run by hand, as
 * KVM would leave it. Without KVM this is left out, because a vCPU cannot be made.
 */
#include "costs.h"
#include "kvm.h"
#include "machine.h"

enum { COUNT = 2000 };

typedef struct Exits {
    KvmBench kvm;
    MemoryRegion device;
    KvmBenchCpu cpu;
    bool is_write;
} Exits;

static void handle(void *opaque, unsigned long count)
{
    Exits *e = opaque;

    for (unsigned long i = 0; i < count; i++) {
        e->cpu.run->exit_reason = KVM_EXIT_MMIO;
        e->cpu.run->mmio.phys_addr = 8;
        e->cpu.run->mmio.len = 4;
        e->cpu.run->mmio.is_write = e->is_write;
        bench_use(kvm_memory_handle_exit(e->cpu.vcpu));
    }
}

static void count_exits(Exits *e)
{
    kvm_bench_cpu_make(&e->kvm, &e->cpu, 0);
    costs_count("KVM read exit handled", handle, e, COUNT);
    e->is_write = true;
    costs_count("KVM write exit handled", handle, e, COUNT);
    kvm_bench_cpu_end(&e->cpu);
}

void costs_kvm(void)
{
    Exits e = { .is_write = false };

    if (!kvm_bench_possible()) {
        return;
    }
    kvm_bench_make(&e.kvm);
    memory_region_init_io(&e.device, NULL, &kvm_bench_device, NULL, "device", BENCH_PAGE);
    memory_region_add_subregion(&e.kvm.root, 0, &e.device);
    kvm_bench_attach(&e.kvm, (KVMMemoryOptions){ 0 });
    count_exits(&e);
    memory_region_del_subregion(&e.kvm.root, &e.device);
    memory_drain();
    object_unparent(OBJECT(&e.device));
    kvm_bench_end(&e.kvm);
}
