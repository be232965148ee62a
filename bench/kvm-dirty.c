/* SPDX-License-Identifier: MIT
 *
 * Measures harvests of the pages that a KVM guest has written, from bitmaps and from rings, beside
 * the two bare ioctls that read and clear the bitmap of one slot. The guest is a 64-bit program
 * that writes to every page, or to one page of a given number.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm.h"
#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { MIB_BITS = 20, LOW_SIZE = 0x10000, CODE = 0x1000, TABLES = 0x2000, TABLES_GIB = 8 };
enum { ENTRIES = 65536, SLOT = 1 }; /* the adapter's second slot */

/* rdi: the address, rsi: the distance to the next page, rcx: how many pages. Each 16th page writes
 * to a port: that exit lets the adapter empty the vCPU's ring before it is full. */
static const uint8_t write_pages[] = {
    0xff, 0x07,       /* 1: incl (%rdi) */
    0x48, 0x01, 0xf7, /*    add %rsi, %rdi */
    0xf6, 0xc1, 0x0f, /*    test $15, %cl */
    0x75, 0x02,       /*    jnz 2f */
    0xe6, 0x80,       /*    out %al, $0x80 */
    0x48, 0xff, 0xc9, /* 2: dec %rcx */
    0x75, 0xef,       /*    jnz 1b */
    0xf4,             /*    hlt */
};

static const hwaddr ram_at = UINT64_C(1) << 32;

typedef struct Board {
    KvmBench kvm;
    MemoryRegion low, ram;
    hwaddr size;
    void *host;
    void *bitmap;
    unsigned long apart; /* the guest writes to every apart-th page; 0: to none */
    int cpu;
    size_t run_size;
    struct kvm_run *run;
    KVMMemoryVcpu *vcpu;
} Board;

static void must(bool good)
{
    if (!good) {
        abort();
    }
}

/* ---- The machine ------------------------------------------------------------------------ */

enum { PRESENT = 1, WRITABLE = 2, LARGE = 0x80, TABLE = 0x1000, TABLE_ENTRIES = 512 };

/* Page tables that map each address to itself, in pages of 2 MiB. */
static void fill_tables(uint64_t *table)
{
    table[0] = (TABLES + TABLE) | PRESENT | WRITABLE;
    for (uint64_t i = 0; i < TABLES_GIB; i++) {
        table[TABLE_ENTRIES + i] = (TABLES + (2 + i) * TABLE) | PRESENT | WRITABLE;
    }
    for (uint64_t i = 0; i < TABLES_GIB * TABLE_ENTRIES; i++) {
        table[2 * TABLE_ENTRIES + i] = i << 21 | PRESENT | WRITABLE | LARGE;
    }
}

static void add_cpuid(Board *b)
{
    struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(struct kvm_cpuid_entry2));

    must(cpuid != NULL);
    cpuid->nent = 256;
    must(ioctl(b->kvm.kvm_fd, KVM_GET_SUPPORTED_CPUID, cpuid) == 0);
    must(ioctl(b->cpu, KVM_SET_CPUID2, cpuid) == 0);
    free(cpuid);
}

static void enter_long_mode(const Board *b)
{
    const struct kvm_segment data = {
        .limit = UINT32_MAX, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1
    };
    struct kvm_sregs s;

    must(ioctl(b->cpu, KVM_GET_SREGS, &s) == 0);
    s.ds = s.es = s.fs = s.gs = s.ss = s.cs = data;
    s.cs.type = 11;
    s.cs.selector = 8;
    s.cs.l = 1;
    s.cs.db = 0;
    s.cr3 = TABLES;
    s.cr4 = 0x20;
    s.cr0 = 0x80000031;
    s.efer = 0x500;
    must(ioctl(b->cpu, KVM_SET_SREGS, &s) == 0);
}

