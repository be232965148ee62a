/* SPDX-License-Identifier: MIT
 *
 * What of a space becomes a slot of KVM, and what a commit asks KVM to do for it. No guest runs
 * here; see test-kvm-slots-run.c for that, and test-kvm-refused.c for what KVM does not do.
 */
#define _GNU_SOURCE /* memfd_create */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm/guest.h"
#include "kvm/slot-trace.h"

enum { PAGE = 0x1000 };

static const KVMMemoryOptions traced = { .stop_vcpus = slot_trace_stop,
                                         .resume_vcpus = slot_trace_go };

/* A guest whose slots are traced from now on; "low" is slot 0. */
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

/* ---- Kinds ------------------------------------------------------------------------------ */

static MemoryRegion *rom_new(Guest *g, const char *name, hwaddr addr)
{
    MemoryRegion *rom = ram_new(g->m, name, PAGE);

    memory_region_set_readonly(rom, true);
    add(g, addr, rom);
    return rom;
}

static MemoryRegion *device_new_ram(Guest *g, const char *name, hwaddr addr, void *host)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(g->m->regions, mr);
    memory_region_init_ram_device_ptr(mr, NULL, name, PAGE, host);
    add(g, addr, mr);
    return mr;
}

static void kinds(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    void *host = memory_region_get_ram_ptr(ram_new(m, "host", PAGE));

    (void)data;
    guest_ram(g, "ram", 0x20000, PAGE);
    rom_new(g, "rom", 0x21000);
    add(g, 0x23000, io_new(m, "io", PAGE));
    add(g, 0x24000, romd_new(m, "romd", PAGE));
    device_new_ram(g, "card", 0x26000, host);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0, 21000-21fff rom@0 ro, "
                    "24000-24fff romd@0 ro, 26000-26fff card@0");
}

static void through_readonly_window(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, 4 * PAGE);
    MemoryRegion *window = window_new(m, "window", ram, PAGE, 2 * PAGE);

    (void)data;
    memory_region_set_readonly(window, true);
    add(g, 0x40000, window);
    assert_slots(g, "0-ffff low@0, 20000-23fff ram@0, 40000-41fff ram@1000 ro");
}

/* There is one slot for each place where RAM is seen. */
static void aliases(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, 4 * PAGE);
    MemoryRegion *window = window_new(m, "window", ram, PAGE, 2 * PAGE);

    (void)data;
    add(g, 0x40000, window);
    add(g, 0x21000, window_new(m, "inside", ram, 0, PAGE));
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0, 21000-21fff ram@0, 22000-23fff ram@2000, "
                    "40000-41fff ram@1000");
    memory_region_set_alias_offset(window, 2 * PAGE);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0, 21000-21fff ram@0, 22000-23fff ram@2000, "
                    "40000-41fff ram@2000");
}

static void romd_modes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *romd = romd_new(m, "romd", PAGE);

    (void)data;
    memory_region_rom_device_set_romd(romd, false);
    add(g, 0x20000, romd);
    assert_slot_trace("");
    memory_region_rom_device_set_romd(romd, true);
    assert_slots(g, "0-ffff low@0, 20000-20fff romd@0 ro");
    assert_slot_trace("+1");
    memory_region_rom_device_set_romd(romd, false);
    assert_slots(g, "0-ffff low@0");
    assert_slot_trace("-1");
}

static void readonly_comes_and_goes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = traced_guest(m);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, PAGE);

    (void)data;
    assert_slot_trace("+1");
    memory_region_set_readonly(ram, true);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0 ro");
    assert_slot_trace("stop -1 +1 go");
    memory_region_set_readonly(ram, false);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
    assert_slot_trace("stop -1 +1 go");
}

static void resizeable(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    (void)data;
    g_ptr_array_add(m->regions, mr);
    g_assert_true(memory_region_init_resizeable_ram(mr, NULL, "ram", PAGE, 0x10000, NULL, NULL));
    add(g, 0x20000, mr);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
    memory_region_ram_resize(mr, 0x8000, NULL);
    assert_slots(g, "0-ffff low@0, 20000-27fff ram@0");
    memory_region_ram_resize(mr, 0x2000, NULL);
    assert_slots(g, "0-ffff low@0, 20000-21fff ram@0");
}

