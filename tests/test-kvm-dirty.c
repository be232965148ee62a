/* SPDX-License-Identifier: MIT
 *
 * Dirty pages of the KVM adapter: a client finds exactly the pages that a guest wrote, from each
 * source. What only rings do is in test-kvm-dirty-ring.c; harvests while guests run and the map
 * changes in test-kvm-dirty-threads.c; refusals of the kernel in test-kvm-faults.c.
 */
#include <stdlib.h>
#include <string.h>

#include "kvm/dirty-guest.h"

/* ---- What is dirty ---------------------------------------------------------------------- */

static void is_what_was_written(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    guest_store(g, RAM_AT + 3 * PAGE + 5, 1);
    guest_store(g, RAM_AT + 7 * PAGE + 5, 2);
    guest_store(g, RAM_AT + 8 * PAGE + 0xff8, 8);
    guest_store(g, RAM_AT, 4);
    guest_store(g, RAM_AT + 99 * PAGE + 0xffc, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0 3 7-8 99");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    guest_store(g, RAM_AT + 3 * PAGE, 1);
    guest_store(g, RAM_AT + 64 * PAGE, 1);
    assert_taken(ram, DIRTY_MEMORY_VGA, "3 64");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

static void stores_cross_pages(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 300 * PAGE);

    guest_store(g, RAM_AT + 4 * PAGE - 1, 2);
    guest_store(g, RAM_AT + 64 * PAGE - 2, 4);
    guest_store(g, RAM_AT + 128 * PAGE - 7, 8);
    guest_store(g, RAM_AT + 200 * PAGE - 1, 1);
    assert_taken(ram, DIRTY_MEMORY_VGA, "3-4 63-64 127-128 199");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

/* A page that was only read stays clean. */
static void reading_is_clean(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 16 * PAGE);

    guest_load(g, RAM_AT + 5 * PAGE);
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

/* The whole memory, and once more after it was cleared. */
static void all_of_it(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 200 * PAGE);

    guest_fill(g, 0, 200);
    assert_taken(ram, DIRTY_MEMORY_VGA, "0-199");
    guest_fill(g, 63, 129);
    assert_taken(ram, DIRTY_MEMORY_VGA, "63-191");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

/* A device's DMA and the guest both write. */
static void beside_software(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    guest_store(g, RAM_AT + 3 * PAGE, 4);
    address_space_stl(g->as, RAM_AT + 5 * PAGE, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    address_space_stl(g->as, RAM_AT + 3 * PAGE, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    guest_store(g, RAM_AT + 9 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "3 5 9");
    address_space_stl(g->as, RAM_AT + 6 * PAGE, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    assert_taken(ram, DIRTY_MEMORY_VGA, "6");
}

/* ROM gets a slot without logging, and the kernel is not asked for its dirty pages. */
static void rom_is_not_logged(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 16 * PAGE);
    MemoryRegion *rom = guest_ram(g, "rom", 0x400000, 16 * PAGE);

    memory_region_set_readonly(rom, true);
    memory_region_set_log(rom, true, DIRTY_MEMORY_VGA);
    assert_slots(g, "0-ffff low@0, 100000-10ffff ram@0 log, 400000-40ffff rom@0 ro");
    pages_clean_all(rom);
    guest_store(g, RAM_AT + 1 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "1");
    assert_taken(rom, DIRTY_MEMORY_VGA, "");
}

/* ---- Guest pages of other sizes --------------------------------------------------------- */

static void large_guest_pages(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    guest_store(g, RAM_AT + 32 * PAGE - 2, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "4-7 28-35");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    guest_store(g, RAM_AT + 6 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "4-7");
}

static void small_guest_pages(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    guest_store(g, RAM_AT + 5 * PAGE + 0x400, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

/* ---- Parts ------------------------------------------------------------------------------ */

static char *take_part(MemoryRegion *mr, uint64_t first, uint64_t count)
{
    GString *out = g_string_new(NULL);
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(mr, first * PAGE, count * PAGE, DIRTY_MEMORY_VGA);

    for (hwaddr at = first * PAGE, len;
         memory_region_snapshot_next_dirty(mr, snap, &at, (first + count) * PAGE, &len);
         at += len) {
        g_string_append_printf(out, "%" PRIu64 "+%" PRIu64 " ", at / PAGE, len / PAGE);
    }
    free(snap);
    return g_string_free(out, false);
}

#define assert_part(mr, first, count, want)                                                       \
    do {                                                                                          \
        g_autofree char *part_now = take_part(mr, first, count);                                  \
        g_assert_cmpstr(part_now, ==, want);                                                      \
    } while (0)

/* A display harvests some lines of memory of which more is logged. */
static void parts_are_taken(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 300 * PAGE);

    guest_fill(g, 60, 140);
    assert_part(ram, 64, 64, "64+64 ");
    assert_part(ram, 64, 64, "");
    guest_store(g, RAM_AT + 70 * PAGE, 4);
    guest_store(g, RAM_AT + 130 * PAGE, 4);
    guest_store(g, RAM_AT + 290 * PAGE, 4);
    assert_part(ram, 64, 64, "70+1 ");
    assert_taken(ram, DIRTY_MEMORY_VGA, "60-63 128-199 290");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

/* A clear without a harvest drops only what could have been known: pages that KVM has found since
 * then stay dirty. */
static void clearing_keeps_what_is_new(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    guest_store(g, RAM_AT + 2 * PAGE, 4);
    memory_region_reset_dirty(ram, 0, 64 * PAGE, DIRTY_MEMORY_VGA);
    guest_store(g, RAM_AT + 4 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "2 4");
}

/* Pages that were fetched stay dirty if they are outside the cleared part, in the same word of
 * KVM's bitmap. */
static void clearing_keeps_what_is_beside(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 100 * PAGE);

    guest_store(g, RAM_AT + 16 * PAGE, 4);
    guest_store(g, RAM_AT + 70 * PAGE, 4);
    memory_global_dirty_log_sync();
    memory_region_reset_dirty(ram, 2 * PAGE, 7 * PAGE, DIRTY_MEMORY_VGA);
    memory_region_reset_dirty(ram, 71 * PAGE, 7 * PAGE, DIRTY_MEMORY_VGA);
    assert_taken(ram, DIRTY_MEMORY_VGA, "16 70");
    guest_store(g, RAM_AT + 16 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "16");
}

/* ---- Clients ---------------------------------------------------------------------------- */

static void clients_are_apart(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    guest_store(g, RAM_AT + 1 * PAGE, 4);
    memory_global_dirty_log_start();
    guest_store(g, RAM_AT + 2 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "1-2");
    guest_store(g, RAM_AT + 3 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_MIGRATION, "2-3");
    assert_taken(ram, DIRTY_MEMORY_VGA, "3");
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    guest_store(g, RAM_AT + 4 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_MIGRATION, "4");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    memory_global_dirty_log_stop();
}

/* Pages that were written before logging is switched off count, even if they were not asked for
 * yet. */
static void switching_off_takes(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    memory_global_dirty_log_start();
    guest_store(g, RAM_AT + 1 * PAGE, 4);
    memory_global_dirty_log_stop();
    guest_store(g, RAM_AT + 2 * PAGE, 4);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    guest_store(g, RAM_AT + 3 * PAGE, 4);
    assert_slots(g, "0-ffff low@0, 100000-13ffff ram@0");
    assert_taken(ram, DIRTY_MEMORY_MIGRATION, "1");
    assert_taken(ram, DIRTY_MEMORY_VGA, "1-2");
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    guest_store(g, RAM_AT + 4 * PAGE, 4);
    memory_region_reset_dirty(ram, 0, 64 * PAGE, DIRTY_MEMORY_VGA);
    assert_taken(ram, DIRTY_MEMORY_VGA, "4");
}

/* What was fetched in one period of logging does not count in the next one. */
static void periods_are_apart(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    guest_store(g, RAM_AT + 1 * PAGE, 4);
    memory_global_dirty_log_sync();
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    guest_store(g, RAM_AT + 1 * PAGE, 4);
    memory_region_reset_dirty(ram, 0, 64 * PAGE, DIRTY_MEMORY_VGA);
    assert_taken(ram, DIRTY_MEMORY_VGA, "1");
}

/* The machine is copied twice. Nothing is logged between the copies, and each copy begins with all
 * memory. */
static void copied_twice(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    for (unsigned copy = 0; copy < 2; copy++) {
        memory_global_dirty_log_start();
        guest_store(g, RAM_AT + 1 * PAGE, 4);
        memory_global_set_all_dirty();
        assert_taken(ram, DIRTY_MEMORY_MIGRATION, "0-63");
        assert_taken(ram, DIRTY_MEMORY_MIGRATION, "");
        guest_store(g, RAM_AT + 1 * PAGE, 4);
        guest_store(g, RAM_AT + 2 * PAGE, 4);
        assert_taken(ram, DIRTY_MEMORY_MIGRATION, "1-2");
        guest_store(g, RAM_AT + 3 * PAGE, 4);
        memory_global_set_all_dirty();
        memory_global_dirty_log_sync();
        memory_global_set_all_dirty();
        assert_taken(ram, DIRTY_MEMORY_MIGRATION, "0-63");
        guest_store(g, RAM_AT + 3 * PAGE, 4);
        assert_taken(ram, DIRTY_MEMORY_MIGRATION, "3");
        memory_global_dirty_log_stop();
        guest_store(g, RAM_AT + 5 * PAGE, 4);
    }
}

/* ---- Maps that change ------------------------------------------------------------------- */

/* RAM that is shown twice has two slots, and both find dirty pages. */
static void alias_tells(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    MemoryRegion *window = window_new(m, "window", ram, 8 * PAGE, 16 * PAGE);

    memory_region_add_subregion(g->root, 0x400000, window);
    assert_slots(g, "0-ffff low@0, 100000-13ffff ram@0 log, 400000-40ffff ram@8000 log");
    guest_store(g, 0x400000 + 3 * PAGE, 4);
    guest_store(g, RAM_AT + 1 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "1 11");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    guest_store(g, RAM_AT + 11 * PAGE, 4);
    guest_store(g, 0x400000 + 15 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "11 23");
    guest_store(g, 0x400000 + 3 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "11");
}

/* Slots that are cut, joined, moved or removed lose no dirty page. */
static void changes_take(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE), *patch = io_new(m, "patch", PAGE);

    guest_store(g, RAM_AT + 1 * PAGE, 4);
    guest_store(g, RAM_AT + 8 * PAGE, 4);
    guest_store(g, RAM_AT + 40 * PAGE, 4);
    memory_region_add_subregion_overlap(g->root, RAM_AT + 8 * PAGE, patch, 1);
    assert_slots(g, "0-ffff low@0, 100000-107fff ram@0 log, 109000-13ffff ram@9000 log");
    guest_store(g, RAM_AT + 9 * PAGE, 4);
    guest_store(g, RAM_AT + 8 * PAGE - 2, 4);
    memory_region_del_subregion(g->root, patch);
    guest_store(g, RAM_AT + 20 * PAGE, 4);
    memory_region_set_address(ram, 0x400000);
    guest_store(g, 0x400000 + 50 * PAGE, 4);
    memory_region_del_subregion(g->root, ram);
    assert_taken(ram, DIRTY_MEMORY_VGA, "1 7-9 20 40 50");
    memory_region_add_subregion(g->root, RAM_AT, ram);
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    guest_store(g, RAM_AT + 63 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "63");
}

/* Another region shows the same memory at the same place. The slot stays; pages before and after
 * the change are marked in the right region. */
static void slot_that_stays_changes_hands(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE), *twin = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, twin);
    memory_region_init_ram_ptr(twin, NULL, "twin", 64 * PAGE, memory_region_get_ram_ptr(ram));
    memory_region_set_log(twin, true, DIRTY_MEMORY_VGA);
    pages_clean_all(twin);
    guest_store(g, RAM_AT + 1 * PAGE, 4);
    unsigned changes = ioctl_count(KVM_SET_USER_MEMORY_REGION);
    memory_region_transaction_begin();
    memory_region_del_subregion(g->root, ram);
    memory_region_add_subregion(g->root, RAM_AT, twin);
    memory_region_transaction_commit();
    g_assert_cmpuint(ioctl_count(KVM_SET_USER_MEMORY_REGION), ==, changes);
    guest_store(g, RAM_AT + 2 * PAGE, 4);
    assert_taken(twin, DIRTY_MEMORY_VGA, "2");
    assert_taken(ram, DIRTY_MEMORY_VGA, "1");
}

/* Two virtual machines share memory. What either one writes counts, and a clear clears it for
 * both. */
static void machines_share(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    Guest *other = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    memory_region_add_subregion(other->root, RAM_AT, window_new(m, "w", ram, 8 * PAGE, 8 * PAGE));
    for (unsigned i = 0; i < 2; i++) {
        guest_store(g, RAM_AT + 1 * PAGE, 4);
        guest_store(g, RAM_AT + 9 * PAGE, 4);
        guest_store(other, RAM_AT + 2 * PAGE, 4);
        assert_taken(ram, DIRTY_MEMORY_VGA, "1 9-10");
        assert_taken(ram, DIRTY_MEMORY_VGA, "");
        guest_store(other, RAM_AT + 1 * PAGE, 4);
        assert_taken(ram, DIRTY_MEMORY_VGA, "9");
    }
    guest_store(other, RAM_AT + 3 * PAGE, 4);
    if (((const DirtySource *)source)->automatic) {
        expect_report(other, "warning", "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", NULL);
    }
    guest_free(other);
    assert_taken(ram, DIRTY_MEMORY_VGA, "11");
}

/* Detaching the adapter marks the pages that are left. Removing a vCPU does the same for its
 * ring. */
static void detaching_takes(Machine *m, gconstpointer source)
{
    Guest *g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);

    guest_store(g, RAM_AT + 1 * PAGE, 4);
    guest_store(g, RAM_AT + 30 * PAGE, 4);
    guest_free(g);
    assert_taken(ram, DIRTY_MEMORY_VGA, "1 30");
}

/* A vCPU is removed and added again: its ring goes on where it was. */
static void vcpu_comes_back(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 64 * PAGE);
    Vcpu *v = g->vcpus[0];

    for (unsigned i = 1; i < 4; i++) {
        guest_store(g, RAM_AT + i * PAGE, 4);
        guest_store(g, RAM_AT + 2 * i * PAGE, 4);
        kvm_memory_remove_vcpu(v->km);
        v->km = kvm_memory_add_vcpu(g->km, v->fd, v->run, NULL);
        g_assert_nonnull(v->km);
    }
    assert_taken(ram, DIRTY_MEMORY_VGA, "1-4 6");
    guest_store(g, RAM_AT + 5 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
    assert_taken(ram, DIRTY_MEMORY_VGA, "");
}

/* A listener of the program that harvests in the middle of each commit. */
typedef struct Asker {
    MemoryRegion *ram;
    GString *found;
} Asker;

static void ask(Spy *s, const char *what, MemoryRegionSection *section)
{
    Asker *a = s->opaque;
    g_autofree char *pages = pages_take(a->ram, DIRTY_MEMORY_VGA);

    (void)what, (void)section;
    if (*pages) {
        g_string_append_printf(a->found, "[%s]", pages);
    }
}

static void asked_during_commits(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    Asker a = { logged_ram(g, 64 * PAGE), g_string_new(NULL) };
    MemoryRegion *patch = io_new(m, "patch", PAGE);
    Spy *early = spy_new(m, "early", 0), *late = spy_new(m, "late", 20);

    early->hook = late->hook = ask;
    early->opaque = late->opaque = &a;
    spy_start(early, g->as);
    spy_start(late, g->as);
    guest_store(g, RAM_AT + 1 * PAGE, 4);
    memory_region_add_subregion_overlap(g->root, RAM_AT + 8 * PAGE, patch, 1);
    g_assert_cmpstr(a.found->str, ==, "[1]");
    guest_store(g, RAM_AT + 40 * PAGE, 4);
    memory_region_del_subregion(g->root, patch);
    g_assert_cmpstr(a.found->str, ==, "[1][40]");
    guest_store(g, RAM_AT + 3 * PAGE, 4);
    memory_region_set_address(a.ram, 0x400000);
    g_assert_cmpstr(a.found->str, ==, "[1][40][3]");
    assert_taken(a.ram, DIRTY_MEMORY_VGA, "");
    memory_listener_unregister(&early->listener);
    memory_listener_unregister(&late->listener);
    g_string_free(a.found, true);
    g_string_truncate(m->trace, 0);
}

/* The map is edited by a thread with another current context. */
static void taken_in_another_context(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 16 * PAGE);
    Machine other = { NULL };

    guest_store(g, RAM_AT + 5 * PAGE, 4);
    machine_setup(&other, NULL);
    memory_region_del_subregion(g->root, ram);
    g_assert_true(memory_context_current() == other.ctx);
    machine_teardown(&other, NULL);
    memory_context_set_current(m->ctx);
    assert_taken(ram, DIRTY_MEMORY_VGA, "5");
}

