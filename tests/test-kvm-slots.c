/* SPDX-License-Identifier: MIT
 *
 * Which parts of a space become slots of KVM. What a commit asks KVM for is in test-kvm-commits.c;
 * guests run in test-kvm-slots-run.c.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include <unistd.h>

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

/* RAM gets one slot for each place where it is visible. */
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

/* A region that is larger than its memory: after the memory the host has something else. */
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

/* A window gets a slot, cut to whole pages, if its bytes have the same offset in their pages as
 * the guest's. */
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

/* Pieces around something small are cut to pages. */
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

/* KVM maps pages, so memory whose bytes are at another offset in the host's pages gets no slot. */
static void elsewhere_in_the_page(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);
    MemoryRegion *ram = ram_new(m, "ram", 8 * PAGE);
    MemoryRegion *window = window_new(m, "window", ram, 0x10, 2 * PAGE);

    (void)data;
    add(g, 0x20000, window);
    expect_report(g, "warning", "'ram'", "0x20000-0x21fff", "at another offset in a page", NULL);
    assert_slots(g, "0-ffff low@0");
    memory_region_set_address(window, 0x20010);
    assert_slots(g, "0-ffff low@0, 21000-21fff ram@1000");
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
    KVM_TEST("/kvm-slots/looking/with-files", with_files);
    return g_test_run();
}
