/* SPDX-License-Identifier: MIT
 *
 * Which changes of its slots a commit asks KVM for, and when vCPUs are stopped for it; logging;
 * spaces of several machines and modes. No guest runs here; see test-kvm-slots-run.c for that, and
 * test-kvm-refused.c for what KVM refuses.
 */
#include <string.h>

#include "kvm/guest.h"
#include "kvm/slot-trace.h"

enum { PAGE = 0x1000 };

static const KVMMemoryOptions traced = { .stop_vcpus = slot_trace_stop,
                                         .resume_vcpus = slot_trace_go };

/* Makes a guest whose slots are traced from now on; "low" is slot 0. */
static Guest *traced_guest(Machine *m)
{
    slot_trace_start();
    Guest *g = guest_new(m, &traced);
    assert_slot_trace("+0");
    return g;
}

static void add(Guest *g, hwaddr addr, MemoryRegion *mr)
{
    memory_region_add_subregion_overlap(g->root, addr, mr, 1);
}

static void del(Guest *g, MemoryRegion *mr)
{
    memory_region_del_subregion(g->root, mr);
}

/* ---- What a commit costs ---------------------------------------------------------------- */

static void edits_of_others_cost_nothing(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *io = io_new(m, "io", PAGE), *other = box_new(m, "other", 0x10000);
    MemoryRegion *ram = ram_new(m, "elsewhere", PAGE);

    (void)data;
    space_new(m, other, "other");
    unsigned before = ioctl_count_all();
    memory_region_add_subregion(other, 0, ram);
    add(g, 0x20000, io);
    memory_region_set_address(io, 0x30000);
    del(g, io);
    g_assert_cmpuint(ioctl_count_all(), ==, before);
}

/* A region that was removed and added again in a transaction keeps its slot. */
static void what_comes_back_stays(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, PAGE);
    MemoryRegion *box = box_new(m, "box", PAGE);

    (void)data;
    assert_slot_trace("+1");
    memory_region_set_nonvolatile(ram, true);
    memory_region_transaction_begin();
    del(g, ram);
    memory_region_add_subregion(box, 0, ram);
    add(g, 0x20000, box);
    memory_region_transaction_commit();
    assert_slot_trace("");
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
}

/* Another region with the same host memory keeps the slot; only its region is noted anew. */
static void same_memory_of_another_region(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, PAGE), *twin = g_new0(MemoryRegion, 1);

    (void)data;
    g_ptr_array_add(m->regions, twin);
    memory_region_init_ram_ptr(twin, NULL, "twin", 2 * PAGE,
                               (char *)memory_region_get_ram_ptr(ram) - PAGE);
    assert_slot_trace("+1");
    MemoryRegion *window = window_new(m, "window", twin, PAGE, PAGE);
    memory_region_transaction_begin();
    del(g, ram);
    add(g, 0x20000, window);
    memory_region_transaction_commit();
    assert_slot_trace("");
    assert_slots(g, "0-ffff low@0, 20000-20fff twin@1000");
    memory_region_set_log(twin, true, DIRTY_MEMORY_VGA);
    assert_slot_trace("~1");
    memory_region_transaction_begin();
    del(g, window);
    add(g, 0x20000, ram);
    memory_region_transaction_commit();
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
    assert_slot_trace("~1");
}

/* vCPUs are stopped only for changes of memory that the guest has before and after, and only for
 * that part of a commit. */
static void stops_when_needed(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, 8 * PAGE);
    MemoryRegion *bar = guest_ram(g, "bar", 0x40000, 2 * PAGE);
    MemoryRegion *hole = io_new(m, "hole", PAGE);

    (void)data;
    assert_slot_trace("+1 +2");
    memory_region_set_address(bar, 0x42000);
    assert_slot_trace("-2 +2");
    memory_region_set_address(bar, 0x43000);
    assert_slot_trace("stop -2 +2 go");
    add(g, 0x22000, hole);
    assert_slot_trace("stop -1 +1 +3 go");
    memory_region_transaction_begin();
    del(g, hole);
    memory_region_set_address(bar, 0x80000);
    memory_region_transaction_commit();
    assert_slot_trace("-2 stop -1 -3 +1 go +2");
    memory_region_set_size(ram, 4 * PAGE);
    assert_slot_trace("stop -1 +1 go");
    del(g, bar);
    assert_slot_trace("-2");
    del(g, ram);
    assert_slot_trace("-1");
}

/* A free slot id is used again, the lowest one first. */
static void ids_are_used_again(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram[5];

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(ram); i++) {
        ram[i] = guest_ram(g, "ram", 0x20000 + i * 0x2000, PAGE);
    }
    assert_slot_trace("+1 +2 +3 +4 +5");
    del(g, ram[3]);
    del(g, ram[0]);
    add(g, 0x40000, ram[3]);
    add(g, 0x50000, ram[0]);
    assert_slot_trace("-4 -1 +1 +4");
}

