/* SPDX-License-Identifier: MIT
 *
 * The PC of examples/pc under KVM, with its firmware and no disk: it starts, resets, switches off,
 * stops at breakpoints, and gets RAM while it runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../examples/pc/debugger.h"
#include "../examples/pc/map.h"
#include "../examples/pc/pc.h"

#define BIOS "/usr/share/seabios/bios-256k.bin"
#define WAIT_S 120

typedef struct Fixture {
    Pc *pc;
    GString *log; /* what the firmware printed */
    GMutex lock;  /* guards the log */
    GCond more;
} Fixture;

static void hear(void *opaque, char c)
{
    Fixture *f = opaque;

    g_mutex_lock(&f->lock);
    g_string_append_c(f->log, c);
    g_cond_signal(&f->more);
    g_mutex_unlock(&f->lock);
}

static void ignore(void *opaque, char c)
{
    (void)opaque;
    (void)c;
}

static Fixture *fixture_new(void)
{
    Fixture *f = g_new0(Fixture, 1);
    Error *err = NULL;

    f->log = g_string_new(NULL);
    g_mutex_init(&f->lock);
    g_cond_init(&f->more);
    f->pc = pc_new(
        &(PcOptions){
            .bios = BIOS, .ram_size = 64 * MiB, .serial = ignore, .debug = hear, .opaque = f },
        &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
    return f;
}

static void fixture_free(Fixture *f)
{
    pc_free(f->pc);
    g_string_free(f->log, TRUE);
    g_cond_clear(&f->more);
    g_mutex_clear(&f->lock);
    g_free(f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

/* Waits until the firmware has printed the text, and drops the log up to there. */
static void wait_for(Fixture *f, const char *text)
{
    gint64 deadline = g_get_monotonic_time() + WAIT_S * G_TIME_SPAN_SECOND;
    const char *found;

    g_mutex_lock(&f->lock);
    while ((found = strstr(f->log->str, text)) == NULL) {
        if (!g_cond_wait_until(&f->more, &f->lock, deadline)) {
            g_error("the firmware has not said \"%s\" but\n%s%s", text, f->log->str,
                    f->pc->vcpu.failure);
        }
    }
    g_string_erase(f->log, 0, found - f->log->str);
    g_mutex_unlock(&f->lock);
}

static bool has_said(Fixture *f, const char *text)
{
    bool said;

    g_mutex_lock(&f->lock);
    said = strstr(f->log->str, text) != NULL;
    g_mutex_unlock(&f->lock);
    return said;
}

static void resume(Fixture *f)
{
    Error *err = NULL;

    pc_resume(f->pc, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
}

/* ---- Life ------------------------------------------------------------------------------- */

static unsigned power_base(Pc *pc)
{
    return pci_get(&pc->power.function, 0x40, 2) & 0xffc0;
}

/* The firmware finds nothing to boot, is reset through a port, and tries again; then the power
 * goes off. */
static void starts_resets_ends(void)
{
    g_autoptr(Fixture) f = fixture_new();
    Pc *pc = f->pc;

    resume(f);
    wait_for(f, "SeaBIOS (version");
    wait_for(f, "No bootable device");
    g_assert_cmpuint(pc->shadow.segments[0].state, !=, 0);
    address_space_stb(pc->io, PORT_RESET_CONTROL, 6, MEMTXATTRS_UNSPECIFIED, NULL);
    wait_for(f, "SeaBIOS (version");
    wait_for(f, "No bootable device");
    g_assert_cmpint(vcpu_wait(&pc->vcpu, 0), ==, VCPU_RUNS);
    address_space_stw_le(pc->io, power_base(pc) + 4, 0x2000, MEMTXATTRS_UNSPECIFIED, NULL);
    g_assert_cmpint(vcpu_wait(&pc->vcpu, WAIT_S * 1000), ==, VCPU_OFF);
}

/* Ends a PC that has not run yet, and one that is running. */
static void ends_at_any_time(void)
{
    {
        g_autoptr(Fixture) f = fixture_new();

        pc_pause(f->pc);
    }
    {
        g_autoptr(Fixture) f = fixture_new();

        resume(f);
        wait_for(f, "PCI bus");
    }
}

/* While the firmware runs, a thread harvests what it has written. In the end the copy that was
 * made from the reported pages equals the memory. */
static void copies(void)
{
    g_autoptr(Fixture) f = fixture_new();
    g_autofree uint8_t *copy = g_malloc0(64 * MiB);
    MemoryRegion *ram = &f->pc->ram.block;
    bool last = false;

    memory_global_dirty_log_start();
    resume(f);
    while (!last) {
        DirtyBitmapSnapshot *snapshot;

        last = vcpu_wait(&f->pc->vcpu, 200) != VCPU_RUNS || has_said(f, "No bootable");
        if (last) {
            pc_pause(f->pc);
        }
        memory_global_dirty_log_sync();
        snapshot =
            memory_region_snapshot_and_clear_dirty(ram, 0, 64 * MiB, DIRTY_MEMORY_MIGRATION);
        for (hwaddr at = 0; at < 64 * MiB; at += 4096) {
            if (memory_region_snapshot_get_dirty(ram, snapshot, at, 4096)) {
                memcpy(copy + at, (uint8_t *)memory_region_get_ram_ptr(ram) + at, 4096);
            }
        }
        free(snapshot);
    }
    g_assert_cmpint(memcmp(copy, memory_region_get_ram_ptr(ram), 64 * MiB), ==, 0);
    memory_global_dirty_log_stop();
}

static void pauses(void)
{
    g_autoptr(Fixture) f = fixture_new();

    for (unsigned i = 0; i < 50; i++) {
        resume(f);
        g_usleep(2000);
        pc_pause(f->pc);
        g_assert_cmpint(vcpu_wait(&f->pc->vcpu, 0), ==, VCPU_PAUSED);
    }
    resume(f);
    wait_for(f, "No bootable device");
}

/* ---- RAM while it runs ------------------------------------------------------------------ */

static bool is_plugged(const KVMMemorySlot *slot, void *opaque)
{
    Pc *pc = opaque;

    return slot->mr == &pc->ram.plugged;
}

typedef struct Count {
    Pc *pc;
    unsigned count;
} Count;

static bool count_plugged(const KVMMemorySlot *slot, void *opaque)
{
    Count *count = opaque;

    count->count += is_plugged(slot, count->pc);
    return false;
}

static unsigned plugged_slots(Pc *pc)
{
    Count count = { .pc = pc };

    kvm_memory_for_each_slot(pc->kvm, count_plugged, &count);
    return count.count;
}

static int unplugged;

static void *unplug(void *opaque)
{
    Pc *pc = opaque;

    memory_context_set_current(pc->context);
    g_assert_true(pc_unplug_ram(pc, &error_abort));
    g_atomic_int_set(&unplugged, 1);
    memory_context_set_current(NULL);
    return NULL;
}

/* Something, such as a device, still has a mapping. */
static void unplugging_waits(Pc *pc)
{
    hwaddr at, length = 4096;
    GThread *thread;
    void *host;

    g_assert_true(pc_plug_ram(pc, MiB, &at, &error_abort));
    host = address_space_map(pc->memory, at, &length, true, MEMTXATTRS_UNSPECIFIED);
    g_assert_nonnull(host);
    thread = g_thread_new("unplug", unplug, pc);
    while (plugged_slots(pc) != 0) {
        g_usleep(100);
    }
    g_usleep(20000);
    g_assert_cmpint(g_atomic_int_get(&unplugged), ==, 0);
    memset(host, 0x55, length);
    address_space_unmap(pc->memory, host, length, true, length);
    g_thread_join(thread);
}

static void plugging(void)
{
    g_autoptr(Fixture) f = fixture_new();
    Pc *pc = f->pc;
    Error *err = NULL;
    hwaddr at = 0;

    resume(f);
    wait_for(f, "SeaBIOS (version");
    for (unsigned i = 0; i < 3; i++) {
        g_assert_true(pc_plug_ram(pc, 16 * MiB, &at, &error_abort));
        g_assert_cmphex(at, ==, MAP_DEVICE_MEMORY_LOW);
        g_assert_cmpuint(plugged_slots(pc), ==, 1);
        g_assert_cmphex(address_space_ldl_le(pc->memory, at, MEMTXATTRS_UNSPECIFIED, NULL), ==, 0);
        address_space_stl_le(pc->memory, at, 0x12345678, MEMTXATTRS_UNSPECIFIED, NULL);
        g_assert_cmphex(ldl_le_phys(pc->memory, at), ==, 0x12345678);
        g_assert_false(pc_plug_ram(pc, MiB, &at, &err));
        g_assert_nonnull(strstr(error_get_pretty(err), "already"));
        g_clear_pointer(&err, error_free);
        g_assert_true(pc_unplug_ram(pc, &error_abort));
        g_assert_cmpuint(plugged_slots(pc), ==, 0);
        g_assert_cmphex(ldl_le_phys(pc->memory, at), ==, 0xffffffff);
    }
    g_assert_false(pc_unplug_ram(pc, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "plugged"));
    g_clear_pointer(&err, error_free);
    g_assert_false(pc_plug_ram(pc, 8 * GiB, &at, &err));
    error_free(err);
    unplugging_waits(pc);
    wait_for(f, "No bootable device");
}

/* ---- Breakpoints ------------------------------------------------------------------------ */

enum { RESET_VECTOR = 0xfffffff0, ENTRY = 0xfe05b };

static void meets_breakpoint(Fixture *f, Debugger *debugger, uint64_t address)
{
    VcpuStop stop = debugger_wait(debugger, WAIT_S * 1000);

    if (stop == VCPU_FAILED) {
        g_error("%s", f->pc->vcpu.failure);
    }
    g_assert_cmpint(stop, ==, VCPU_BREAKPOINT);
    g_assert_cmphex(debugger_address(debugger), ==, address);
}

static bool in_protected_mode(Fixture *f)
{
    struct kvm_sregs sregs;

    g_assert_cmpint(ioctl(f->pc->vcpu.fd, KVM_GET_SREGS, &sregs), ==, 0);
    return (sregs.cr0 & 1) && sregs.cs.db && sregs.cs.base == 0;
}

static void step_to_protected_mode(Fixture *f, Debugger *debugger)
{
    for (unsigned i = 0; !in_protected_mode(f); i++) {
        g_assert_cmpuint(i, <, 1000);
        g_assert_true(debugger_step(debugger, WAIT_S * 1000, &error_abort));
    }
}

/* A breakpoint in the ROM, where the firmware does not notice that its code was overwritten. The
 * first run finds the place, the next one stops there. */
static void software(void)
{
    g_autoptr(Fixture) f = fixture_new();
    Debugger debugger;
    uint64_t address;
    uint8_t byte;

    debugger_init(&debugger, &f->pc->vcpu, f->pc->memory);
    step_to_protected_mode(f, &debugger);
    g_assert_true(debugger_step(&debugger, WAIT_S * 1000, &error_abort));
    address = debugger_address(&debugger);
    g_assert_cmphex(address, >=, MAP_OPTION_ROMS);
    vcpu_want_reset(&f->pc->vcpu);
    byte = ldub_phys(f->pc->memory, address);
    g_assert_true(debugger_break_software(&debugger, address, &error_abort));
    g_assert_cmphex(ldub_phys(f->pc->memory, address), ==, 0xcc);
    resume(f);
    meets_breakpoint(f, &debugger, address);
    g_assert_true(in_protected_mode(f));
    g_assert_true(debugger_step(&debugger, WAIT_S * 1000, &error_abort));
    g_assert_cmphex(debugger_address(&debugger), !=, address);
    g_assert_cmphex(ldub_phys(f->pc->memory, address), ==, 0xcc);
    debugger_clear(&debugger, address);
    g_assert_cmphex(ldub_phys(f->pc->memory, address), ==, byte);
    g_assert_true(debugger_continue(&debugger, WAIT_S * 1000, &error_abort));
    wait_for(f, "No bootable device");
    debugger_end(&debugger);
}

static void hardware(void)
{
    g_autoptr(Fixture) f = fixture_new();
    Debugger debugger;

    debugger_init(&debugger, &f->pc->vcpu, f->pc->memory);
    g_assert_true(debugger_break_hardware(&debugger, ENTRY, &error_abort));
    resume(f);
    meets_breakpoint(f, &debugger, ENTRY);
    g_assert_true(debugger_continue(&debugger, WAIT_S * 1000, &error_abort));
    wait_for(f, "No bootable device");
    vcpu_pause(&f->pc->vcpu);
    debugger_end(&debugger);
}

/* The processor is as before its first instruction, which is a jump. */
static void processor_is_reset(void)
{
    g_autoptr(Fixture) f = fixture_new();
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    Debugger debugger;

    debugger_init(&debugger, &f->pc->vcpu, f->pc->memory);
    resume(f);
    wait_for(f, "No bootable device");
    pc_pause(f->pc);
    g_assert_true(debugger_break_hardware(&debugger, ENTRY, &error_abort));
    vcpu_want_reset(&f->pc->vcpu);
    resume(f);
    meets_breakpoint(f, &debugger, ENTRY);
    g_assert_cmpint(ioctl(f->pc->vcpu.fd, KVM_GET_REGS, &regs), ==, 0);
    g_assert_cmpint(ioctl(f->pc->vcpu.fd, KVM_GET_SREGS, &sregs), ==, 0);
    g_assert_cmphex(regs.rsp, ==, 0);
    g_assert_cmphex(regs.rsi | regs.rdi | regs.rbp, ==, 0);
    g_assert_cmphex(sregs.ss.selector, ==, 0);
    g_assert_cmphex(f->pc->shadow.segments[0].state, ==, 0);
    debugger_end(&debugger);
}

static void steps(void)
{
    g_autoptr(Fixture) f = fixture_new();
    Debugger debugger;

    debugger_init(&debugger, &f->pc->vcpu, f->pc->memory);
    g_assert_cmphex(debugger_address(&debugger), ==, RESET_VECTOR);
    g_assert_true(debugger_step(&debugger, WAIT_S * 1000, &error_abort));
    g_assert_cmphex(debugger_address(&debugger), ==, ENTRY);
    for (unsigned i = 0; i < 100; i++) {
        g_assert_true(debugger_step(&debugger, WAIT_S * 1000, &error_abort));
    }
    g_assert_true(debugger_continue(&debugger, WAIT_S * 1000, &error_abort));
    wait_for(f, "No bootable device");
}

static void refused(void)
{
    g_autoptr(Fixture) f = fixture_new();
    Debugger debugger;
    Error *err = NULL;

    debugger_init(&debugger, &f->pc->vcpu, f->pc->memory);
    g_assert_false(debugger_break_software(&debugger, 0x80000000, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "no memory at 0x80000000"));
    g_clear_pointer(&err, error_free);
    for (unsigned i = 0; i < DEBUGGER_SOFTWARE; i++) {
        g_assert_true(debugger_break_software(&debugger, 0x1000 + i, &error_abort));
    }
    g_assert_false(debugger_break_software(&debugger, 0x2000, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "16"));
    error_free(err);
    debugger_end(&debugger);
    g_assert_cmphex(ldub_phys(f->pc->memory, 0x1000), ==, 0);
}

/* ---- What is missing -------------------------------------------------------------------- */

static void bad_options(void)
{
    static const struct {
        PcOptions options;
        const char *words;
    } rows[] = {
        { { .bios = "/nowhere/bios.bin", .ram_size = 64 * MiB }, "package seabios" },
        { { .bios = "/etc/passwd", .ram_size = 64 * MiB }, "is not a BIOS" },
        { { .bios = BIOS, .ram_size = 64 * MiB + 1 }, "whole MiB" },
        { { .bios = BIOS, .ram_size = MiB }, "whole MiB" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        Error *err = NULL;

        g_assert_null(pc_new(&rows[i].options, &err));
        g_assert_nonnull(strstr(error_get_pretty(err), rows[i].words));
        error_free(err);
        memory_context_set_current(NULL);
    }
}

static const char *whats_missing(void)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        return strerror(errno);
    }
    close(fd);
    return access(BIOS, R_OK) != 0 ? BIOS " is missing" : NULL;
}

static void run(gconstpointer data)
{
    void (*test)(void) = (void (*)(void))(uintptr_t)data;
    const char *missing = whats_missing();

    if (missing) {
        g_test_skip_printf("no PC: %s", missing);
        return;
    }
    test();
}

static void add(const char *path, void (*test)(void))
{
    g_test_add_data_func(path, (gconstpointer)(uintptr_t)test, run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/kvm-pc/starts-resets-ends", starts_resets_ends);
    add("/kvm-pc/ends-at-any-time", ends_at_any_time);
    add("/kvm-pc/copies", copies);
    add("/kvm-pc/pauses", pauses);
    add("/kvm-pc/plugging", plugging);
    add("/kvm-pc/breakpoints/software", software);
    add("/kvm-pc/breakpoints/hardware", hardware);
    add("/kvm-pc/breakpoints/after-a-reset", processor_is_reset);
    add("/kvm-pc/breakpoints/steps", steps);
    add("/kvm-pc/breakpoints/refused", refused);
    add("/kvm-pc/bad-options", bad_options);
    return g_test_run();
}