/* ---- Manual clearing -------------------------------------------------------------------- */

static void manual_clear_asks_for_little(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 640 * PAGE);
    unsigned clears = ioctl_count(KVM_CLEAR_DIRTY_LOG);

    assert_taken(ram, DIRTY_MEMORY_VGA, "");
    g_assert_cmpuint(ioctl_count(KVM_CLEAR_DIRTY_LOG), ==, clears);
    guest_store(g, RAM_AT + 100 * PAGE, 4);
    guest_store(g, RAM_AT + 500 * PAGE, 4);
    assert_taken(ram, DIRTY_MEMORY_VGA, "100 500");
    g_assert_cmpuint(ioctl_count(KVM_CLEAR_DIRTY_LOG), ==, clears + 1);
}

/* A clear consists of whole words, but clears only the pages that were asked for. */
static struct kvm_clear_dirty_log cleared;
static uint64_t cleared_words[2];

static bool note_clear(int fd, unsigned long request, void *arg, int *result)
{
    (void)fd, (void)result;
    if (request == KVM_CLEAR_DIRTY_LOG) {
        memcpy(&cleared, arg, sizeof(cleared));
        g_assert_cmpuint(cleared.num_pages / 8, <=, sizeof(cleared_words));
        memcpy(cleared_words, cleared.dirty_bitmap, cleared.num_pages / 8);
    }
    return false;
}

