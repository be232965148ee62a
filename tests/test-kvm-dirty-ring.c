/* SPDX-License-Identifier: MIT
 *
 * The rings of dirty pages that the KVM adapter takes: some filled by hand, some to the brim by a
 * guest. That they tell the same as the other sources do is in test-kvm-dirty.c.
 */
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
    ring->entry[ring->filled++] = (struct kvm_dirty_gfn){ .flags = KVM_DIRTY_GFN_F_DIRTY,
                                                          .slot = slot, .offset = page };
}

/* Pages upwards, downwards and twice, on in another slot, and over both ends of a slot, where
 * another block is. */
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

GUEST_CODE(flood, 16, "cld; 1: movl $0x100000, %edi; movl $0x40000, %ecx;"
                      "rep stosb %al, %es:(%edi);"
                      "dec %edx; jnz 1b; hlt");

/* A guest that never leaves by itself. There are kernels that let it write round its ring, over
 * entries that nobody took: then all is dirty from there on, but the guest goes on. */
static void flooded_ring_goes_on(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    bool overflown;

    g->vcpus[0]->regs.rdx = 2;
    vcpu_call(g->vcpus[0], &flood);
    overflown = g->reports->len != 0;
    if (overflown) {
        expect_report(g, "error", "1024 entries", "lost", NULL);
    }
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-63");
    assert_taken(ram, DIRTY_MEMORY_VGA, overflown ? "0-63" : "");
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, overflown ? "0-63" : "5");
}

/* A processor that keeps a page to itself until its vCPU is stopped. */
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

/* One vCPU empties all rings, so another may find that its own, which KVM has called full, is empty
 * by now. That is no sign of entries that were lost, even where some were. */
static void full_ring_was_emptied(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    Vcpu *v = g->vcpus[0];

    v->regs.rdx = 2;
    vcpu_call(v, &flood);
    if (g->reports->len != 0) {
        expect_report(g, "error", "1024 entries", "lost", NULL);
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
    kvm_test_add("/kvm-dirty-ring/was-emptied", full_ring_was_emptied, ring);
    KVM_TEST("/kvm-dirty-ring/what-processors-keep", what_processors_keep);
    return g_test_run();
}
