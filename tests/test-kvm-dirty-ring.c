/* SPDX-License-Identifier: MIT
 *
 * How the KVM adapter takes entries from rings of dirty pages. Some rings are filled by hand, some
 * by a guest to the last entry. That rings find the same pages as the other sources is in
 * test-kvm-dirty.c.
 */
#include <errno.h>
#include <sys/mman.h>

#include "kvm/dirty-guest.h"

/* A ring that is filled by hand; its vCPU does not run. */
typedef struct Ring {
    struct kvm_dirty_gfn *entry;
    unsigned filled;
} Ring;

enum { RING_SIZE = DIRTY_RING_ENTRIES * sizeof(struct kvm_dirty_gfn) };

static Ring ring_of(const Vcpu *v)
{
    void *place = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd,
                       KVM_DIRTY_LOG_PAGE_OFFSET * PAGE);

    g_assert_true(place != MAP_FAILED);
    return (Ring){ place, 0 };
}

static void ring_put(Ring *ring, unsigned slot, uint64_t page)
{
    ring->entry[ring->filled++] =
        (struct kvm_dirty_gfn){ .flags = KVM_DIRTY_GFN_F_DIRTY, .slot = slot, .offset = page };
}

/* Pages in ascending and descending order, and twice; pages that go on in another slot; pages
 * beyond both ends of a slot, where another block is. */
static void neighbours_in_ring(Machine *m, gconstpointer source)
{
    static const uint64_t pages[] = { 3, 4, 5, 5, 9, 8, 10, 62, 63, 64 };
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    MemoryRegion *more = guest_ram(g, "more", 0x400000, 64 * PAGE);
    Ring ring = ring_of(g->vcpus[0]);

    memory_region_set_log(more, true, DIRTY_MEMORY_VGA);
    pages_clean_all(more);
    g_assert_cmphex(memory_region_get_ram_addr(more), ==,
                    memory_region_get_ram_addr(ram) + 64 * PAGE);
    for (unsigned i = 0; i < G_N_ELEMENTS(pages); i++) {
        ring_put(&ring, 1, pages[i]);
    }
    ring_put(&ring, 2, 11);
    ring_put(&ring, 1, 12);
    ring_put(&ring, 2, 13);
    assert_taken(more, DIRTY_MEMORY_VGA, "11 13");
    assert_taken(ram, DIRTY_MEMORY_VGA, "3-5 8-10 12 62-63");
    ring_put(&ring, 2, 0);
    ring_put(&ring, 2, UINT64_MAX);
    assert_taken(more, DIRTY_MEMORY_VGA, "0");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    munmap(ring.entry, RING_SIZE);
}

static void full_ring_is_emptied(Machine *m, gconstpointer source)
{
    const unsigned pages = 2 * DIRTY_RING_ENTRIES;
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, (uint64_t)pages * PAGE);

    guest_fill(g, 0, pages);
    g_assert_cmpuint(g->vcpus[0]->exits[KVM_EXIT_DIRTY_RING_FULL], >=, 1);
    g_assert_cmpuint(ioctl_count(KVM_GET_DIRTY_LOG), ==, 0);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-2047");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    guest_store(g, RAM_AT + 500 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "500");
}

GUEST_CODE(flood, 16,
           "cld; 1: movl $0x100000, %edi; movl $0x40000, %ecx;"
           "rep stosb %al, %es:(%edi);"
           "dec %edx; jnz 1b; hlt");

static void expect_lost(Guest *g)
{
    expect_report(g, "warning", "1024 entries", "lost", "dirty_ring_entries (up to 65536 here)",
                  "0 for bitmaps", NULL);
}

/* A guest that never exits by itself. Some kernels let it write round its ring, over entries that
 * were not taken. Then all memory is dirty once, and after that the rings are exact. */
static void flooded_ring_goes_on(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    for (unsigned i = 0; i < 3; i++) {
        g->vcpus[0]->regs.rdx = 2;
        vcpu_call(g->vcpus[0], &flood);
        if (g->reports->len != 0) {
            g_assert_cmpuint(i, ==, 0);
            expect_lost(g);
        }
        assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
        assert_taken(ram, DIRTY_MEMORY_VGA, "");
        for (uint64_t page = 5; page < 60; page += 11) {
            g_autofree char *want = g_strdup_printf("%" PRIu64, page);
            guest_store(g, RAM_AT + page * PAGE, 4);
            assert_taken(ram, DIRTY_MEMORY_VGA, want);
        }
    }
}

