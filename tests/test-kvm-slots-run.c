/* SPDX-License-Identifier: MIT
 *
 * Guests run while their slots appear, go, split, merge and move. A guest that has memory before
 * and after a change must not notice that KVM had to remove it in between. Exits could repair that
 * for data, but not for code.
 */
#include <string.h>

#include "kvm/guest.h"

enum { PAGE = 0x1000, STOP_AT = 0x500, MAGIC = 0x4d414749 };

/* Adds to a cell that nothing else writes until the byte at STOP_AT is set. The result is -1 if
 * the cell was not as the guest left it. */
#define COUNT(wide, cell, stop)                                                                   \
    "xor %eax, %eax;"                                                                             \
    "1: cmp %" wide ", (%" cell "); jne 2f;"                                                      \
    "inc %" wide "; mov %" wide ", (%" cell ");"                                                  \
    "cmpb $0, (%" stop "); je 1b; hlt;"                                                           \
    "2: mov $-1, %" wide "; hlt"
GUEST_CODE(count_16, 16, COUNT("eax", "edi", "esi"));
GUEST_CODE(count_64, 64, COUNT("rax", "rdi", "rsi"));

/* Reads a word in each of ECX places, EBX apart. Each word must be its number plus EDX, or 0.
 * Repeats that; the result is the number of rounds, or -1. */
GUEST_CODE(patrol_64, 64,
           "xor %eax, %eax;"
           "1: mov %rdi, %r9; xor %r10d, %r10d;"
           "2: mov (%r9), %r8d; test %r8d, %r8d; jz 3f;"
           "sub %edx, %r8d; cmp %r10d, %r8d; jne 4f;"
           "3: add %rbx, %r9; inc %r10d; cmp %ecx, %r10d; jb 2b;"
           "inc %rax; cmpb $0, (%rsi); je 1b; hlt;"
           "4: mov $-1, %rax; hlt");
GUEST_CODE(patrol_16, 16,
           "xor %eax, %eax; mov %edi, %ebp;"
           "1: mov %ebp, %edi; push %ecx; push %edx;"
           "2: push %eax; mov (%edi), %eax; test %eax, %eax; jz 3f;"
           "cmp %edx, %eax; jne 4f;"
           "3: pop %eax; add %ebx, %edi; inc %edx; dec %ecx; jnz 2b;"
           "pop %edx; pop %ecx;"
           "inc %eax; cmpb $0, (%esi); je 1b; hlt;"
           "4: mov $-1, %eax; hlt");

static void add(Guest *g, hwaddr addr, MemoryRegion *mr)
{
    memory_region_add_subregion_overlap(g->root, addr, mr, 1);
}

static void del(Guest *g, MemoryRegion *mr)
{
    memory_region_del_subregion(g->root, mr);
}

static uint8_t *host(MemoryRegion *mr)
{
    return memory_region_get_ram_ptr(mr);
}

/* ---- Counting guests -------------------------------------------------------------------- */

/* Reads a cell. It is aligned, so that one load sees a whole value. */
static uint32_t cell(MemoryRegion *ram, hwaddr at)
{
    return __atomic_load_n((uint32_t *)(host(ram) + at), __ATOMIC_RELAXED);
}

static Vcpu *start(Guest *g, const GuestCode *code, hwaddr at)
{
    Vcpu *v = vcpu_new(g);

    v->regs.rdi = at;
    v->regs.rsi = STOP_AT;
    vcpu_start(v, code);
    return v;
}

static void wait_for_progress(Vcpu *v, MemoryRegion *ram, hwaddr at)
{
    for (uint32_t before = cell(ram, at); cell(ram, at) == before;) {
        if (!__atomic_load_n(&v->running, __ATOMIC_SEQ_CST)) {
            g_error("the guest has ended: %s", v->failure->str);
        }
        g_usleep(500);
    }
}

static void tell_to_stop(Guest *g)
{
    __atomic_store_n(host(g->low) + STOP_AT, 1, __ATOMIC_SEQ_CST);
}

