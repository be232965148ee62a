/* SPDX-License-Identifier: MIT
 *
 * A PC on libphysmem and KVM. Runs the firmware and the system that it boots, and prints what they
 * send to the serial port, until the guest switches the power off, the processor fails, or the
 * time is up.
 *
 *     pc [--bios FILE] [--disk FILE] [--ram MIB] [--seconds N] [--map] [--firmware-log]
 *        [--monitor SOCKET]
 *
 * With --monitor it answers questions while it runs: "physmem watch sock:SOCKET" shows how the
 * firmware changes the map.
 *
 * The order in which to read the PC, each header before its file:
 *
 *     map.h, pc.c                    what the PC consists of, where it is, how it is put together
 *     vm.c, vcpu.c                   the virtual machine, and the thread in which the guest runs
 *     ram.c, bios.c                  memory
 *     host-bridge.c, shadow.c        configuration space, and the map that it changes
 *     ../devices/pci.c               functions of the bus and their BARs
 *     isa-bridge.c, power.c, cmos.c, keyboard.c, debug-port.c, ../devices/uart.c
 *     fw-cfg.c, firmware.c           what the firmware is told
 *     ../devices/virtqueue.c, virtio.c, virtio-blk.c, virtio-pci*.c, disk.c
 *                                    the disk, from its rings to the bus
 *     cpu-state.c, state-file.c, snapshot.c, debugger.c
 *                                    saving, restoring and debugging a paused PC
 *     monitor.c                      answering questions on a socket
 *     demo-main.c, script.c, ...     the demonstration, a file for each chapter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "monitor.h"
#include "pc.h"

#define RAM_MOST (UINT64_MAX / MiB)
#define SECONDS_MOST (UINT32_MAX / 1000)
#define BIOS "/usr/share/seabios/bios-256k.bin"

typedef struct Arguments {
    PcOptions options;
    unsigned seconds;
    bool map;
    const char *monitor; /* path of a socket; NULL: none */
} Arguments;

static void print_char(void *opaque, char c)
{
    (void)opaque;
    putchar(c);
    fflush(stdout);
}

static void print_usage(const char *wrong)
{
    fprintf(stderr,
            "pc: expected one of these options, and after it a value if it has one, not \"%s\"\n"
            "Usage: pc [--bios FILE] [--disk FILE] [--ram MIB] [--seconds N] [--map]\n"
            "          [--firmware-log] [--monitor SOCKET]\n",
            wrong);
}

static bool number(const char *text, uint64_t most, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 0);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *value <= most;
}

static bool parse(Arguments *arguments, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        uint64_t value;

        if (strcmp(argv[i], "--map") == 0) {
            arguments->map = true;
        } else if (strcmp(argv[i], "--firmware-log") == 0) {
            arguments->options.debug = print_char;
        } else if (strcmp(argv[i], "--bios") == 0 && more) {
            arguments->options.bios = argv[++i];
        } else if (strcmp(argv[i], "--disk") == 0 && more) {
            arguments->options.disk = argv[++i];
        } else if (strcmp(argv[i], "--monitor") == 0 && more) {
            arguments->monitor = argv[++i];
        } else if (strcmp(argv[i], "--ram") == 0 && more && number(argv[++i], RAM_MOST, &value)) {
            arguments->options.ram_size = value * MiB;
        } else if (strcmp(argv[i], "--seconds") == 0 && more &&
                   number(argv[++i], SECONDS_MOST, &value)) {
            arguments->seconds = (unsigned)value;
        } else {
            print_usage(argv[i]);
            return false;
        }
    }
    return true;
}

static bool fail(Error *error)
{
    fprintf(stderr, "pc: %s\n", error_get_pretty(error));
    error_free(error);
    return false;
}

static void print_map(const Arguments *arguments, Pc *pc, const char *when)
{
    if (arguments->map) {
        printf("\n== The memory map %s\n\n", when);
        pc_print_map(pc, stdout);
    }
}

/* Runs the PC. Returns whether all went well: it still ran at the end, or the guest switched it
 * off. */
static bool run(const Arguments *arguments, Pc *pc)
{
    Error *error = NULL;
    VcpuStop stop;

    print_map(arguments, pc, "before the first instruction");
    if (!pc_resume(pc, &error)) {
        return fail(error);
    }
    stop = vcpu_wait(&pc->vcpu, arguments->seconds * 1000);
    pc_pause(pc);
    print_map(arguments, pc, "at the end");
    if (stop == VCPU_FAILED) {
        fprintf(stderr, "pc: %s\n", pc->vcpu.failure);
    }
    return stop == VCPU_RUNS || stop == VCPU_OFF;
}

/* Runs it with a monitor, if one is wanted. */
static bool run_with_monitor(const Arguments *arguments, Pc *pc)
{
    Error *error = NULL;
    bool good;

    if (arguments->monitor && !monitor_start(pc, arguments->monitor, &error)) {
        return fail(error);
    }
    good = run(arguments, pc);
    monitor_end(pc);
    return good;
}

int main(int argc, char **argv)
{
    Arguments arguments = {
        .options = { .bios = BIOS,
                     .ram_size = 256 * MiB,
                     .serial = print_char,
                     .firmware_on_serial = true },
        .seconds = 10,
    };
    Error *error = NULL;
    bool good;
    Pc *pc;

    if (!parse(&arguments, argc, argv)) {
        return 2;
    }
    pc = pc_new(&arguments.options, &error);
    if (!pc) {
        fail(error);
        return EXIT_FAILURE;
    }
    good = run_with_monitor(&arguments, pc);
    pc_free(pc);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
