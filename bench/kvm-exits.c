/* SPDX-License-Identifier: MIT
 *
 * Measures memory and port exits of a KVM guest with the adapter, beside a bare loop around
 * KVM_RUN that ignores them; one item of a string instruction; and a write to an ioeventfd, which
 * does not exit, beside one that exits. Each guest is a small endless program in real mode on a
 * vCPU of its own.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm-call.h"
#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { LOW = 0x8000, DEVICE_AT = LOW, EVENT_AT = LOW + BENCH_PAGE, PORT = 0x300 };
enum { BURST = KVM_BENCH_BURST, STRING = 1024, EVENTS = 1000 };

#define WORD(value) (value) & 255, (value) >> 8

/* Programs that run one burst of accesses, stop with HLT, and begin anew. bx is DEVICE_AT or
 * EVENT_AT, dx is PORT. */
/* clang-format off */
static const uint8_t write_memory[] = {
    0xb9, WORD(BURST), /* 1: mov $BURST, %cx */
    0x88, 0x07,        /* 2: mov %al, (%bx) */
    0xe2, 0xfc,        /*    loop 2b */
    0xf4, 0xeb, 0xf6,  /*    hlt; jmp 1b */
};
static const uint8_t read_memory[] = {
    0xb9, WORD(BURST), /* 1: mov $BURST, %cx */
    0x8a, 0x07,        /* 2: mov (%bx), %al */
    0xe2, 0xfc,        /*    loop 2b */
    0xf4, 0xeb, 0xf6,  /*    hlt; jmp 1b */
};
static const uint8_t write_port[] = {
    0xb9, WORD(BURST), /* 1: mov $BURST, %cx */
    0xee, 0xe2, 0xfd,  /* 2: out %al, %dx; loop 2b */
    0xf4, 0xeb, 0xf7,  /*    hlt; jmp 1b */
};
static const uint8_t read_string[] = {
    0xb9, WORD(STRING), 0x31, 0xff, /* 1: mov $STRING, %cx; xor %di, %di */
    0xf3, 0x6c,                     /*    rep insb */
    0xf4, 0xeb, 0xf6,               /*    hlt; jmp 1b */
};
static const uint8_t write_event[] = {
    0xb9, WORD(EVENTS), /* 1: mov $EVENTS, %cx */
    0x88, 0x07,         /* 2: mov %al, (%bx) */
    0xe2, 0xfc,         /*    loop 2b */
    0xf4, 0xeb, 0xf6,   /*    hlt; jmp 1b */
};
/* clang-format on */

typedef struct Board {
    KvmBench kvm;
    MemoryRegion ram, device, port, event;
    EventNotifier notifier;
    unsigned cpus;
    KvmBenchCpu cpu;    /* its accesses exit */
    KvmBenchCpu writer; /* writes to the ioeventfd */
} Board;

static void must(bool good)
{
    if (!good) {
        abort();
    }
}

/* ---- The machine ------------------------------------------------------------------------ */

static void board_make(Board *b)
{
    kvm_bench_make(&b->kvm);
    memory_region_init_ram_nomigrate(&b->ram, NULL, "ram", LOW, &error_abort);
    memory_region_init_io(&b->device, NULL, &kvm_bench_device, b, "device", BENCH_PAGE);
    memory_region_init_io(&b->event, NULL, &kvm_bench_device, b, "event", BENCH_PAGE);
    memory_region_init_io(&b->port, NULL, &kvm_bench_device, b, "port", 1);
    memory_region_add_subregion(&b->kvm.root, 0, &b->ram);
    memory_region_add_subregion(&b->kvm.root, DEVICE_AT, &b->device);
    memory_region_add_subregion(&b->kvm.root, EVENT_AT, &b->event);
    memory_region_add_subregion(&b->kvm.ports, PORT, &b->port);
    must(event_notifier_init(&b->notifier, 0) == 0);
    memory_region_add_eventfd(&b->event, 0, 1, false, 0, &b->notifier);
    kvm_bench_attach(&b->kvm, (KVMMemoryOptions){ 0 });
}

static void board_end(Board *b)
{
    memory_region_del_eventfd(&b->event, 0, 1, false, 0, &b->notifier);
    memory_region_del_subregion(&b->kvm.root, &b->ram);
    memory_region_del_subregion(&b->kvm.root, &b->device);
    memory_region_del_subregion(&b->kvm.root, &b->event);
    memory_region_del_subregion(&b->kvm.ports, &b->port);
    memory_drain();
    object_unparent(OBJECT(&b->ram));
    object_unparent(OBJECT(&b->device));
    object_unparent(OBJECT(&b->event));
    object_unparent(OBJECT(&b->port));
    kvm_bench_end(&b->kvm);
    event_notifier_cleanup(&b->notifier);
}