/* A commit removes slots before it adds new ones, so the limit holds for the result. */
static void goes_before_it_comes(Machine *m, gconstpointer data)
{
    KVMMemoryOptions options = traced;
    options.max_slots = 3;
    slot_trace_start();
    g_autoptr(Guest) g = guest_new(m, &options);
    MemoryRegion *a = guest_ram(g, "a", 0x20000, PAGE), *b = guest_ram(g, "b", 0x30000, PAGE);

    (void)data;
    assert_slot_trace("+0 +1 +2");
    memory_region_transaction_begin();
    memory_region_set_address(a, 0x28000);
    memory_region_set_address(b, 0x18000);
    memory_region_transaction_commit();
    assert_slot_trace("-1 -2 +1 +2");
    assert_slots(g, "0-ffff low@0, 18000-18fff b@0, 28000-28fff a@0");
}

/* A transaction that takes back its own change. */
static void there_and_back(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, PAGE), *io = io_new(m, "io", 0x100);

    (void)data;
    assert_slot_trace("+1");
    memory_region_transaction_begin();
    add(g, 0x20000, io);
    del(g, ram);
    add(g, 0x30000, ram);
    memory_region_set_address(ram, 0x20000);
    del(g, io);
    memory_region_transaction_commit();
    assert_slot_trace("");
}

static void two_hundred(Machine *m, gconstpointer data)
{
    enum { COUNT = 200, ROUNDS = 3 };
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = ram_new(m, "ram", COUNT * PAGE), *box = box_new(m, "box", 0x1000000);

    (void)data;
    for (unsigned i = 0; i < COUNT; i++) {
        MemoryRegion *window = window_new(m, "window", ram, i * PAGE, PAGE);
        memory_region_add_subregion(box, (COUNT - 1 - i) * 2 * PAGE, window);
    }
    unsigned before = ioctl_count(KVM_SET_USER_MEMORY_REGION);
    for (unsigned round = 0; round < ROUNDS; round++) {
        add(g, 0x1000000, box);
        g_autofree char *all = slots_text(g);
        g_assert_nonnull(strstr(all, "0-ffff low@0, 1000000-1000fff ram@c7000, 1002000-1002fff"));
        g_assert_true(g_str_has_suffix(all, ", 118e000-118efff ram@0"));
        del(g, box);
        assert_slots(g, "0-ffff low@0");
    }
    g_assert_cmpuint(ioctl_count(KVM_SET_USER_MEMORY_REGION), ==, before + 2 * COUNT * ROUNDS);
}

/* ---- Logging ---------------------------------------------------------------------------- */

static void logging_is_switched_in_place(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, PAGE);

    (void)data;
    add(g, 0x21000, romd_new(m, "rom", PAGE));
    assert_slot_trace("+1 +2");
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0 log, 21000-21fff rom@0 ro");
    assert_slot_trace("~1");
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    assert_slot_trace("");
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0, 21000-21fff rom@0 ro");
    assert_slot_trace("~1");
    memory_region_transaction_begin();
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    memory_region_transaction_commit();
    assert_slot_trace("");
}

/* A guest cannot write through a read-only slot, so the slot is not logged, even if a client logs
 * its memory. */
static void readonly_is_not_logged(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = ram_new(m, "ram", PAGE), *window = window_new(m, "w", ram, 0, PAGE);

    (void)data;
    memory_region_set_readonly(window, true);
    add(g, 0x20000, window);
    assert_slot_trace("+1");
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    assert_slot_trace("");
    del(g, window);
    add(g, 0x30000, window);
    assert_slots(g, "0-ffff low@0, 30000-30fff ram@0 ro");
    assert_slot_trace("-1 +1");
}

/* One client starts logging while another one stops: KVM is not asked for anything. */
static void clients_take_turns(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = guest_migratable_ram(g, "ram", 0x20000, PAGE);

    (void)data;
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    assert_slot_trace("+1 ~1");
    memory_region_transaction_begin();
    g_assert_true(memory_global_dirty_log_start_for(GLOBAL_DIRTY_MIGRATION, NULL));
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    memory_region_transaction_commit();
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0 log");
    assert_slot_trace("");
    memory_global_dirty_log_stop_for(GLOBAL_DIRTY_MIGRATION);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
    assert_slot_trace("~1");
}

/* Memory that is logged when it appears gets a logged slot. It is removed while vCPUs are
 * stopped. */