static void manual_clear_keeps_to_the_part(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, 256 * PAGE);

    guest_fill(g, 60, 140);
    ioctl_set_hook(note_clear);
    assert_part(ram, 70, 90, "70+90 ");
    ioctl_set_hook(NULL);
    g_assert_cmpuint(cleared.first_page, ==, 64);
    g_assert_cmpuint(cleared.num_pages, ==, 128);
    g_assert_cmphex(cleared_words[0], ==, ~UINT64_C(0) << 6);
    g_assert_cmphex(cleared_words[1], ==, ~UINT64_C(0) >> 32);
}

/* ---- The list --------------------------------------------------------------------------- */

static void add(const char *name, TestFunc *func, const MemoryContextOptions *options)
{
    for (unsigned i = 0; i < DIRTY_SOURCES; i++) {
        g_autofree char *path = g_strdup_printf("/kvm-dirty/%s/%s", dirty_sources[i].name, name);
        kvm_test_add_with(path, func, &dirty_sources[i], options);
    }
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions small_pages = { .page_bits = 10 };
    static const MemoryContextOptions large_pages = { .page_bits = 14 };

    g_test_init(&argc, &argv, NULL);
    add("is-what-was-written", is_what_was_written, NULL);
    add("stores-cross-pages", stores_cross_pages, NULL);
    add("reading-is-clean", reading_is_clean, NULL);
    add("all-of-it", all_of_it, NULL);
    add("beside-software", beside_software, NULL);
    add("rom-is-not-logged", rom_is_not_logged, NULL);
    add("large-guest-pages", large_guest_pages, &large_pages);
    add("small-guest-pages", small_guest_pages, &small_pages);
    add("parts-are-taken", parts_are_taken, NULL);
    add("clients-are-apart", clients_are_apart, NULL);
    add("switching-off-takes", switching_off_takes, NULL);
    add("periods-are-apart", periods_are_apart, NULL);
    add("copied-twice", copied_twice, NULL);
    add("clearing-keeps-what-is-new", clearing_keeps_what_is_new, NULL);
    add("clearing-keeps-what-is-beside", clearing_keeps_what_is_beside, NULL);
    add("alias-tells", alias_tells, NULL);
    add("changes-take", changes_take, NULL);
    add("slot-that-stays-changes-hands", slot_that_stays_changes_hands, NULL);
    add("machines-share", machines_share, NULL);
    add("detaching-takes", detaching_takes, NULL);
    add("vcpu-comes-back", vcpu_comes_back, NULL);
    add("asked-during-commits", asked_during_commits, NULL);
    add("taken-in-another-context", taken_in_another_context, NULL);
    kvm_test_add("/kvm-dirty/manual/asks-for-little", manual_clear_asks_for_little,
                 dirty_source("manual"));
    kvm_test_add("/kvm-dirty/manual/keeps-to-the-part", manual_clear_keeps_to_the_part,
                 dirty_source("manual"));
    return g_test_run();
}
