/* SPDX-License-Identifier: MIT
 *
 * Dirty pages of the KVM adapter while guests write: a thread harvests again and again and copies
 * the dirty pages, as a migration does. In the end the copy equals the memory, and no page was
 * ever dirty that nothing wrote to.
 */
#include <string.h>

#include "kvm/dirty-guest.h"

enum { PAGES = 512, HARVESTS = 100, MOST_HARVESTS = 20000 };

/* The first 'run' of every 'step' pages as text: "0-1 4-5 8-9 ...". */
static char *pattern_text(uint64_t step, uint64_t run)
{
    GString *out = g_string_new(NULL);

    for (uint64_t p = 0; p < PAGES; p += step) {
        g_string_append_printf(out, "%s%" PRIu64, p ? " " : "", p);
        if (run > 1) {
            g_string_append_printf(out, "-%" PRIu64, p + run - 1);
        }
    }
    return g_string_free(out, false);
}

/* Harvests until all wanted pages were seen; the guests go on running. */
static void harvest_until(Harvest *h, const char *want)
{
    for (unsigned i = 0; i < MOST_HARVESTS; i++) {
        g_autofree char *seen = harvest_seen(h);
        if (i >= HARVESTS && !strcmp(seen, want)) {
            return;
        }
        harvest_once(h);
        g_usleep(200);
    }
}

static void check_two_writers(Guest *g, MemoryRegion *ram, uint64_t second, uint64_t run)
{
    g_autofree char *want = pattern_text(4, run);
    Harvest h;

    harvest_begin(&h, ram, DIRTY_MEMORY_MIGRATION);
    vcpu_start_scatter(g->vcpus[0], 0, 4, PAGES, 0);
    vcpu_start_scatter(g->vcpus[1], second, 4, PAGES, 0);
    harvest_until(&h, want);
    vcpu_stop(g->vcpus[0]);
    vcpu_stop(g->vcpus[1]);
    harvest_end(&h);
    assert_seen(&h, want);
    harvest_free(&h);
}

static void two_writers(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, PAGES * PAGE);

    vcpu_new(g);
    memory_global_dirty_log_start();
    check_two_writers(g, ram, 1, 2);
    check_two_writers(g, ram, 0, 1);
    memory_global_dirty_log_stop();
}

/* Two clients harvest in turn, and neither takes pages from the other. */
static void two_clients(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, PAGES * PAGE);
    g_autofree char *want = pattern_text(4, 1);
    Harvest display, migration;

    memory_global_dirty_log_start();
    harvest_begin(&display, ram, DIRTY_MEMORY_VGA);
    harvest_begin(&migration, ram, DIRTY_MEMORY_MIGRATION);
    vcpu_start_scatter(g->vcpus[0], 0, 4, PAGES, 0);
    for (unsigned i = 0; i < HARVESTS; i++) {
        harvest_once(&display);
        if (i % 3 == 0) {
            harvest_once(&migration);
        }
        g_usleep(200);
    }
    harvest_until(&migration, want);
    vcpu_stop(g->vcpus[0]);
    harvest_end(&display);
    harvest_end(&migration);
    assert_seen(&migration, want);
    harvest_free(&display);
    harvest_free(&migration);
    memory_global_dirty_log_stop();
}

/* Logging is switched on and off by a client that begins with a copy of everything. */
static void switched_while_running(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, PAGES * PAGE);
    Harvest h;

    vcpu_new(g);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    vcpu_start_scatter(g->vcpus[0], 0, 1, PAGES, 0);
    vcpu_start_scatter(g->vcpus[1], 0, 2, PAGES, 0);
    for (unsigned i = 0; i < 30; i++) {
        memory_global_dirty_log_start();
        harvest_begin(&h, ram, DIRTY_MEMORY_MIGRATION);
        for (unsigned k = 0; k < 5; k++) {
            harvest_once(&h);
            g_usleep(200);
        }
        kvm_memory_pause(g->km);
        if (i % 2) {
            memory_global_dirty_log_stop();
        }
        harvest_end(&h);
        kvm_memory_resume(g->km);
        memory_global_dirty_log_stop();
        harvest_free(&h);
    }
}

/* The guest goes on writing while its memory is cut, joined and moved. */
static void changed_while_running(Machine *m, gconstpointer source)
{
    g_autoptr(Guest) g = dirty_guest_new(m, source);
    MemoryRegion *ram = logged_ram(g, PAGES * PAGE), *patch = ram_new(m, "patch", 3 * PAGE);
    Harvest h;

    vcpu_new(g);
    harvest_begin(&h, ram, DIRTY_MEMORY_VGA);
    vcpu_start_scatter(g->vcpus[0], 0, 1, PAGES, 0);
    vcpu_start_scatter(g->vcpus[1], 0, 4, PAGES, 0);
    for (unsigned i = 0; i < 100; i++) {
        memory_region_add_subregion_overlap(g->root, RAM_AT + i * 5 * PAGE, patch, 1);
        g_usleep(200);
        if (i % 3 == 0) {
            harvest_once(&h);
        }
        memory_region_del_subregion(g->root, patch);
        if (i % 10 == 9) {
            memory_region_set_address(ram, RAM_AT + (i % 4) * 16 * PAGE);
        }
    }
    vcpu_stop(g->vcpus[0]);
    vcpu_stop(g->vcpus[1]);
    harvest_end(&h);
    harvest_free(&h);
}

static void add(const char *name, TestFunc *func)
{
    for (unsigned i = 0; i < DIRTY_SOURCES; i++) {
        g_autofree char *path =
            g_strdup_printf("/kvm-dirty-threads/%s/%s", dirty_sources[i].name, name);
        kvm_test_add(path, func, &dirty_sources[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("two-writers", two_writers);
    add("two-clients", two_clients);
    add("switched-while-running", switched_while_running);
    add("changed-while-running", changed_while_running);
    return g_test_run();
}