/* Checks that the guest saw what it wrote, and that all of it is in memory. */
static void assert_counted(Vcpu *v, MemoryRegion *ram, hwaddr at)
{
    uint64_t count = vcpu_wait(v);

    g_assert_cmphex(count, !=, UINT64_MAX);
    g_assert_cmphex(count, !=, UINT32_MAX);
    g_assert_cmphex((uint32_t)count, ==, cell(ram, at));
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 0);
}

/* ---- Splits and merges ------------------------------------------------------------------ */

enum { ROUNDS = 1000 };

/* Two guests run code from, and write to, RAM in which a window appears and goes. */
static void code_beside_a_split(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *hole = io_new(m, "hole", PAGE);
    Vcpu *a = start(g, code, 0x700), *b = start(g, code, 0x800);

    wait_for_progress(a, g->low, 0x700);
    for (unsigned i = 0; i < ROUNDS; i++) {
        add(g, 0x8000, hole);
        del(g, hole);
    }
    wait_for_progress(b, g->low, 0x800);
    tell_to_stop(g);
    assert_counted(a, g->low, 0x700);
    assert_counted(b, g->low, 0x800);
}

/* Data in RAM of its own, which also becomes ROM and back, and is logged at times. */
static void data_beside_a_split(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, 16 * PAGE);
    MemoryRegion *bar = ram_new(m, "bar", 2 * PAGE);
    Vcpu *v = start(g, code, 0x23000);

    wait_for_progress(v, ram, 0x3000);
    add(g, 0x20000, bar);
    for (unsigned i = 0; i < ROUNDS; i++) {
        memory_region_set_address(bar, i % 2 ? 0x21000 : 0x24000);
        memory_region_set_log(ram, i % 2 == 0, DIRTY_MEMORY_VGA);
        memory_region_set_size(ram, (8 + i % 3) * PAGE);
    }
    wait_for_progress(v, ram, 0x3000);
    tell_to_stop(g);
    assert_counted(v, ram, 0x3000);
}

/* ---- What happens while the slots are away ----------------------------------------------- */

/* Set by the hook: the first slot that is made after one was removed. */
static struct {
    Guest *g;
    bool removed;
    bool looked;
    bool wait_for_end; /* for the end of the vCPU, which is not stopped */
} gap;

/* The vCPU ends at once, or it waits for this commit before it reports why KVM gave up. */
static bool is_lost(const Vcpu *v)
{
    return !__atomic_load_n(&v->running, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&v->exits[KVM_EXIT_INTERNAL_ERROR], __ATOMIC_SEQ_CST) != 0;
}

static void look_into_gap(void)
{
    Guest *g = gap.g;

    if (gap.wait_for_end) {
        while (!is_lost(g->vcpus[0])) {
            g_usleep(500);
        }
        return;
    }
    uint32_t before = cell(g->low, 0x700);
    g_usleep(20000);
    g_assert_cmphex(cell(g->low, 0x700), ==, before);
}

static bool watch_gap(int fd, unsigned long request, void *arg, int *result)
{
    const struct kvm_userspace_memory_region *slot = arg;

    (void)fd, (void)result;
    if (request != KVM_SET_USER_MEMORY_REGION) {
        return false;
    }
    if (slot->memory_size == 0) {
        gap.removed = true;
    } else if (gap.removed && !gap.looked) {
        gap.looked = true;
        look_into_gap();
    }
    return false;
}

static void split_watched(Guest *g, bool wait_for_end)
{
    memset(&gap, 0, sizeof(gap));
    gap.g = g;
    gap.wait_for_end = wait_for_end;
    ioctl_set_hook(watch_gap);
    add(g, 0x8000, io_new(g->m, "hole", PAGE));
    ioctl_set_hook(NULL);
    g_assert_true(gap.looked);
}

/* No guest runs in the gap; guests that ran before go on. */
static void nobody_in_the_gap(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Vcpu *v = start(g, code, 0x700);

    wait_for_progress(v, g->low, 0x700);
    split_watched(g, false);
    wait_for_progress(v, g->low, 0x700);
    tell_to_stop(g);
    assert_counted(v, g->low, 0x700);
}