GUEST_CODE(sweep, 64,
           "1: mov %rdi, %rdx\n mov %rcx, %rbx\n"
           "2: incq (%rdx)\n add $0x1000, %rdx\n dec %rbx\n jnz 2b\n"
           "dec %rax\n jnz 1b\n hlt");

static void guest_sweep(Guest *g, unsigned pages, unsigned times)
{
    Vcpu *v = g->vcpus[0];

    v->regs.rdi = RAM_AT;
    v->regs.rcx = pages;
    v->regs.rax = times;
    vcpu_call(v, &sweep);
}

/* The guest writes more pages than its ring has entries, without an exit of its own. Every page is
 * found. */
static void swept_ring(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 3000 * PAGE);

    for (unsigned i = 0; i < 3; i++) {
        guest_sweep(g, 3000, 2);
        if (g->reports->len != 0) {
            expect_lost(g);
        }
        assert_taken(ram, DIRTY_MEMORY_VGA, "0-2999");
        assert_taken(ram, DIRTY_MEMORY_VGA, "");
        guest_sweep(g, 100, 1);
        assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    }
}

/* ---- A kernel that is late, played by hand ----------------------------------------------- */

static void overfill(Ring *ring)
{
    for (unsigned i = 0; i < DIRTY_RING_ENTRIES; i++) {
        ring->entry[i] = (struct kvm_dirty_gfn){ .flags = KVM_DIRTY_GFN_F_DIRTY, .slot = 1 };
    }
}

/* Counts how often logging is switched off and on again, which makes KVM catch writes to all
 * pages. No vCPU runs meanwhile. */
static unsigned switched_off, switched_on;

static bool note_logging(int fd, unsigned long request, void *arg, int *result)
{
    const struct kvm_userspace_memory_region *slot = arg;

    (void)fd, (void)result;
    if (request == KVM_SET_USER_MEMORY_REGION && slot->slot == 1) {
        unsigned *count = slot->flags & KVM_MEM_LOG_DIRTY_PAGES ? &switched_on : &switched_off;
        (*count)++;
    }
    return false;
}

static void lost_once(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    Ring ring = ring_of(g->vcpus[0]);

    switched_off = switched_on = 0;
    ioctl_set_hook(note_logging);
    for (unsigned i = 1; i <= 3; i++) {
        overfill(&ring);
        assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
        if (i == 1) {
            expect_lost(g);
        }
        g_assert_cmpuint(switched_off, ==, i);
        g_assert_cmpuint(switched_on, ==, i);
        assert_taken(ram, DIRTY_MEMORY_VGA, "");
    }
    ring_put(&ring, 1, 7);
    assert_taken(ram, DIRTY_MEMORY_VGA, "7");
    ring_put(&ring, 1, 8);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    assert_taken(ram, DIRTY_MEMORY_VGA, "8");
    munmap(ring.entry, RING_SIZE);
}

/* KVM goes on after entries that it has overwritten and that stay 0. */
static void gap_in_ring(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    Ring ring = ring_of(g->vcpus[0]);

    overfill(&ring);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
    expect_lost(g);
    ring.filled = 300;
    ring_put(&ring, 1, 9);
    assert_taken(ram, DIRTY_MEMORY_VGA, "9");
    ring_put(&ring, 1, 11);
    assert_taken(ram, DIRTY_MEMORY_VGA, "11");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    munmap(ring.entry, RING_SIZE);
}

/* For a hook: KVM writes round this ring after its entries were taken and before they are
 * reset. */
static Ring *refilled;

static bool refill(int fd, unsigned long request, void *arg, int *result)
{
    (void)fd, (void)arg, (void)result;
    if (request == KVM_RESET_DIRTY_RINGS && refilled) {
        overfill(refilled);
        refilled = NULL;
    }
    return false;
}

static void overwritten_when_taken(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    Ring ring = ring_of(g->vcpus[0]);

    ring_put(&ring, 1, 3);
    ring_put(&ring, 1, 4);
    refilled = &ring;
    ioctl_set_hook(refill);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
    expect_lost(g);
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    ring.filled = 0;
    ring_put(&ring, 1, 5);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    munmap(ring.entry, RING_SIZE);
}

