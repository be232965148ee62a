/* SPDX-License-Identifier: MIT
 *
 * A kernel that refuses: each ioctl and mmap of the KVM adapter fails once. The adapter reports
 * it, the guest still gets right data, no dirty page is lost, and later calls work as usual. What
 * refused slots do in detail is in test-kvm-refused.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm/dirty-guest.h"

#define SET_SLOT KVM_SET_USER_MEMORY_REGION

/* ---- Bitmaps ---------------------------------------------------------------------------- */

/* If KVM does not return a bitmap, all of its pages are dirty. The next bitmap is exact again. */
static void bitmap_not_read(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    ioctl_fail(KVM_GET_DIRTY_LOG, 1, 2, EIO);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    expect_report(g, "error", "KVM_GET_DIRTY_LOG", "'ram' at 0x100000", "size 0x64000",
                  g_strerror(EIO), "all of it counts as dirty", NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    guest_store(g, RAM_AT + 6 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "6");
}

/* Pages that KVM did not clear are found again, and are cleared then. */
static void bitmap_not_cleared(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    ioctl_fail(KVM_CLEAR_DIRTY_LOG, 1, 2, EIO);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    expect_report(g, "error", "KVM_CLEAR_DIRTY_LOG", "'ram'", g_strerror(EIO), "stay dirty", NULL);
    guest_store(g, RAM_AT + 70 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5 70");
    assert_taken(ram, DIRTY_MEMORY_VGA, "5 70");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

/* A clear that fails may have cleared some pages. Nothing is known of their state then, so a clear
 * without a harvest must not drop a later write. */
static bool clear_and_fail(int fd, unsigned long request, void *arg, int *result)
{
    if (request != KVM_CLEAR_DIRTY_LOG) {
        return false;
    }
    ioctl_forward(fd, request, arg);
    ioctl_set_hook(NULL);
    errno = EIO;
    *result = -1;
    return true;
}

static void bitmap_cleared_and_failed(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    ioctl_set_hook(clear_and_fail);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    expect_report(g, "error", "KVM_CLEAR_DIRTY_LOG", NULL);
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    memory_region_reset_dirty(ram, 0, 100 * PAGE, DIRTY_MEMORY_VGA);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
}

static void manual_clear_refused(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram;

    ioctl_fail(KVM_ENABLE_CAP, 1, 1, EINVAL);
    ram = logged_ram(g, 100 * PAGE);
    expect_report(g, "warning", "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", g_strerror(EINVAL), NULL);
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    g_assert_cmpuint(ioctl_count(KVM_CLEAR_DIRTY_LOG), ==, 0);
}

/* ---- Logging ---------------------------------------------------------------------------- */

static void commit_anything(Guest *g)
{
    MemoryRegion *mr = io_new(g->m, "anything", PAGE);

    memory_region_add_subregion(g->root, 0x60000000, mr);
    memory_region_del_subregion(g->root, mr);
    region_drop(g->m, mr);
}

/* Memory that KVM refuses to log is always dirty, until a commit in which KVM logs it. */
static void not_logged(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    ioctl_fail(SET_SLOT, 1, 1, ENOMEM);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    expect_report(g, "error", "KVM refuses to log", "'ram'", "counts as dirty", NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    commit_anything(g);
    assert_slots(g, "0-ffff low@0, 100000-163fff ram@0 log");
    guest_store(g, RAM_AT + 7 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    guest_store(g, RAM_AT + 8 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "8");
}

/* Memory that KVM refused to log is removed before a harvest. */
static void not_logged_and_removed(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    ioctl_fail(SET_SLOT, 1, 1, ENOMEM);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    expect_report(g, "error", "KVM refuses to log", NULL);
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    memory_region_del_subregion(g->root, ram);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

/* Memory that KVM refused to log is shown by another region before KVM logs it: what was written
 * until then counts. */
static void not_logged_and_told_anew(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    ioctl_fail(SET_SLOT, 1, 1, ENOMEM);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    expect_report(g, "error", "KVM refuses to log", NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    memory_region_set_nonvolatile(ram, true);
    assert_slots(g, "0-ffff low@0, 100000-163fff ram@0 log");
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    guest_store(g, RAM_AT + 8 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "8");
}

/* KVM refuses to stop logging. Nothing is reported. */
static void still_logged(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    ioctl_fail(SET_SLOT, 1, 1, ENOMEM);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    expect_report(g, "error", "KVM refuses to stop logging", "'ram'", NULL);
    guest_store(g, RAM_AT + 6 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    guest_store(g, RAM_AT + 7 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "7");
}

/* KVM refuses to remove a logged slot: what is written until it does, counts. */
static void not_removed(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    ioctl_fail(SET_SLOT, 1, 1, EIO);
    memory_region_del_subregion(g->root, ram);
    expect_report(g, "error", "refuses to remove", "'ram'", NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    memory_region_add_subregion(g->root, RAM_AT, ram);
    guest_store(g, RAM_AT + 8 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "8");
}

static const TypeInfo owner_info = {
    .name = "test-kvm-owner",
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(DeviceState),
};

/* The same while the memory is shown elsewhere, too, and a guest writes through both slots. */
static void not_removed_and_moved(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    Object *owner = object_new("test-kvm-owner");
    MemoryRegion card;

    g_assert_true(memory_region_init_ram_nomigrate(&card, owner, "card", 100 * PAGE, NULL));
    memory_region_add_subregion(g->root, RAM_AT, &card);
    memory_region_set_log(&card, true, DIRTY_MEMORY_VGA);
    pages_clean(&card, DIRTY_MEMORY_VGA);
    if (((const DirtySource *)source)->automatic) {
        expect_report(g, "warning", "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", NULL);
    }
    ioctl_fail(SET_SLOT, 1, 1, EIO);
    memory_region_set_address(&card, 0x400000);
    expect_report(g, "error", "refuses to remove", "'card'", NULL);
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    guest_store(g, 0x400000 + 7 * PAGE, 4);
    assert_taken(&card, DIRTY_MEMORY_VGA, "5 7");
    commit_anything(g);
    pages_clean(&card, DIRTY_MEMORY_VGA);
    guest_store(g, 0x400000 + 8 * PAGE, 4);
    assert_taken(&card, DIRTY_MEMORY_VGA, "8");
    memory_region_del_subregion(g->root, &card);
    object_unref(owner);
    memory_drain();
}

/* ---- Rings ------------------------------------------------------------------------------ */

static void assert_refused(Guest *g, unsigned entries, const char *words)
{
    const KVMMemoryOptions options = { .dirty_ring_entries = entries };
    g_autofree char *text = guest_attach_error(g, &options);

    if (!strstr(text, words)) {
        g_error("no \"%s\" in: %s", words, text);
    }
}

static void ring_sizes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    const KVMMemoryOptions good = { .dirty_ring_entries = DIRTY_RING_ENTRIES };

    (void)data;
    assert_refused(g, 1000, "dirty_ring_entries is 1000: expected a power of two");
    assert_refused(g, 1U << 31, "dirty_ring_entries is 2147483648: the host's limit is 65536");
    assert_refused(g, 2, "KVM refuses dirty rings of 2 entries");
    ioctl_fail(KVM_ENABLE_CAP, 1, 2, EINVAL);
    assert_refused(g, DIRTY_RING_ENTRIES, g_strerror(EINVAL));
    ioctl_fail(KVM_ENABLE_CAP, 1, 1, ENOMEM);
    assert_refused(g, DIRTY_RING_ENTRIES, g_strerror(ENOMEM));
    guest_attach(g, &good);
}

static void ring_after_vcpus(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    int vcpu = ioctl(g->vm_fd, KVM_CREATE_VCPU, NULL);

    (void)data;
    assert_refused(g, DIRTY_RING_ENTRIES, "before the first vCPU");
    close(vcpu);
}

/* A host that knows only the older name of the capability. */
static void ring_of_old(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    const KVMMemoryOptions options = { .dirty_ring_entries = DIRTY_RING_ENTRIES };

    (void)data;
    ioctl_pretend(KVM_CAP_DIRTY_LOG_RING_ACQ_REL, 0);
    ioctl_fail(KVM_ENABLE_CAP, 1, 1, EINVAL);
    guest_attach(g, &options);
    vcpu_new(g);
    MemoryRegion *ram = logged_ram(g, 16 * PAGE);
    guest_store(g, RAM_AT + 3 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "3");
    g_assert_cmpuint(ioctl_count(KVM_GET_DIRTY_LOG), ==, 0);
}

/* On a host without rings the adapter uses bitmaps. */
static void no_rings(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    const KVMMemoryOptions options = { .dirty_ring_entries = DIRTY_RING_ENTRIES };

    (void)data;
    ioctl_pretend(KVM_CAP_DIRTY_LOG_RING_ACQ_REL, 0);
    ioctl_pretend(KVM_CAP_DIRTY_LOG_RING, 0);
    guest_attach(g, &options);
    expect_report(g, "warning", "KVM_CAP_DIRTY_LOG_RING", "bitmaps", NULL);
    vcpu_new(g);
    MemoryRegion *ram = logged_ram(g, 16 * PAGE);
    guest_store(g, RAM_AT + 3 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "3");
    g_assert_cmpuint(ioctl_count(KVM_GET_DIRTY_LOG), >, 0);
}

/* Pages stay dirty until KVM catches writes to them again. */
static void ring_not_reset(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    ioctl_fail(KVM_RESET_DIRTY_RINGS, 1, 2, EIO);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    expect_report(g, "error", "KVM_RESET_DIRTY_RINGS", g_strerror(EIO), NULL);
    guest_store(g, RAM_AT + 7 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5 7");
    ioctl_fail(KVM_RESET_DIRTY_RINGS, 1, 1, EINTR);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5 7");
    assert_taken(ram, DIRTY_MEMORY_VGA, "5 7");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
}

/* A vCPU is removed while KVM does not reset its ring. Its pages are still caught when KVM does.
 * If KVM never does, the pages that it misses are unknown. */
static void removed_and_not_reset(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);
    Vcpu *a = g->vcpus[0], *b = vcpu_new(g);

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    unsigned resets = ioctl_count(KVM_RESET_DIRTY_RINGS);
    ioctl_fail(KVM_RESET_DIRTY_RINGS, 1, 2, EINTR);
    kvm_memory_remove_vcpu(a->km);
    g_assert_cmpuint(ioctl_count(KVM_RESET_DIRTY_RINGS), ==, resets + 3);
    a->km = NULL;
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    g->vcpus[0] = b;
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    guest_store(g, RAM_AT + 6 * PAGE, 4);
    ioctl_fail(KVM_RESET_DIRTY_RINGS, 1, 1000, EIO);
    kvm_memory_remove_vcpu(b->km);
    expect_report(g, "error", "KVM_RESET_DIRTY_RINGS", g_strerror(EIO), NULL);
    expect_report(g, "error", "was removed", "counts as dirty", NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-99");
    b->km = kvm_memory_add_vcpu(g->km, b->fd, b->run, NULL);
    guest_store(g, RAM_AT + 8 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "6 8");
    ioctl_fail(KVM_RESET_DIRTY_RINGS, 1, 0, 0);
    g->vcpus[0] = a;
}

/* A ring is full, and its reset fails: the vCPU exits again. */
static void full_ring_not_reset(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 2048 * PAGE);

    ioctl_fail(KVM_RESET_DIRTY_RINGS, 1, 3, EIO);
    guest_fill(g, 0, 2048);
    expect_report(g, "error", "KVM_RESET_DIRTY_RINGS", NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-2047");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

static unsigned mappings_of_vcpus(void)
{
    g_autofree char *maps = NULL;
    unsigned count = 0;

    g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    for (const char *at = maps; (at = strstr(at, "anon_inode:kvm-vcpu")); at++) {
        count++;
    }
    return count;
}

static void ring_not_mapped(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 16 * PAGE);
    Vcpu *v = g->vcpus[0];

    kvm_memory_remove_vcpu(v->km);
    unsigned mappings = mappings_of_vcpus();
    for (unsigned nth = 1; nth <= 2; nth++) { /* the queue of coalesced writes, then the ring */
        Error *err = NULL;
        mmap_fail(nth, 1, ENOMEM);
        g_assert_null(kvm_memory_add_vcpu(g->km, v->fd, v->run, &err));
        g_assert_nonnull(strstr(error_get_pretty(err), nth == 1 ? "queue" : "1024 entries"));
        error_free(err);
        g_assert_cmpuint(mappings_of_vcpus(), ==, mappings);
    }
    v->km = kvm_memory_add_vcpu(g->km, v->fd, v->run, NULL);
    guest_store(g, RAM_AT + 3 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "3");
}

/* Entries as a kernel leaves them that stops vCPUs too late, or that is broken: slots and pages
 * that do not exist. The vCPU does not run any more. */
static void ring_overflows(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 16 * PAGE);
    const size_t size = DIRTY_RING_ENTRIES * sizeof(struct kvm_dirty_gfn);
    struct kvm_dirty_gfn *ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
                                      g->vcpus[0]->fd, KVM_DIRTY_LOG_PAGE_OFFSET * PAGE);

    g_assert_true(ring != MAP_FAILED);
    ring[0] = (struct kvm_dirty_gfn){ .slot = 1, .offset = 2, .flags = KVM_DIRTY_GFN_F_DIRTY };
    ring[1] = (struct kvm_dirty_gfn){ .slot = 1, .offset = 16, .flags = KVM_DIRTY_GFN_F_DIRTY };
    ring[2] = (struct kvm_dirty_gfn){ .slot = 77, .offset = 1, .flags = KVM_DIRTY_GFN_F_DIRTY };
    ring[3] = (struct kvm_dirty_gfn){ .slot = 5 << 16, .flags = KVM_DIRTY_GFN_F_DIRTY };
    assert_taken(ram, DIRTY_MEMORY_VGA, "2");
    for (unsigned i = 0; i < DIRTY_RING_ENTRIES; i++) {
        ring[i] = (struct kvm_dirty_gfn){ .slot = 1, .flags = KVM_DIRTY_GFN_F_DIRTY };
    }
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-15");
    expect_report(g, "warning", "1024 entries to the last one", "counts as dirty once", NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    munmap(ring, size);
}

/* ---- Everything ------------------------------------------------------------------------- */

/* A guest that uses everything that the adapter gives to KVM: RAM, ROM, an ioeventfd and a
 * coalesced range of a device that adds up what is written to it. */
typedef struct Tour {
    Guest *g;
    MemoryRegion *ram, *rom, *device;
    EventNotifier signal;
    uint64_t sum;
    unsigned signals; /* signals that software gave */
} Tour;

enum { ROM_AT = 0x400000, DEVICE_AT = 0x500000 };

static uint64_t read_sum(void *opaque, hwaddr addr, unsigned size)
{
    (void)addr, (void)size;
    return ((Tour *)opaque)->sum;
}

static void write_sum(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    (void)addr, (void)size;
    ((Tour *)opaque)->sum += value;
}

static const MemoryRegionOps sum_ops = {
    .read = read_sum,
    .write = write_sum,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

GUEST_CODE(tour_program, 16,
           "mov $0x400000, %ebx; movl 0x10(%ebx), %ecx;"
           "mov $0x105000, %ebx; incl (%ebx); add (%ebx), %ecx;"
           "mov $0x500000, %ebx; movl $7, 0x10(%ebx); movl $1000, 0x14(%ebx);"
           "movl $1, 0x20(%ebx); mov (%ebx), %eax; add %ecx, %eax; hlt");

static void tour_map(Tour *t)
{
    Guest *g = t->g;

    memory_region_transaction_begin();
    memory_region_add_subregion(g->root, RAM_AT, t->ram);
    memory_region_add_subregion(g->root, ROM_AT, t->rom);
    memory_region_add_subregion(g->root, DEVICE_AT, t->device);
    memory_region_add_eventfd(t->device, 0x20, 4, false, 0, &t->signal);
    memory_region_transaction_commit();
    memory_region_set_log(t->ram, true, DIRTY_MEMORY_VGA);
}

static void tour_unmap(Tour *t)
{
    memory_region_transaction_begin();
    memory_region_del_eventfd(t->device, 0x20, 4, false, 0, &t->signal);
    memory_region_del_subregion(t->g->root, t->device);
    memory_region_del_subregion(t->g->root, t->rom);
    memory_region_del_subregion(t->g->root, t->ram);
    memory_region_transaction_commit();
    memory_region_set_log(t->ram, false, DIRTY_MEMORY_VGA);
}

/* Checks that the pages that the guest has written are dirty. Others may be dirty, too, if
 * something failed. */
static void tour_check_dirty(Tour *t, bool exact)
{
    g_autofree char *taken = pages_take(t->ram, DIRTY_MEMORY_VGA);

    if (exact || strcmp(taken, "0-15")) {
        g_assert_cmpstr(taken, ==, "5");
    }
}

static void tour_run(Tour *t, bool exact)
{
    uint32_t *word = memory_region_get_ram_ptr(t->ram);

    tour_map(t);
    pages_clean(t->ram, DIRTY_MEMORY_VGA);
    t->sum = 0;
    word[5 * PAGE / 4] = 40;
    g_assert_cmpuint(vcpu_call(t->g->vcpus[0], &tour_program), ==, 1234 + 41 + 1007);
    g_assert_cmpuint(word[5 * PAGE / 4], ==, 41);
    g_assert_true(event_notifier_test_and_clear(&t->signal));
    tour_check_dirty(t, exact);
    tour_unmap(t);
}

static void tour_begin(Tour *t, Guest *g)
{
    t->g = g;
    t->ram = ram_new(g->m, "ram", 16 * PAGE);
    t->rom = ram_new(g->m, "rom", 16 * PAGE);
    memory_region_set_readonly(t->rom, true);
    ((uint32_t *)memory_region_get_ram_ptr(t->rom))[4] = 1234;
    t->device = g_new0(MemoryRegion, 1);
    g_ptr_array_add(g->m->regions, t->device);
    memory_region_init_io(t->device, NULL, &sum_ops, t, "device", PAGE);
    memory_region_add_coalescing(t->device, 0x10, 8);
    g_assert_cmpint(event_notifier_init(&t->signal, false), ==, 0);
}

static void tour_end(Tour *t)
{
    memory_region_clear_coalescing(t->device);
    event_notifier_cleanup(&t->signal);
}

static bool has_reports(Guest *g)
{
    bool has = g->reports->len != 0;

    g_string_truncate(g->reports, 0);
    return has;
}

static void fail_nth(Machine *m, const DirtySource *source, unsigned long request, unsigned nth)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    Tour t = { 0 };

    tour_begin(&t, g);
    has_reports(g);
    unsigned before = ioctl_count(request);
    ioctl_fail(request, nth, 1, EIO);
    tour_run(&t, false);
    bool failed = ioctl_count(request) >= before + nth;
    g_assert_true(has_reports(g) == failed);
    ioctl_fail(request, 1, 0, 0);
    tour_run(&t, false);
    has_reports(g);
    tour_run(&t, true);
    g_assert_true(!has_reports(g) || request == KVM_IOEVENTFD); /* KVM may have kept one */
    tour_end(&t);
}

static void each_fails(Machine *m, gconstpointer source)
{
    static const unsigned long requests[] = {
        SET_SLOT,
        KVM_GET_DIRTY_LOG,
        KVM_CLEAR_DIRTY_LOG,
        KVM_RESET_DIRTY_RINGS,
        KVM_ENABLE_CAP,
        KVM_IOEVENTFD,
        KVM_REGISTER_COALESCED_MMIO,
        KVM_UNREGISTER_COALESCED_MMIO,
    };

    (void)m;
    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++) {
        for (unsigned nth = 1; nth <= 6; nth++) {
            Machine own = { NULL };
            machine_setup(&own, NULL);
            ioctl_reset();
            fail_nth(&own, source, requests[i], nth);
            machine_teardown(&own, NULL);
        }
    }
}

/* A host that lacks one capability at a time. */
static void each_is_lacking(Machine *m, gconstpointer source)
{
    static const unsigned capabilities[] = {
        KVM_CAP_READONLY_MEM, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
        KVM_CAP_IOEVENTFD,    KVM_CAP_COALESCED_MMIO,
        KVM_CAP_NR_MEMSLOTS,
    };

    (void)m;
    for (unsigned i = 0; i < G_N_ELEMENTS(capabilities); i++) {
        Machine own = { NULL };
        Tour t = { 0 };
        machine_setup(&own, NULL);
        ioctl_reset();
        ioctl_pretend(capabilities[i], 0);
        Guest *g = dirty_guest_new(&own, source);
        tour_begin(&t, g);
        tour_run(&t, true);
        g_assert_true(has_reports(g) == (capabilities[i] != KVM_CAP_NR_MEMSLOTS));
        tour_run(&t, true);
        g_assert_false(has_reports(g));
        tour_end(&t);
        guest_free(g);
        machine_teardown(&own, NULL);
    }
}

/* ---- The list --------------------------------------------------------------------------- */

static void add(const char *name, TestFunc *func)
{
    for (unsigned i = 0; i < DIRTY_SOURCES; i++) {
        g_autofree char *path = g_strdup_printf("/kvm-faults/%s/%s", dirty_sources[i].name, name);
        kvm_test_add(path, func, &dirty_sources[i]);
    }
}

static void add_for_bitmaps(void)
{
    kvm_test_add("/kvm-faults/manual/not-read", bitmap_not_read, dirty_source("manual"));
    kvm_test_add("/kvm-faults/automatic/not-read", bitmap_not_read, dirty_source("automatic"));
    kvm_test_add("/kvm-faults/manual/not-cleared", bitmap_not_cleared, dirty_source("manual"));
    kvm_test_add("/kvm-faults/manual/cleared-and-failed", bitmap_cleared_and_failed,
                 dirty_source("manual"));
    kvm_test_add("/kvm-faults/manual/refused", manual_clear_refused, dirty_source("manual"));
}

static void add_for_rings(void)
{
    KVM_TEST("/kvm-faults/ring/sizes", ring_sizes);
    KVM_TEST("/kvm-faults/ring/after-vcpus", ring_after_vcpus);
    KVM_TEST("/kvm-faults/ring/of-old", ring_of_old);
    KVM_TEST("/kvm-faults/ring/lacking", no_rings);
    kvm_test_add("/kvm-faults/ring/not-reset", ring_not_reset, dirty_source("ring"));
    kvm_test_add("/kvm-faults/ring/full-not-reset", full_ring_not_reset, dirty_source("ring"));
    kvm_test_add("/kvm-faults/ring/not-mapped", ring_not_mapped, dirty_source("ring"));
    kvm_test_add("/kvm-faults/ring/overflows", ring_overflows, dirty_source("ring"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    type_register_static(&owner_info);
    add_for_bitmaps();
    add_for_rings();
    add("not-logged", not_logged);
    add("not-logged-and-removed", not_logged_and_removed);
    add("not-logged-and-told-anew", not_logged_and_told_anew);
    add("still-logged", still_logged);
    add("not-removed", not_removed);
    add("not-removed-and-moved", not_removed_and_moved);
    kvm_test_add("/kvm-faults/ring/removed-and-not-reset", removed_and_not_reset,
                 dirty_source("ring"));
    kvm_test_add("/kvm-faults/manual/each-fails", each_fails, dirty_source("manual"));
    kvm_test_add("/kvm-faults/ring/each-fails", each_fails, dirty_source("ring"));
    kvm_test_add("/kvm-faults/manual/each-is-lacking", each_is_lacking, dirty_source("manual"));
    return g_test_run();
}
