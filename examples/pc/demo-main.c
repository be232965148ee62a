/* SPDX-License-Identifier: MIT
 *
 * The demonstration: boots GRUB on the PC and shows what libphysmem does meanwhile. The exit
 * status is 0 only if everything was right.
 *
 *     pc-demo [--quiet] [--bios FILE] DISK
 *
 * The program calls itself with --restore FILE, to go on with a saved PC (restore.c).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugger.h"
#include "demo.h"
#include "map.h"
#include "snapshot.h"

#define BIOS "/usr/share/seabios/bios-256k.bin"
#define RAM_SIZE (256 * MiB)
#define RING_ENTRIES 65536
#define BOOT_SECTOR 0x7c00 /* the firmware loads the boot sector here, and then jumps to it */

#define EXIT_SKIP 77 /* test suites take this status for a skipped test */

/* ---- Files that the demonstration needs -------------------------------------------------- */

static bool is_there(const char *path, const char *remedy)
{
    if (access(path, R_OK) != 0) {
        printf("pc-demo: %s cannot be read: %s\n", path, remedy);
        return false;
    }
    return true;
}

static bool everything_is_there(const Demo *demo)
{
    bool bios = is_there(demo->options.bios, "Debian has a BIOS in package seabios");
    bool disk = is_there(demo->options.disk,
                         "examples/pc/make-disk makes a disk; it needs Debian's packages "
                         "grub-pc-bin, grub-common and mtools");

    return bios && disk;
}

static bool make_pc(Demo *demo)
{
    Error *error = NULL;

    demo->pc = pc_new(&demo->options, &error);
    if (!demo->pc) {
        printf("pc-demo: %s\n", error_get_pretty(error));
        error_free(error);
        return false;
    }
    demo->console.uart = &demo->pc->serial;
    return true;
}

/* ---- The demonstration ------------------------------------------------------------------ */

static bool start(Demo *demo)
{
    Error *error = NULL;
    bool started;

    demo_heading("The PC starts");
    started = pc_resume(demo->pc, &error);
    return started || demo_check_call(demo, started, error, "the PC starts");
}

/* Runs the firmware up to a breakpoint on the boot sector that it loads. */
static bool run_firmware(Demo *demo)
{
    Debugger debugger;
    Error *error = NULL;
    bool done;

    debugger_init(&debugger, &demo->pc->vcpu, demo->pc->memory);
    done = debugger_break_hardware(&debugger, BOOT_SECTOR, &error);
    if (!done) {
        return demo_check_call(demo, done, error, "a breakpoint is set on the boot sector");
    }
    if (!start(demo)) {
        return false;
    }
    done = debugger_wait(&debugger, DEMO_BOOT_SECONDS * 1000) == VCPU_BREAKPOINT;
    demo_check(demo, done, "SeaBIOS has tested the PC and loaded the disk's boot sector");
    vcpu_pause(&demo->pc->vcpu);
    debugger_end(&debugger);
    if (done) {
        demo_print_map(demo, "after the firmware's self-test: everything has its place");
        vcpu_resume(&demo->pc->vcpu);
    }
    return done;
}

static bool boot(Demo *demo)
{
    const char *banner;
    bool prompt;

    demo_print_map(demo, "before its first instruction");
    if (!run_firmware(demo)) {
        printf("      %s\n", demo->pc->vcpu.failure);
        return false;
    }
    banner = console_wait(&demo->console, DEMO_BOOT_SECONDS, &prompt);
    script_print_answer("", banner, stdout);
    if (!demo_check(demo, prompt, "the boot sector has loaded GRUB, which waits at its prompt")) {
        printf("      %s\n", demo->pc->vcpu.failure);
    }
    return prompt;
}

/* GRUB finds the registers of the power function through tables that the firmware has made. */
static void switch_off(Demo *demo)
{
    demo_heading("The end");
    console_type(&demo->console, "halt");
    demo_check(demo, vcpu_wait(&demo->pc->vcpu, DEMO_ANSWER_SECONDS * 1000) == VCPU_OFF,
               "the guest switches the power off");
}

static void play(Demo *demo)
{
    if (!boot(demo)) {
        return;
    }
    demo_print_map(demo, "when GRUB is there");
    demo_script(demo);
    demo_move_bar(demo);
    demo_live_copy(demo);
    demo_hot_plug(demo);
    demo_breakpoint(demo);
    demo_save_and_restore(demo);
    demo_print_map(demo, "after all that");
    switch_off(demo);
}

static void play_restored(Demo *demo, const char *path)
{
    Error *error = NULL;
    bool restored = snapshot_load(demo->pc, path, &error);

    if (demo_check_call(demo, restored, error, "(other process) everything is restored") &&
        demo_check(demo, pc_resume(demo->pc, NULL), "(other process) the guest goes on")) {
        demo_after_restore(demo);
        demo_live_copy(demo);
    }
}

/* ---- The command ------------------------------------------------------------------------ */

static int usage(void)
{
    fprintf(stderr, "Usage: pc-demo [--quiet] [--bios FILE] DISK\n");
    return 2;
}

static bool parse(Demo *demo, const char **restore, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;

        if (strcmp(argv[i], "--quiet") == 0) {
            demo->quiet = true;
        } else if (strcmp(argv[i], "--bios") == 0 && more) {
            demo->options.bios = argv[++i];
        } else if (strcmp(argv[i], "--restore") == 0 && more) {
            *restore = argv[++i];
            demo->options.dirty_ring_entries = RING_ENTRIES;
        } else if (argv[i][0] != '-') {
            demo->options.disk = argv[i];
        } else {
            return false;
        }
    }
    return demo->options.disk != NULL;
}

static int run(Demo *demo, const char *restore)
{
    if (!everything_is_there(demo)) {
        return EXIT_SKIP;
    }
    if (!make_pc(demo)) {
        return access("/dev/kvm", R_OK | W_OK) == 0 ? EXIT_FAILURE : EXIT_SKIP;
    }
    if (restore) {
        play_restored(demo, restore);
    } else {
        play(demo);
    }
    pc_pause(demo->pc);
    pc_free(demo->pc);
    console_end(&demo->console);
    printf("\n%s%u of %u were right\n", restore ? "(other process) " : "",
           demo->checks - demo->failures, demo->checks);
    return demo->failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static Demo demo = {
        .options = { .bios = BIOS,
                     .ram_size = RAM_SIZE,
                     .serial = console_hear,
                     .opaque = &demo.console },
    };
    const char *restore = NULL;

    demo.program = argv[0];
    if (!parse(&demo, &restore, argc, argv)) {
        return usage();
    }
    console_init(&demo.console, NULL);
    return run(&demo, restore);
}