/* As long as KVM refuses to log again, every harvest finds all memory dirty. */
static void not_relogged(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    Ring ring = ring_of(g->vcpus[0]);

    overfill(&ring);
    ioctl_fail(KVM_SET_USER_MEMORY_REGION, 1, 1, ENOMEM);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
    expect_lost(g);
    expect_report(g, "error", "KVM refuses to log again", "'ram'", NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    overfill(&ring);
    ioctl_fail(KVM_SET_USER_MEMORY_REGION, 2, 1,
               ENOMEM); /* logging is switched off, but not on again */
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
    expect_report(g, "error", "KVM refuses to log again", "'ram'", NULL);
    assert_slots(g, "0-ffff low@0, 100000-13ffff ram@0");
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
    guest_ram(g, "more", 0x400000, PAGE);
    assert_slots(g, "0-ffff low@0, 100000-13ffff ram@0 log, 400000-400fff more@0");
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    munmap(ring.entry, RING_SIZE);
}

/* For a processor that does not store this entry until its vCPU is stopped. */
static struct kvm_dirty_gfn *kept;
static unsigned stops;

static void stop_and_give_out(void *opaque)
{
    (void)opaque;
    stops++;
    if (kept) {
        *kept = (struct kvm_dirty_gfn){ .slot = 1, .offset = 2, .flags = KVM_DIRTY_GFN_F_DIRTY };
    }
}

static void resume_stopped(void *opaque)
{
    (void)opaque;
    g_assert_cmpuint(stops--, ==, 1);
}

static void what_processors_keep(Machine *m, gconstpointer data)
{
    const KVMMemoryOptions options = { .dirty_ring_entries = DIRTY_RING_ENTRIES,
                                       .stop_vcpus = stop_and_give_out,
                                       .resume_vcpus = resume_stopped };
    g_autoptr(Guest) g = guest_new(m, &options);

    (void)data;
    vcpu_new(g);
    MemoryRegion *ram = logged_ram(g, 16 * PAGE);
    Ring ring = ring_of(g->vcpus[0]);
    kept = ring.entry;
    assert_taken(ram, DIRTY_MEMORY_VGA, "2");
    kept++; /* the next entry */
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    munmap(ring.entry, RING_SIZE);
    kept = NULL;
    assert_taken(ram, DIRTY_MEMORY_VGA, "2");
}

/* One vCPU empties all rings. So another vCPU, whose ring KVM has called full, may find it empty.
 * That does not mean that entries were lost, even if some were lost before. */
static void full_ring_was_emptied(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    Vcpu *v = g->vcpus[0];

    v->regs.rdx = 2;
    vcpu_call(v, &flood);
    if (g->reports->len != 0) {
        expect_lost(g);
    }
    for (unsigned i = 0; i < 8; i++) {
        guest_store(g, RAM_AT + 5 * PAGE, 4);
        pages_clean_all(ram);
        v->run->exit_reason = KVM_EXIT_DIRTY_RING_FULL;
        g_assert_true(kvm_memory_handle_exit(v->km));
    }
    g_assert_cmpuint(v->exits[KVM_EXIT_DIRTY_RING_FULL], ==, 0);
}

int main(int argc, char **argv)
{
    const DirtySource *ring = dirty_source("ring");

    g_test_init(&argc, &argv, NULL);
    kvm_test_add("/kvm-dirty-ring/neighbours", neighbours_in_ring, ring);
    kvm_test_add("/kvm-dirty-ring/full", full_ring_is_emptied, ring);
    kvm_test_add("/kvm-dirty-ring/flooded", flooded_ring_goes_on, ring);
    kvm_test_add("/kvm-dirty-ring/swept", swept_ring, ring);
    kvm_test_add("/kvm-dirty-ring/late/lost-once", lost_once, ring);
    kvm_test_add("/kvm-dirty-ring/late/gap", gap_in_ring, ring);
    kvm_test_add("/kvm-dirty-ring/late/overwritten-when-taken", overwritten_when_taken, ring);
    kvm_test_add("/kvm-dirty-ring/late/not-relogged", not_relogged, ring);
    kvm_test_add("/kvm-dirty-ring/was-emptied", full_ring_was_emptied, ring);
    KVM_TEST("/kvm-dirty-ring/what-processors-keep", what_processors_keep);
    return g_test_run();
}
