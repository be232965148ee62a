/* SPDX-License-Identifier: MIT
 *
 * Dirty pages of the second KVM address space, for system management mode. The test plays a kernel
 * that knows it, so no guest enters it. How it gets slots is in test-kvm-commits.c, how exits
 * reach it in test-kvm-exits.c.
 */
#include <string.h>
#include <sys/mman.h>

#include "kvm/dirty-guest.h"

enum { SMRAM_AT = 0xa0000, SMRAM_PAGES = 16 };

/* What the kernel was asked about slots of the second space. */
static unsigned cleared;

static bool is_second(uint32_t slot)
{
    g_assert_true(slot >> 16 == 0 || slot == 1 << 16);
    return slot >> 16 != 0;
}

static bool play_second_space(int fd, unsigned long request, void *arg, int *result)
{
    (void)fd;
    *result = 0;
    if (request == KVM_SET_USER_MEMORY_REGION) {
        return is_second(((struct kvm_userspace_memory_region *)arg)->slot);
    }
    if (request == KVM_GET_DIRTY_LOG && is_second(((struct kvm_dirty_log *)arg)->slot)) {
        *(uint64_t *)((struct kvm_dirty_log *)arg)->dirty_bitmap = cleared ? 0 : 1 << 3;
        return true;
    }
    if (request == KVM_CLEAR_DIRTY_LOG && is_second(((struct kvm_clear_dirty_log *)arg)->slot)) {
        cleared++;
        return true;
    }
    return false;
}

/* Makes a guest whose second space has logged RAM. The first space has a slot with the same
 * number. */
static Guest *guest_with_smram(Machine *m, unsigned ring_entries, MemoryRegion **smram)
{
    Guest *g = guest_bare_new(m);
    MemoryRegion *root = box_new(m, "smm", UINT64_MAX);
    KVMMemoryOptions options = { .smm = space_new(m, root, "smm"),
                                 .dirty_ring_entries = ring_entries };

    *smram = ram_new(m, "smram", SMRAM_PAGES * PAGE);
    memory_region_add_subregion(root, SMRAM_AT, *smram);
    ioctl_pretend(KVM_CAP_MULTI_ADDRESS_SPACE, 2);
    ioctl_set_hook(play_second_space);
    cleared = 1;
    guest_attach(g, &options);
    vcpu_new(g);
    memory_region_set_log(*smram, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(g->low, true, DIRTY_MEMORY_VGA);
    pages_clean_all(*smram);
    pages_clean_all(g->low);
    return g;
}

static void bitmap(Machine *m, gconstpointer data)
{
    MemoryRegion *smram;
    g_autoptr(Guest) g = guest_with_smram(m, 0, &smram);

    (void)data;
    assert_slots(g, "0-ffff low@0 log, smm a0000-affff smram@0 log");
    cleared = 0;
    assert_taken(smram, DIRTY_MEMORY_VGA, "3");
    g_assert_cmpuint(cleared, ==, 1);
    assert_taken(smram, DIRTY_MEMORY_VGA, "");
    assert_taken(g->low, DIRTY_MEMORY_VGA, "");
}

static void ring(Machine *m, gconstpointer data)
{
    const size_t size = DIRTY_RING_ENTRIES * sizeof(struct kvm_dirty_gfn);
    MemoryRegion *smram;
    g_autoptr(Guest) g = guest_with_smram(m, DIRTY_RING_ENTRIES, &smram);
    struct kvm_dirty_gfn *entries = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
                                         g->vcpus[0]->fd, KVM_DIRTY_LOG_PAGE_OFFSET * PAGE);

    (void)data;
    g_assert_true(entries != MAP_FAILED);
    entries[0] =
        (struct kvm_dirty_gfn){ .slot = 1 << 16, .offset = 3, .flags = KVM_DIRTY_GFN_F_DIRTY };
    entries[1] = (struct kvm_dirty_gfn){ .slot = 0, .offset = 5, .flags = KVM_DIRTY_GFN_F_DIRTY };
    assert_taken(smram, DIRTY_MEMORY_VGA, "3");
    assert_taken(g->low, DIRTY_MEMORY_VGA, "5");
    munmap(entries, size);
}

/* A kernel that reports one address space has none for the mode. */
static void one_space(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    KVMMemoryOptions options = { .smm = space_new(m, box_new(m, "smm", UINT64_MAX), "smm") };

    (void)data;
    ioctl_pretend(KVM_CAP_MULTI_ADDRESS_SPACE, 1);
    guest_attach(g, &options);
    expect_report(g, "warning", "KVM_CAP_MULTI_ADDRESS_SPACE", "ordinary memory", NULL);
    assert_slots(g, "0-ffff low@0");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm-smm/dirty/bitmap", bitmap);
    KVM_TEST("/kvm-smm/dirty/ring", ring);
    KVM_TEST("/kvm-smm/one-space", one_space);
    return g_test_run();
}
