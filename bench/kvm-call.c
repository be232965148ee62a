/* SPDX-License-Identifier: MIT
 *
 * Times single calls after exits of a KVM guest (kvm-call.h): of the adapter's handler, of handlers
 * that do a part of its work, and of handlers that do what no library can leave out.
 */
#include "kvm-call.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include <physmem/inline/section.h>

#include "machine.h"
#include "report.h"
#include "timer.h"

enum { BURST = KVM_BENCH_BURST };

static void must(bool good)
{
    if (!good) {
        abort();
    }
}

/* ---- Times ------------------------------------------------------------------------------ */

/* Writes the times of the handler for the exits of one burst to ns[BURST]. If 'before' is not NULL,
 * it handles each exit first, and is not timed. */
static void time_burst(KvmBench *b, const KvmBenchCpu *cpu, KvmBenchHandler *before,
                       KvmBenchHandler *handler, double *ns)
{
    for (unsigned i = 0; i <= BURST; i++) {
        must(ioctl(cpu->fd, KVM_RUN, 0) == 0);
        if (before) {
            before(b, cpu);
        }
        double start = bench_now();
        bool goes_on = handler(b, cpu);
        double took = bench_now() - start;
        must(goes_on == (i < BURST));
        if (goes_on) {
            ns[i] = took;
        }
    }
}

/* The cost of the clock is measured with bursts whose exits are ignored, and subtracted. Each call
 * is timed for itself, and the slower and faster half of them are left out: an interrupt of the
 * host is longer than a hundred calls. */
static double time_call(KvmBench *b, const KvmBenchCpu *cpu, KvmBenchHandler *before,
                        KvmBenchHandler *handler)
{
    const unsigned calls = bench_rounds * BURST;
    double *with = calloc(calls, sizeof(*with)), *without = calloc(calls, sizeof(*without));

    must(with && without);
    for (unsigned i = 0; i < calls; i += BURST) {
        time_burst(b, cpu, before, kvm_bench_ignore, &without[i]);
        time_burst(b, cpu, before, handler, &with[i]);
    }
    double ns = bench_middle(with, calls) - bench_middle(without, calls);
    free(with);
    free(without);
    return ns;
}

double kvm_bench_call(KvmBench *b, const KvmBenchCpu *cpu, KvmBenchHandler *handler)
{
    return time_call(b, cpu, NULL, handler);
}

/* ---- Handlers --------------------------------------------------------------------------- */

__attribute__((noinline)) bool kvm_bench_ignore(KvmBench *b, const KvmBenchCpu *cpu)
{
    (void)b;
    return cpu->run->exit_reason != KVM_EXIT_HLT;
}

bool kvm_bench_handle(KvmBench *b, const KvmBenchCpu *cpu)
{
    (void)b;
    return kvm_memory_handle_exit(cpu->vcpu);
}

static bool is_read(const KvmBenchCpu *cpu)
{
    return cpu->run->exit_reason == KVM_EXIT_MMIO;
}

static void call_device(struct kvm_run *run)
{
    run->mmio.data[0] =
        (uint8_t)kvm_bench_device.read(NULL, run->mmio.phys_addr % BENCH_PAGE, run->mmio.len);
}

/* What is the least that keeps the map and the device while it is called: a read section, and an
 * atomic operation that takes a lock. */
__attribute__((noinline)) static bool call_guarded(KvmBench *b, const KvmBenchCpu *cpu)
{
    static int lock;

    (void)b;
    if (!is_read(cpu)) {
        return false;
    }
    unsigned long *entered = physmem_section_enter();
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
    }
    call_device(cpu->run);
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    physmem_section_leave(entered);
    return true;
}

__attribute__((noinline)) static bool load(KvmBench *b, const KvmBenchCpu *cpu)
{
    struct kvm_run *run = cpu->run;

    if (!is_read(cpu)) {
        return false;
    }
    run->mmio.data[0] =
        address_space_ldub(&b->memory, run->mmio.phys_addr, (MemTxAttrs){ 0 }, NULL);
    return true;
}

/* ---- A read exit ------------------------------------------------------------------------ */

static void report_one(const char *name, double ns)
{
    report_add(report_series(name, "", "ns"), 1, ns);
}

void kvm_bench_read_exit(KvmBench *b, const KvmBenchCpu *cpu)
{
    report_one("after an exit: device called, guarded", kvm_bench_call(b, cpu, call_guarded));
    report_one("after an exit: address_space_ldub()", kvm_bench_call(b, cpu, load));
    report_one("KVM: kvm_memory_handle_exit() of a read exit",
               kvm_bench_call(b, cpu, kvm_bench_handle));
    report_one("KVM: kvm_memory_handle_exit(), the second call",
               time_call(b, cpu, kvm_bench_handle, kvm_bench_handle));
}