/* Why vCPUs are stopped at all: a vCPU that is not stopped finds no code in the gap, and KVM
 * cannot run code by exits. */
static void lost_without_stopping(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, &(KVMMemoryOptions){ .resume_vcpus = unstoppable });
    Vcpu *v = start(g, code, 0x700);

    wait_for_progress(v, g->low, 0x700);
    split_watched(g, true);
    g_assert_cmpuint(vcpu_wait_failed(v), !=, KVM_EXIT_HLT);
}

/* ---- Slots that come, go and move -------------------------------------------------------- */

/* Makes RAM whose pages contain their numbers, from 'base' on. */
static MemoryRegion *numbered_ram(Machine *m, unsigned pages, uint32_t base)
{
    MemoryRegion *ram = ram_new(m, "numbered", (uint64_t)pages * PAGE);

    for (uint32_t i = 0; i < pages; i++) {
        uint32_t number = base + i;
        memcpy(host(ram) + (size_t)i * PAGE, &number, sizeof(number));
    }
    return ram;
}

static Vcpu *start_patrol(Guest *g, const GuestCode *code, hwaddr at, unsigned places,
                          hwaddr apart)
{
    Vcpu *v = vcpu_new(g);

    v->regs.rdi = at;
    v->regs.rsi = STOP_AT;
    v->regs.rcx = places;
    v->regs.rbx = apart;
    v->regs.rdx = MAGIC;
    vcpu_start(v, code);
    return v;
}

static void end_patrol(Guest *g, Vcpu *v)
{
    tell_to_stop(g);
    uint64_t rounds = vcpu_wait(v);
    g_assert_cmphex(rounds, !=, UINT64_MAX);
    g_assert_cmphex(rounds, !=, UINT32_MAX);
    g_assert_cmpuint(rounds, >, 0);
}

/* A BAR moves between two places, which are apart or overlap. In each of them the guest finds its
 * own page or nothing. */
static void moving(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *even = numbered_ram(m, 4, MAGIC), *odd = numbered_ram(m, 4, MAGIC + 4);
    Vcpu *v = start_patrol(g, code, 0x40000, 8, PAGE);

    add(g, 0x40000, even);
    add(g, 0x44000, odd);
    for (unsigned i = 0; i < 200; i++) {
        memory_region_set_address(even, i % 2 ? 0x40000 : 0x50000);
        memory_region_set_enabled(odd, i % 3 == 0);
    }
    end_patrol(g, v);
}

/* Changes all of 200 slots in one commit, several times. */
static void two_hundred(Machine *m, gconstpointer code)
{
    enum { COUNT = 200 };
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = numbered_ram(m, COUNT, MAGIC), *box = box_new(m, "box", COUNT * 2 * PAGE);

    for (unsigned i = 0; i < COUNT; i++) {
        MemoryRegion *window = window_new(m, "window", ram, i * PAGE, PAGE);
        memory_region_add_subregion(box, i * 2 * PAGE, window);
    }
    Vcpu *v = start_patrol(g, code, 0x1000000, COUNT, 2 * PAGE);
    for (unsigned i = 0; i < 20; i++) {
        add(g, 0x1000000, box);
        del(g, box);
    }
    end_patrol(g, v);
}

/* ---- Read-only slots -------------------------------------------------------------------- */

/* Reads three times, writes ECX twice, reads again. The result is the sum. */
#define READ_AND_WRITE(to)                                                                        \
    "xor %eax, %eax;"                                                                             \
    "add (%" to "), %eax; add (%" to "), %eax; add (%" to "), %eax;"                              \
    "mov %ecx, (%" to "); mov %ecx, (%" to "); add (%" to "), %eax; hlt"
GUEST_CODE(read_and_write_16, 16, READ_AND_WRITE("edi"));
GUEST_CODE(read_and_write_64, 64, READ_AND_WRITE("rdi"));