static void make_cpu(Board *b)
{
    b->cpu = ioctl(b->kvm.vm_fd, KVM_CREATE_VCPU, 0);
    must(b->cpu >= 0);
    add_cpuid(b);
    b->run_size = (size_t)ioctl(b->kvm.kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
    b->run = mmap(NULL, b->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, b->cpu, 0);
    must(b->run != MAP_FAILED);
    b->vcpu = kvm_memory_add_vcpu(b->kvm.km, b->cpu, b->run, &error_abort);
    enter_long_mode(b);
}

/* 'size' bytes of RAM. The host reserves them; a page takes host memory once the guest writes to
 * it. */
static void board_make(Board *b, hwaddr size, unsigned entries)
{
    uint8_t *low;

    kvm_bench_make(&b->kvm);
    b->size = size;
    b->host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    b->bitmap = malloc(size / BENCH_PAGE / 8);
    must(b->host != MAP_FAILED && b->bitmap != NULL);
    memory_region_init_ram_nomigrate(&b->low, NULL, "low", LOW_SIZE, &error_abort);
    memory_region_init_ram_ptr(&b->ram, NULL, "ram", size, b->host);
    memory_region_add_subregion(&b->kvm.root, 0, &b->low);
    memory_region_add_subregion(&b->kvm.root, ram_at, &b->ram);
    low = memory_region_get_ram_ptr(&b->low);
    memcpy(low + CODE, write_pages, sizeof(write_pages));
    fill_tables((uint64_t *)(low + TABLES));
    kvm_bench_attach(&b->kvm, (KVMMemoryOptions){ .dirty_ring_entries = entries });
    make_cpu(b);
    memory_region_set_log(&b->ram, true, DIRTY_MEMORY_VGA);
}

static void board_end(Board *b)
{
    kvm_memory_remove_vcpu(b->vcpu);
    munmap(b->run, b->run_size);
    close(b->cpu);
    memory_region_del_subregion(&b->kvm.root, &b->ram);
    memory_region_del_subregion(&b->kvm.root, &b->low);
    memory_drain();
    object_unparent(OBJECT(&b->ram));
    object_unparent(OBJECT(&b->low));
    kvm_bench_end(&b->kvm);
    munmap(b->host, b->size);
    free(b->bitmap);
}

/* ---- Measuring -------------------------------------------------------------------------- */

static void write_some(void *opaque)
{
    Board *b = opaque;
    struct kvm_regs regs = {
        .rip = CODE, .rflags = 2, .rdi = ram_at, .rsi = b->apart * BENCH_PAGE
    };

    if (b->apart == 0) {
        return;
    }
    regs.rcx = b->size / BENCH_PAGE / b->apart;
    must(ioctl(b->cpu, KVM_SET_REGS, &regs) == 0);
    do {
        must(ioctl(b->cpu, KVM_RUN, 0) == 0);
    } while (kvm_memory_handle_exit(b->vcpu));
    must(b->run->exit_reason == KVM_EXIT_HLT);
}

static void harvest(void *opaque)
{
    Board *b = opaque;
    DirtyBitmapRun run[64];
    hwaddr at = 0;
    size_t n;
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(&b->ram, 0, b->size, DIRTY_MEMORY_VGA);

    while ((n = memory_region_snapshot_next_runs(&b->ram, snap, &at, b->size, run, 64))) {
        for (size_t i = 0; i < n; i++) {
            bench_use(run[i].addr);
        }
    }
    free(snap);
}

static void get_and_clear(void *opaque)
{
    Board *b = opaque;
    struct kvm_dirty_log get = { .slot = SLOT, .dirty_bitmap = b->bitmap };
    struct kvm_clear_dirty_log clear = { .slot = SLOT,
                                         .dirty_bitmap = b->bitmap,
                                         .num_pages = (uint32_t)(b->size / BENCH_PAGE) };

    must(ioctl(b->kvm.vm_fd, KVM_GET_DIRTY_LOG, &get) == 0);
    must(ioctl(b->kvm.vm_fd, KVM_CLEAR_DIRTY_LOG, &clear) == 0);
}

static const struct {
    const char *bitmap;
    const char *ring;
    const char *bare;
    unsigned long apart;
    long mib, quick_mib;
} densities[] = {
    { "KVM harvest: nothing dirty", "KVM harvest from rings: nothing dirty",
      "bare KVM get and clear: nothing dirty", 0, 4096, 4096 },
    { "KVM harvest: 1 page in 1,000 dirty", "KVM harvest from rings: 1 page in 1,000 dirty",
      "bare KVM get and clear: 1 page in 1,000 dirty", 1000, 4096, 4096 },
    { "KVM harvest: everything dirty", "KVM harvest from rings: everything dirty",
      "bare KVM get and clear: everything dirty", 1, 128, 8 },
};

static void measure(Board *b, long mib, const char *name, void (*run)(void *opaque))
{
    report_add(report_series(name, "MiB", "ns"), mib, bench_time_once(write_some, run, b));
}

static void measure_density(unsigned i, long mib)
{
    Board b = { .apart = densities[i].apart };

    board_make(&b, (hwaddr)mib << MIB_BITS, 0);
    harvest(&b);
    measure(&b, mib, densities[i].bitmap, harvest);
    measure(&b, mib, densities[i].bare, get_and_clear);
    board_end(&b);
    b = (Board){ .apart = densities[i].apart };
    board_make(&b, (hwaddr)mib << MIB_BITS, ENTRIES);
    harvest(&b);
    measure(&b, mib, densities[i].ring, harvest);
    board_end(&b);
}

void bench_kvm_dirty(void)
{
    if (!kvm_bench_possible()) {
        return;
    }
    for (unsigned i = 0; i < sizeof(densities) / sizeof(densities[0]); i++) {
        measure_density(i, bench_sizes_are_few() ? densities[i].quick_mib : densities[i].mib);
    }
}