static void logged_from_the_first(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = ram_new(m, "ram", PAGE);

    (void)data;
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    add(g, 0x20000, ram);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0 log");
    assert_slot_trace("+1");
    memory_region_set_address(ram, 0x30000);
    assert_slots(g, "0-ffff low@0, 30000-30fff ram@0 log");
    assert_slot_trace("stop -1 go +1");
    memory_region_transaction_begin();
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    memory_region_set_address(ram, 0x20000);
    memory_region_transaction_commit();
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
    assert_slot_trace("stop -1 go +1");
}

static void logged_on_attaching(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, PAGE);

    (void)data;
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    slot_trace_start();
    guest_attach(g, &traced);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0 log");
    assert_slot_trace("+0 +1");
}

/* ---- Other spaces ----------------------------------------------------------------------- */

/* The host may have no second address space: the test answers in its place. */
static void management_mode(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    MemoryRegion *secret = box_new(m, "secret", UINT64_MAX), *ram = ram_new(m, "smram", 2 * PAGE);
    KVMMemoryOptions options = traced;

    (void)data;
    options.smm = space_new(m, secret, "smm");
    memory_region_add_subregion(secret, 0, window_new(m, "same", g->low, 0, LOW_SIZE));
    slot_trace_start();
    slot_trace_pretend_smm();
    guest_attach(g, &options);
    assert_slot_trace("+0 +smm0");
    memory_region_add_subregion_overlap(secret, 0xa000, ram, 1);
    assert_slot_trace("stop -smm0 +smm0 +smm1 +smm2 go");
    assert_slots(g, "0-ffff low@0, smm 0-9fff low@0, smm a000-bfff smram@0, "
                    "smm c000-ffff low@c000");
    kvm_memory_free(g->km);
    g->km = NULL;
    assert_slot_trace("-smm0 -smm1 -smm2 -0");
}

static void no_management_mode(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_bare_new(m);
    MemoryRegion *secret = box_new(m, "secret", UINT64_MAX);
    KVMMemoryOptions options = { .smm = space_new(m, secret, "smm") };

    (void)data;
    ioctl_pretend(KVM_CAP_MULTI_ADDRESS_SPACE, 0);
    guest_attach(g, &options);
    expect_report(g, "warning", "KVM_CAP_MULTI_ADDRESS_SPACE", "ordinary memory", NULL);
    memory_region_add_subregion(secret, 0xa000, ram_new(m, "smram", PAGE));
    assert_slots(g, "0-ffff low@0");
}

static void play_in(MemoryContext *ctx, Guest *g, hwaddr addr, const char *want)
{
    memory_context_set_current(ctx);
    guest_ram(g, "ram", addr, PAGE);
    assert_slots(g, want);
}

/* Two virtual machines of two contexts do not affect each other. */
static void two_machines(Machine *m, gconstpointer data)
{
    Machine other = { NULL };
    Guest *a = guest_new(m, NULL), *b;

    (void)data;
    machine_setup(&other, NULL);
    b = guest_new(&other, NULL);
    play_in(m->ctx, a, 0x20000, "0-ffff low@0, 20000-20fff ram@0");
    play_in(other.ctx, b, 0x30000, "0-ffff low@0, 30000-30fff ram@0");
    assert_slots(a, "0-ffff low@0, 20000-20fff ram@0");
    guest_free(b);
    machine_teardown(&other, NULL);
    guest_free(a);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm-commits/edits-of-others-cost-nothing", edits_of_others_cost_nothing);
    KVM_TEST("/kvm-commits/what-comes-back-stays", what_comes_back_stays);
    KVM_TEST("/kvm-commits/same-memory-of-another-region", same_memory_of_another_region);
    KVM_TEST("/kvm-commits/stops-when-needed", stops_when_needed);
    KVM_TEST("/kvm-commits/ids-are-used-again", ids_are_used_again);
    KVM_TEST("/kvm-commits/goes-before-it-comes", goes_before_it_comes);
    KVM_TEST("/kvm-commits/there-and-back", there_and_back);
    KVM_TEST("/kvm-commits/two-hundred", two_hundred);
    KVM_TEST("/kvm-commits/logging/switched-in-place", logging_is_switched_in_place);
    KVM_TEST("/kvm-commits/logging/readonly", readonly_is_not_logged);
    KVM_TEST("/kvm-commits/logging/clients-take-turns", clients_take_turns);
    KVM_TEST("/kvm-commits/logging/from-the-first", logged_from_the_first);
    KVM_TEST("/kvm-commits/logging/on-attaching", logged_on_attaching);
    KVM_TEST("/kvm-commits/spaces/management-mode", management_mode);
    KVM_TEST("/kvm-commits/spaces/no-management-mode", no_management_mode);
    KVM_TEST("/kvm-commits/spaces/two-machines", two_machines);
    return g_test_run();
}
