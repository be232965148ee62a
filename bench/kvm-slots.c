/* SPDX-License-Identifier: MIT
 *
 * Measures moves of a BAR of a KVM guest, among few and among many slots. A BAR of RAM is a slot,
 * so its row stands beside the two ioctls that a move needs. A BAR of registers is not a slot. No
 * vCPU runs.
 */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "kvm.h"
#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { FEW = 10, MANY = 500, BAR_SIZE = 16 << 20, SPARE_ID = MANY };

static const hwaddr places[] = { 0x100000000, 0x200000000 }, BEHIND = 0x300000000;

typedef struct Board {
    KvmBench kvm;
    unsigned slots; /* beside the BAR */
    MemoryRegion ram, ram_bar, io_bar;
    MemoryRegion window[MANY];
} Board;

static void board_make(Board *b, unsigned slots)
{
    kvm_bench_make(&b->kvm);
    b->slots = slots - 1;
    memory_region_init_ram_nomigrate(&b->ram, NULL, "ram", MANY * BENCH_PAGE, &error_abort);
    memory_region_init_ram_nomigrate(&b->ram_bar, NULL, "bar", BAR_SIZE, &error_abort);
    memory_region_init_io(&b->io_bar, NULL, NULL, NULL, "registers", BAR_SIZE);
    for (unsigned i = 0; i < b->slots; i++) {
        memory_region_init_alias(&b->window[i], NULL, "window", &b->ram, i * BENCH_PAGE,
                                 BENCH_PAGE);
        memory_region_add_subregion(&b->kvm.root, i * BENCH_STRIDE, &b->window[i]);
    }
}

static void board_end(Board *b)
{
    for (unsigned i = 0; i < b->slots; i++) {
        memory_region_del_subregion(&b->kvm.root, &b->window[i]);
    }
    memory_drain();
    for (unsigned i = 0; i < b->slots; i++) {
        object_unparent(OBJECT(&b->window[i]));
    }
    object_unparent(OBJECT(&b->ram_bar));
    object_unparent(OBJECT(&b->io_bar));
    object_unparent(OBJECT(&b->ram));
    kvm_bench_end(&b->kvm);
}

/* ---- Moves ------------------------------------------------------------------------------ */

static void move(MemoryRegion *bar, unsigned long count)
{
    bool second = memory_region_address(bar) == places[1];

    for (unsigned long i = 0; i < count; i++) {
        second = !second;
        memory_region_set_address(bar, places[second]);
    }
}

static void move_ram(void *opaque, unsigned long count)
{
    Board *b = opaque;

    move(&b->ram_bar, count);
}

static void move_registers(void *opaque, unsigned long count)
{
    Board *b = opaque;

    move(&b->io_bar, count);
}

/* Sets one slot that the adapter does not know, at an address after both places of the BAR. */
static void set_slot(Board *b, hwaddr addr, uint64_t size)
{
    struct kvm_userspace_memory_region slot = {
        .slot = SPARE_ID,
        .guest_phys_addr = addr,
        .memory_size = size,
        .userspace_addr = (uintptr_t)memory_region_get_ram_ptr(&b->ram_bar),
    };

    if (ioctl(b->kvm.vm_fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0) {
        abort();
    }
}

/* The two ioctls that a move needs at least. */
static void move_bare(void *opaque, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        set_slot(opaque, BEHIND, BAR_SIZE);
        set_slot(opaque, BEHIND, 0);
    }
}

/* ---- Series ----------------------------------------------------------------------------- */

static void measure_registers(Board *b, long slots)
{
    memory_region_add_subregion(&b->kvm.root, places[0], &b->io_bar);
    report_add(report_series("KVM: a BAR of registers moves among N slots", "slots", "ns"), slots,
               bench_time(move_registers, b));
    memory_region_del_subregion(&b->kvm.root, &b->io_bar);
}

/* Timed in turn, so that other work of the host slows down both. */
static void measure_ram(Board *b, long slots)
{
    double moved, bare;

    memory_region_add_subregion(&b->kvm.root, places[0], &b->ram_bar);
    bench_time_beside(move_ram, move_bare, b, &moved, &bare);
    report_add(report_series("KVM: a BAR of RAM moves among N slots", "slots", "ns"), slots,
               moved);
    report_add(report_series("bare KVM: a slot made and removed among N", "slots", "ns"), slots,
               bare);
    memory_region_del_subregion(&b->kvm.root, &b->ram_bar);
}

static void measure(unsigned slots)
{
    Board *b = calloc(1, sizeof(*b));

    if (!b) {
        abort();
    }
    board_make(b, slots);
    kvm_bench_attach(&b->kvm, (KVMMemoryOptions){ 0 });
    measure_registers(b, slots);
    measure_ram(b, slots);
    board_end(b);
    free(b);
}

void bench_kvm_slots(void)
{
    if (kvm_bench_possible()) {
        measure(FEW);
        measure(MANY);
    }
}