/* A region that is larger than its memory: the host has something else behind that. */
static void beyond_the_memory(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, 2 * PAGE);
    MemoryRegion *window = window_new(m, "window", ram, 0x1000, 4 * PAGE);

    (void)data;
    memory_region_set_size(ram, 4 * PAGE);
    assert_slots(g, "0-ffff low@0, 20000-21fff ram@0");
    add(g, 0x30000, window);
    assert_slots(g, "0-ffff low@0, 20000-21fff ram@0, 30000-30fff ram@1000");
    memory_region_set_alias_offset(window, 2 * PAGE);
    assert_slots(g, "0-ffff low@0, 20000-21fff ram@0");
    memory_region_set_alias_offset(window, 0);
    memory_region_set_size(window, PAGE);
    assert_slots(g, "0-ffff low@0, 20000-21fff ram@0, 30000-30fff ram@0");
}

/* ---- Pages ------------------------------------------------------------------------------ */

static const struct {
    hwaddr addr;
    uint64_t size;
    const char *want;
} ends[] = {
    { 0x20000, PAGE, ", 20000-20fff ram@0" },
    { 0x20000, PAGE + 1, ", 20000-20fff ram@0" },
    { 0x20000, PAGE - 1, "" },
    { 0x20fff, 2 * PAGE, ", 21000-21fff ram@1000" },
    { 0x20001, 2 * PAGE, ", 21000-21fff ram@1000" },
    { 0x20001, 2 * PAGE - 1, ", 21000-21fff ram@1000" },
    { 0x20001, 2 * PAGE - 2, "" },
    { 0x20800, 4, "" },
    { 0x20ffe, 4, "" },
    { 0xfffffffffffff001, PAGE - 1, "" },
    { 0x3fffff8800, 2 * PAGE, ", 3fffff9000-3fffff9fff ram@1000" },
};

/* A window whose bytes lie in their pages as the guest's do, wherever it begins and ends. */
static void rounded_inwards(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = ram_new(m, "ram", 8 * PAGE);

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *want = g_strconcat("0-ffff low@0", ends[i].want, NULL);
        MemoryRegion *window =
            window_new(m, "window", ram, ends[i].addr & (PAGE - 1), ends[i].size);
        add(g, ends[i].addr, window);
        assert_slots(g, want);
        del(g, window);
        assert_slots(g, "0-ffff low@0");
    }
}

/* Pieces of pages around something small. */
static void cut_in_pages(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *dot = io_new(m, "dot", 1);

    (void)data;
    guest_ram(g, "ram", 0x20000, 8 * PAGE);
    add(g, 0x22fff, dot);
    assert_slots(g, "0-ffff low@0, 20000-21fff ram@0, 23000-27fff ram@3000");
    memory_region_set_address(dot, 0x22000);
    assert_slots(g, "0-ffff low@0, 20000-21fff ram@0, 23000-27fff ram@3000");
    memory_region_set_address(dot, 0x27123);
    assert_slots(g, "0-ffff low@0, 20000-26fff ram@0");
    del(g, dot);
    assert_slots(g, "0-ffff low@0, 20000-27fff ram@0");
}