static void set_state(const KvmBenchCpu *cpu, hwaddr code, hwaddr device)
{
    struct kvm_regs regs = { .rip = code, .rbx = device, .rdx = PORT, .rflags = 2 };
    struct kvm_sregs sregs;

    must(ioctl(cpu->fd, KVM_GET_SREGS, &sregs) == 0);
    sregs.cs.base = 0;
    sregs.cs.selector = 0;
    must(ioctl(cpu->fd, KVM_SET_SREGS, &sregs) == 0);
    must(ioctl(cpu->fd, KVM_SET_REGS, &regs) == 0);
}

static void cpu_make(Board *b, KvmBenchCpu *cpu, const uint8_t *code, size_t size, hwaddr device)
{
    hwaddr at = LOW / 2 + b->cpus * 64;

    memcpy((uint8_t *)memory_region_get_ram_ptr(&b->ram) + at, code, size);
    kvm_bench_cpu_make(&b->kvm, cpu, b->cpus++);
    set_state(cpu, at, device);
}

/* ---- Ways of running: each count is one burst --------------------------------------------- */

static void run_burst(Board *b, const KvmBenchCpu *cpu, KvmBenchHandler *handler)
{
    do {
        must(ioctl(cpu->fd, KVM_RUN, 0) == 0);
    } while (handler(&b->kvm, cpu));
    must(cpu->run->exit_reason == KVM_EXIT_HLT);
}

static void run_bare(void *opaque, unsigned long count)
{
    Board *b = opaque;

    for (unsigned long i = 0; i < count; i++) {
        run_burst(b, &b->cpu, kvm_bench_ignore);
    }
}

static void run_handled(void *opaque, unsigned long count)
{
    Board *b = opaque;

    for (unsigned long i = 0; i < count; i++) {
        run_burst(b, &b->cpu, kvm_bench_handle);
    }
}

static void run_adapter(void *opaque, unsigned long count)
{
    Board *b = opaque;

    for (unsigned long i = 0; i < count; i++) {
        must(kvm_memory_run(b->cpu.vcpu) == 0 && b->cpu.run->exit_reason == KVM_EXIT_HLT);
    }
}

static void run_events(void *opaque, unsigned long count)
{
    Board *b = opaque;

    for (unsigned long i = 0; i < count; i++) {
        run_burst(b, &b->writer, kvm_bench_handle);
    }
}

/* ---- Series ----------------------------------------------------------------------------- */

enum { BARE, HANDLED, RUN, CALL, NAMES };

static void report_one(const char *name, double ns)
{
    report_add(report_series(name, "", "ns"), 1, ns);
}

/* 'events' names the row for writes to an ioeventfd. If it is NULL, they are not measured. */
static void measure_exits(Board *b, const char *const name[NAMES], const char *events)
{
    static BenchBatch *const ways[] = { run_bare, run_handled, run_adapter, run_events };
    double ns[4];

    bench_time_in_turn(ways, events ? 4 : 3, b, ns);
    for (unsigned i = BARE; i <= RUN; i++) {
        report_one(name[i], ns[i] / (BURST + 1));
    }
    report_one(name[CALL], kvm_bench_call(&b->kvm, &b->cpu, kvm_bench_handle));
    if (events) {
        report_one(events, ns[3] / EVENTS);
    }
}

static void measure(Board *b)
{
    static const char *const memory[NAMES] = {
        "bare KVM: memory exit",
        "KVM: memory exit, handled",
        "KVM: memory exit, kvm_memory_run()",
        "KVM: kvm_memory_handle_exit() of a memory exit",
    };
    static const char *const ports[NAMES] = {
        "bare KVM: port exit",
        "KVM: port exit, handled",
        "KVM: port exit, kvm_memory_run()",
        "KVM: kvm_memory_handle_exit() of a port exit",
    };

    cpu_make(b, &b->cpu, write_memory, sizeof(write_memory), DEVICE_AT);
    cpu_make(b, &b->writer, write_event, sizeof(write_event), EVENT_AT);
    measure_exits(b, memory, "KVM: write to an ioeventfd");
    kvm_bench_cpu_end(&b->writer);
    kvm_bench_cpu_end(&b->cpu);
    cpu_make(b, &b->cpu, read_memory, sizeof(read_memory), DEVICE_AT);
    kvm_bench_read_exit(&b->kvm, &b->cpu);
    kvm_bench_cpu_end(&b->cpu);
    cpu_make(b, &b->cpu, write_port, sizeof(write_port), 0);
    measure_exits(b, ports, NULL);
    kvm_bench_cpu_end(&b->cpu);
    cpu_make(b, &b->cpu, read_string, sizeof(read_string), 0);
    report_one("KVM: byte of a string from a port", bench_time(run_handled, b) / STRING);
    kvm_bench_cpu_end(&b->cpu);
}

void bench_kvm_exits(void)
{
    Board *b = calloc(1, sizeof(*b));

    must(b != NULL);
    if (kvm_bench_possible()) {
        board_make(b);
        measure(b);
        board_end(b);
    }
    free(b);
}