/* Writes exit, reads do not, and nothing is written. */
static void readonly(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *rom = numbered_ram(m, 1, 0x1000);
    Vcpu *v = vcpu_new(g);

    memory_region_set_readonly(rom, true);
    add(g, 0x40000, rom);
    v->regs.rdi = 0x40000;
    v->regs.rcx = 0xdead;
    g_assert_cmphex(vcpu_call(v, code), ==, 0x4000);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 2);
    memory_region_set_readonly(rom, false);
    g_assert_cmphex(vcpu_call(v, code), ==, 0x3000 + 0xdead);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 0);
}

/* The same on a host without read-only slots: the guest gets the same data. */
static void readonly_by_exits(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    MemoryRegion *rom = numbered_ram(m, 1, 0x1000);

    ioctl_pretend(KVM_CAP_READONLY_MEM, 0);
    memory_region_set_readonly(rom, true);
    add(g, 0x40000, rom);
    add(g, 0x50000, romd_new(m, "romd", PAGE));
    guest_attach(g, NULL);
    expect_report(g, "warning", "KVM_CAP_READONLY_MEM", "exits", NULL);
    assert_slots(g, "0-ffff low@0");
    Vcpu *v = vcpu_new(g);
    v->regs.rdi = 0x40000;
    v->regs.rcx = 0xdead;
    g_assert_cmphex(vcpu_call(v, code), ==, 0x4000);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 6);
}

/* A flash: one write switches to the device, another one back to its memory. */
typedef struct Flash {
    MemoryRegion mr; /* first: the machine frees it */
    unsigned writes;
} Flash;

static uint64_t flash_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return 0x80;
}

static void flash_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    Flash *flash = opaque;

    (void)addr, (void)size;
    flash->writes++;
    memory_region_rom_device_set_romd(&flash->mr, value == 0xff);
}

static const MemoryRegionOps flash_ops = { .read = flash_read,
                                           .write = flash_write,
                                           .endianness = DEVICE_LITTLE_ENDIAN };

/* Reads memory, status, status, memory. A write of ECX switches to the device, one of EDX back. */
#define READ_MODES(to)                                                                            \
    "xor %eax, %eax; add (%" to "), %eax;"                                                        \
    "mov %ecx, (%" to "); add (%" to "), %eax; add (%" to "), %eax;"                              \
    "mov %edx, (%" to "); add (%" to "), %eax; hlt"
GUEST_CODE(read_modes_16, 16, READ_MODES("edi"));
GUEST_CODE(read_modes_64, 64, READ_MODES("rdi"));

static void rom_device(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    Flash *flash = g_new0(Flash, 1);
    Vcpu *v = vcpu_new(g);

    g_ptr_array_add(m->regions, flash);
    g_assert_true(memory_region_init_rom_device_nomigrate(&flash->mr, NULL, &flash_ops, flash,
                                                          "flash", PAGE, NULL));
    memory_region_disable_reentrancy_guard(&flash->mr);
    memset(host(&flash->mr), 1, 4);
    add(g, 0x40000, &flash->mr);
    v->regs.rdi = 0x40000;
    v->regs.rcx = 0x70;
    v->regs.rdx = 0xff;
    g_assert_cmphex(vcpu_call(v, code), ==, 2 * 0x01010101 + 2 * 0x80);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 4);
    g_assert_cmpuint(flash->writes, ==, 2);
}

/* ---- Around slots ----------------------------------------------------------------------- */

/* Adds EDX to ECX words that begin at EDI. */
#define ADD_TO_WORDS(at) "1: add %edx, (%" at "); add $4, %" at "; dec %ecx; jnz 1b; hlt"
GUEST_CODE(add_to_words_16, 16, ADD_TO_WORDS("edi"));
GUEST_CODE(add_to_words_64, 64, ADD_TO_WORDS("rdi"));

/* RAM that begins and ends inside pages. What is not in a slot is done by exits, two for each
 * word; holes stay holes. */