/* KVM maps pages: bytes of the host that lie elsewhere in theirs are left to exits. */
static void elsewhere_in_the_page(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = ram_new(m, "ram", 8 * PAGE);
    MemoryRegion *window = window_new(m, "window", ram, 0x10, 2 * PAGE);

    (void)data;
    add(g, 0x20000, window);
    expect_report(g, "warning", "'ram'", "0x20000-0x21fff", "does not lie in its page", NULL);
    assert_slots(g, "0-ffff low@0");
    memory_region_set_address(window, 0x20010);
    assert_slots(g, "0-ffff low@0, 21000-21fff ram@1000");
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

/* The view is told anew, the slot stays. */
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

/* Another region with the same host memory: only what is said of the slot is new. */
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

/* Only memory that a guest has before and after is changed with the vCPUs stopped, and only that
 * part of a commit. */
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

/* Ids are used again, the lowest first. */
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

/* What appears in a commit takes the place of what vanishes: the limit holds for the end. */
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

/* A change that a transaction takes back. */
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
    rom_new(g, "rom", 0x21000);
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

/* Through a read-only slot nothing becomes dirty, whoever logs its memory. */
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

/* A client that starts while another one stops is nothing to KVM. */
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

/* What is logged when it appears is made so, and goes with the vCPUs stopped. */
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

/* The host may not know the second address space: it is answered here. */
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
    assert_slots(g, "0-ffff low@0, smm 0-9fff low@0, smm a000-bfff smram@0, smm c000-ffff low@c000");
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

/* Two virtual machines of two contexts know nothing of each other. */
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

/* ---- Looking ---------------------------------------------------------------------------- */

static bool take_slot(const KVMMemorySlot *slot, void *opaque)
{
    KVMMemorySlot *out = opaque;

    *out = *slot;
    return slot->guest_addr >= 0x20000;
}

static void with_files(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    int fd = memfd_create("ram", 0);
    KVMMemorySlot slot;

    (void)data;
    g_ptr_array_add(m->regions, mr);
    g_assert_cmpint(ftruncate(fd, 8 * PAGE), ==, 0);
    g_assert_true(memory_region_init_ram_from_fd(mr, NULL, "ram", 4 * PAGE, RAM_SHARED, fd, PAGE,
                                                 NULL));
    add(g, 0x20800, window_new(m, "window", mr, 0x800, 2 * PAGE));
    add(g, 0x40000, window_new(m, "behind", ram_new(m, "ram", 2 * PAGE), PAGE, PAGE));
    kvm_memory_for_each_slot(g->km, take_slot, &slot);
    g_assert_cmphex(slot.guest_addr, ==, 0x21000);
    g_assert_cmphex(slot.size, ==, PAGE);
    g_assert_cmpint(slot.fd, ==, fd);
    g_assert_cmphex(slot.fd_offset, ==, 2 * PAGE);
    g_assert_cmphex(slot.offset_within_region, ==, PAGE);
    g_assert_true(slot.mr == mr);
    g_assert_true(slot.host == (char *)memory_region_get_ram_ptr(mr) + PAGE);
    g_assert_cmpuint(slot.id, ==, 1);
    memory_region_set_enabled(mr, false);
    kvm_memory_for_each_slot(g->km, take_slot, &slot);
    g_assert_cmpint(slot.fd, ==, -1);
    g_assert_cmphex(slot.fd_offset, ==, 0);
    g_assert_cmphex(slot.offset_within_region, ==, PAGE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    KVM_TEST("/kvm-slots/kinds", kinds);
    KVM_TEST("/kvm-slots/kinds/through-readonly-window", through_readonly_window);
    KVM_TEST("/kvm-slots/kinds/aliases", aliases);
    KVM_TEST("/kvm-slots/kinds/romd-modes", romd_modes);
    KVM_TEST("/kvm-slots/kinds/readonly-comes-and-goes", readonly_comes_and_goes);
    KVM_TEST("/kvm-slots/kinds/resizeable", resizeable);
    KVM_TEST("/kvm-slots/kinds/beyond-the-memory", beyond_the_memory);
    KVM_TEST("/kvm-slots/pages/rounded-inwards", rounded_inwards);
    KVM_TEST("/kvm-slots/pages/cut-in-pages", cut_in_pages);
    KVM_TEST("/kvm-slots/pages/elsewhere-in-the-page", elsewhere_in_the_page);
    KVM_TEST("/kvm-slots/commit/edits-of-others-cost-nothing", edits_of_others_cost_nothing);
    KVM_TEST("/kvm-slots/commit/what-comes-back-stays", what_comes_back_stays);
    KVM_TEST("/kvm-slots/commit/same-memory-of-another-region", same_memory_of_another_region);
    KVM_TEST("/kvm-slots/commit/stops-when-needed", stops_when_needed);
    KVM_TEST("/kvm-slots/commit/ids-are-used-again", ids_are_used_again);
    KVM_TEST("/kvm-slots/commit/goes-before-it-comes", goes_before_it_comes);
    KVM_TEST("/kvm-slots/commit/there-and-back", there_and_back);
    KVM_TEST("/kvm-slots/commit/two-hundred", two_hundred);
    KVM_TEST("/kvm-slots/logging/switched-in-place", logging_is_switched_in_place);
    KVM_TEST("/kvm-slots/logging/readonly", readonly_is_not_logged);
    KVM_TEST("/kvm-slots/logging/clients-take-turns", clients_take_turns);
    KVM_TEST("/kvm-slots/logging/from-the-first", logged_from_the_first);
    KVM_TEST("/kvm-slots/logging/on-attaching", logged_on_attaching);
    KVM_TEST("/kvm-slots/spaces/management-mode", management_mode);
    KVM_TEST("/kvm-slots/spaces/no-management-mode", no_management_mode);
    KVM_TEST("/kvm-slots/spaces/two-machines", two_machines);
    KVM_TEST("/kvm-slots/looking/with-files", with_files);
    return g_test_run();
}