static void odd_ends(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = ram_new(m, "ram", 4 * PAGE);
    Vcpu *v = vcpu_new(g);

    add(g, 0x20800, window_new(m, "window", ram, 0x800, 2 * PAGE));
    v->regs.rdi = 0x207f8;
    v->regs.rcx = 2 * PAGE / 4 + 4;
    v->regs.rdx = 0x01020304;
    vcpu_call(v, code);
    for (hwaddr at = 0; at < 4 * PAGE; at += 4) {
        bool inside = at >= 0x800 && at < 0x2800;
        g_assert_cmphex(cell(ram, at), ==, inside ? 0x01020304 : 0);
    }
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 2 * (2 * 0x800 / 4 + 4));
}

/* An access that is partly in a slot and partly outside. */
GUEST_CODE(straddle_64, 64, "mov %rdx, (%rdi); mov (%rdi), %rax; hlt");

static void across_the_edge(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = ram_new(m, "ram", 4 * PAGE);
    Vcpu *v = vcpu_new(g);

    (void)data;
    add(g, 0x20800, window_new(m, "window", ram, 0x800, 2 * PAGE));
    v->regs.rdx = 0x0807060504030201;
    v->regs.rdi = 0x20ffd;
    g_assert_cmphex(vcpu_call(v, &straddle_64), ==, v->regs.rdx);
    g_assert_cmpint(memcmp(host(ram) + 0xffd, &v->regs.rdx, 8), ==, 0);
    v->regs.rdi = 0x21ffe;
    g_assert_cmphex(vcpu_call(v, &straddle_64), ==, v->regs.rdx);
    g_assert_cmpint(memcmp(host(ram) + 0x1ffe, &v->regs.rdx, 8), ==, 0);
}

/* Memory above the limit of slots is slow, but correct, until a slot is free. */
static void beyond_the_limit(Machine *m, gconstpointer code)
{
    g_autoptr(Guest) g = guest_new(m, &(KVMMemoryOptions){ .max_slots = 4 });
    Vcpu *v = vcpu_new(g);

    if (code == &add_to_words_64) {
        guest_map(g, 1);
    } else {
        guest_ram(g, "other", 0x18000, PAGE);
    }
    MemoryRegion *a = guest_ram(g, "a", 0x20000, PAGE);
    guest_ram(g, "b", 0x30000, PAGE);
    MemoryRegion *c = guest_ram(g, "c", 0x40000, PAGE);
    expect_report(g, "error", "'c'", "0x40000-0x40fff", "all 4 slots are in use", NULL);
    v->regs.rdi = 0x40000;
    v->regs.rcx = PAGE / 4;
    v->regs.rdx = 3;
    vcpu_call(v, code);
    g_assert_cmphex(cell(c, PAGE - 4), ==, 3);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 2 * PAGE / 4);
    del(g, a);
    vcpu_call(v, code);
    g_assert_cmphex(cell(c, PAGE - 4), ==, 6);
    g_assert_cmpuint(v->exits[KVM_EXIT_MMIO], ==, 0);
}

/* ---- All -------------------------------------------------------------------------------- */

/* With 16-bit and with 64-bit programs. */
#define BOTH(path, func, code)                                                                    \
    do {                                                                                          \
        kvm_test_add("/kvm-slots-run/" path "/16", func, &code##_16);                             \
        kvm_test_add("/kvm-slots-run/" path "/64", func, &code##_64);                             \
    } while (0)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    BOTH("changes/code-beside-a-split", code_beside_a_split, count);
    BOTH("changes/data-beside-a-split", data_beside_a_split, count);
    BOTH("changes/nobody-in-the-gap", nobody_in_the_gap, count);
    BOTH("changes/lost-without-stopping", lost_without_stopping, count);
    BOTH("changes/moving", moving, patrol);
    BOTH("changes/two-hundred", two_hundred, patrol);
    BOTH("readonly/writes-exit", readonly, read_and_write);
    BOTH("readonly/by-exits", readonly_by_exits, read_and_write);
    BOTH("readonly/rom-device", rom_device, read_modes);
    BOTH("around/odd-ends", odd_ends, add_to_words);
    KVM_TEST("/kvm-slots-run/around/across-the-edge", across_the_edge);
    BOTH("around/beyond-the-limit", beyond_the_limit, add_to_words);
    return g_test_run();
}
